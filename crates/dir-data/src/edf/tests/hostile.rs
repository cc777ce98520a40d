//! Damaged files, made from good ones with a fixed seed: an error or values, never a panic or much memory.

use std::io::Cursor;

use super::super::{EdfError, EdfFile, Truncation, WriteSpec, write_edf};
use super::builder::gaps;
use super::peer::samples_folder;
use super::windows::peak_memory;
use super::write::spec;

/// Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Numbers that stand where other numbers should.
const NUMBERS: [&str; 16] = [
    "-1", "0", "1", "2", "99999999", "-9999999", "1e300", "-1e300", "nan", "inf", "0.00001", "1e-320", "4294967",
    "4096", "512", "EDF+D",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let length = bytes.len().max(1);
        let header = length.min(256 * 4);
        match random.below(6) {
            0 => bytes.truncate(random.below(length + 1)),
            1 => bytes.extend((0..random.below(600)).map(|byte| byte as u8)),
            2 | 3 => {
                let bound = random.pick(&[header, length]);
                let at = random.below(bound);
                let byte = random.pick(b"0123456789-+.eE \0\x14\x15\xFF\x80A");
                bytes.get_mut(at).into_iter().for_each(|old| *old = byte);
            }
            _ => {
                // The number fields of the file, or an eight-byte field of the signals.
                let of_signal = 256 + 8 * random.below(header.div_ceil(8));
                let at = random.pick(&[184, 236, 244, 252, 192, of_signal]);
                let text = random.pick(&NUMBERS);
                let field = bytes.get_mut(at..).unwrap_or_default();
                let text = text.bytes().chain([b' '; 8]).take(8.max(text.len()));
                field.iter_mut().zip(text).for_each(|(old, new)| *old = new);
            }
        }
    }
}

/// Does all that can be done with a file; says whether it opened.
fn use_all(bytes: &[u8], truncation: Truncation, seconds: f64) -> bool {
    let Ok(mut file) = EdfFile::from_source(Cursor::new(bytes), "x.edf", truncation) else { return false };
    let _ = file.annotations();
    let signals: Vec<_> = (0..file.signals().len()).filter(|signal| file.samples(*signal) > 0).collect();
    let mut out = Vec::new();
    for signal in &signals {
        let samples = file.samples(*signal);
        let read = file.read(*signal, samples / 3..samples, &mut out);
        assert!(matches!(read, Ok(()) | Err(EdfError::Range { .. })), "{read:?}");
        let _ = file.read(*signal, 0..u64::MAX, &mut out);
    }
    if let Ok(windows) = file.windows(&signals, seconds) {
        windows.take(20).for_each(|window| assert!(window.is_ok()));
    }
    true
}

/// The first records of a sample file, cut to match its header.
fn head(name: &str, size: usize, records: &str) -> Option<Vec<u8>> {
    let mut bytes = std::fs::read(samples_folder()?.join(name)).ok()?;
    bytes.truncate(size);
    bytes[236..244].copy_from_slice(format!("{records:8}").as_bytes());
    Some(bytes)
}

#[test]
fn damaged_files_give_errors() {
    let folder = tempfile::tempdir().expect("valid");
    let path = folder.path().join("small.edf");
    let small = WriteSpec { record_seconds: 2.0, ..spec() };
    write_edf(&path, &small, 5, |record, _, out| out.fill(record as f32)).expect("valid");
    let mut bases = vec![std::fs::read(path).expect("valid")];
    bases.extend(["EDF+D", "EDF+C", "BDF+D"].map(|reserved| gaps(reserved).build()));
    bases.extend(head("test_utf8.edf", 768 + 3 * 308, "3"));
    bases.extend(head("test_generator_datarec_generator_0_5.bdf", 1792 + 12_936, "1"));
    bases.extend(head("wfdb_test_edfann.edf", 512 + 61_440, "1"));
    bases.iter().for_each(|base| assert!(use_all(base, Truncation::Error, 30.0)));

    let before = peak_memory();
    let mut random = Random(0x5EED_CAFE);
    let mut opened = 0;
    for round in 0..10_000 {
        let mut bytes = bases[round % bases.len()].clone();
        mutate(&mut bytes, &mut random);
        let truncation = random.pick(&[Truncation::Error, Truncation::UseWhole]);
        opened += usize::from(use_all(&bytes, truncation, random.pick(&[0.01, 1.0, 30.0, 1e9])));
    }
    println!("{opened} of 10000 damaged files still opened; peak memory {before:?} to {:?} MiB", peak_memory());
    assert!((500..9500).contains(&opened), "{opened} opened: the damage is too small or too large to test much");
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        assert!(after - before < 100, "{before} to {after} MiB");
    }
}
