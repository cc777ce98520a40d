//! Builds files byte by byte, without the writer under test.

/// The header fields of a signal, as text.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) label: &'static str,
    pub(super) physical: [&'static str; 2],
    pub(super) digital: [&'static str; 2],
    pub(super) samples: usize,
}

/// A signal whose physical values are its digital ones.
pub(super) fn part(label: &'static str, samples: usize) -> Part {
    Part { label, physical: ["-1000", "1000"], digital: ["-1000", "1000"], samples }
}

/// The text of one field, from a signal.
type Text<'a> = &'a dyn Fn(&Part) -> String;

/// A file: header fields as text, and the records' bytes.
#[derive(Clone)]
pub(super) struct Builder {
    pub(super) bdf: bool,
    pub(super) reserved: &'static str,
    pub(super) records: String,
    pub(super) seconds: &'static str,
    pub(super) parts: Vec<Part>,
    pub(super) data: Vec<u8>,
}

impl Builder {
    pub(super) fn new(reserved: &'static str, seconds: &'static str, parts: Vec<Part>) -> Self {
        Builder { bdf: reserved.starts_with("BDF"), reserved, records: String::new(), seconds, parts, data: Vec::new() }
    }

    /// Adds a record: for each signal its digital values; then its annotations for the last signal, if it has any.
    pub(super) fn record(mut self, values: &[&[i32]], annotations: Option<&[u8]>) -> Self {
        let width = if self.bdf { 3 } else { 2 };
        for value in values.iter().copied().flatten() {
            self.data.extend_from_slice(&value.to_le_bytes()[..width]);
        }
        if let (Some(annotations), Some(part)) = (annotations, self.parts.last()) {
            let mut bytes = annotations.to_vec();
            assert!(bytes.len() <= part.samples * width, "the annotations do not fit");
            bytes.resize(part.samples * width, 0);
            self.data.extend(bytes);
        }
        self
    }

    pub(super) fn build(&self) -> Vec<u8> {
        let width = if self.bdf { 3 } else { 2 };
        let record: usize = self.parts.iter().map(|part| part.samples * width).sum();
        let records = match &*self.records {
            "" => (self.data.len() / record.max(1)).to_string(),
            said => said.to_owned(),
        };
        let mut file = if self.bdf { b"\xFFBIOSEMI".to_vec() } else { b"0       ".to_vec() };
        let count = self.parts.len();
        let mut field = |text: &str, size: usize| file.extend(text.bytes().chain([b' '; 80]).take(size));
        field("X F 02-MAY-1951 Jane_Doe", 80);
        field("Startdate 23-NOV-2026 X X X", 80);
        field("23.11.26", 8);
        field("22.05.07", 8);
        field(&(256 * (count + 1)).to_string(), 8);
        field(self.reserved, 44);
        field(&records, 8);
        field(self.seconds, 8);
        field(&count.to_string(), 4);
        let columns: [(usize, Text<'_>); 10] = [
            (16, &|part| part.label.to_owned()),
            (80, &|_| "AgAgCl electrode".to_owned()),
            (8, &|_| "uV".to_owned()),
            (8, &|part| part.physical[0].to_owned()),
            (8, &|part| part.physical[1].to_owned()),
            (8, &|part| part.digital[0].to_owned()),
            (8, &|part| part.digital[1].to_owned()),
            (80, &|_| "HP:0.1Hz LP:75Hz".to_owned()),
            (8, &|part| part.samples.to_string()),
            (32, &|_| String::new()),
        ];
        for (size, text) in columns {
            self.parts.iter().for_each(|part| field(&text(part), size));
        }
        file.extend_from_slice(&self.data);
        file
    }
}

/// A discontinuous file: 3 records of 1 s at 0.25 s, 1.25 s and 4.25 s, a signal of 4 Hz that counts up and one of 2 Hz
/// that counts down, and annotations.
pub(super) fn gaps(reserved: &'static str) -> Builder {
    let parts = vec![part("EEG C3-A2", 4), part("Resp chest", 2), part(annotations_label(reserved), 30)];
    Builder::new(reserved, "1", parts)
        .record(&[&[1, 2, 3, 4], &[-1, -2]], Some(b"+0.25\x14\x14\0+0.5\x1530\x14Sleep stage W\x14\0"))
        .record(&[&[5, 6, 7, 8], &[-3, -4]], Some(b"+1.25\x14\x14\0"))
        .record(&[&[9, 10, 11, 12], &[-5, -6]], Some("+4.25\x14\x14Lights on\x14a µV\x14\0+4.5\x14x\x14\0".as_bytes()))
}

fn annotations_label(reserved: &str) -> &'static str {
    if reserved.starts_with("BDF") { "BDF Annotations" } else { "EDF Annotations" }
}
