//! Bytes that are cut, damaged or made to do harm.

use super::*;

/// The values that a damaged byte is given where all of them would take too long.
const SOME: [u8; 6] = [0x00, 0x01, 0x0f, 0x7f, 0x80, 0xff];

/// A struct in few bytes, so that all damages can be tried.
fn small() -> Vec<(String, Value)> {
    let fields = named(vec![("p", cells(vec![text("ab"), text("c")])), ("n", row(&[1.0, 2.0]))]);
    named(vec![("w", Value::Struct(fields)), ("x", row(&[3.0]))])
}

#[test]
fn every_prefix_gives_a_result() {
    for compressed in [false, true] {
        let file = write_mat(&small(), compressed);
        let whole = read_mat(&file).expect("the whole file reads");
        for length in 0..file.len() {
            // A cut between variables leaves a valid file with fewer of them; any other cut is an error.
            if let Ok(variables) = read_mat(&file[..length]) {
                assert!(variables.len() < whole.len() && whole.starts_with(&variables), "cut at {length}");
            }
        }
    }
}

#[test]
fn every_damaged_byte_gives_a_result() {
    // The header's text is damaged in the plain file only: unpacking takes most of this test's time.
    for (file, from) in [(write_mat(&small(), false), 0), (write_mat(&small()[..1], true), 116)] {
        for at in from..file.len() {
            for value in 0..=u8::MAX {
                let mut damaged = file.clone();
                damaged[at] = value;
                let _ = read_mat(&damaged);
            }
        }
    }
}

#[test]
fn damaged_files_of_scipy_give_a_result() {
    for file in [peer::PLAIN, peer::PACKED] {
        for at in 0..file.len() {
            let _ = read_mat(&file[..at]);
            for value in SOME {
                let mut damaged = file.to_vec();
                damaged[at] = value;
                let _ = read_mat(&damaged);
            }
        }
    }
}

#[test]
fn random_damage_gives_a_result() {
    // A multiplicative generator is random enough here; four bytes change at once.
    let mut state = 1_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize
    };
    let file = write_mat(&everything(), false);
    for _ in 0..20_000 {
        let mut damaged = file.clone();
        for _ in 0..4 {
            let at = next() % damaged.len();
            damaged[at] = SOME[next() % SOME.len()];
        }
        let _ = read_mat(&damaged);
    }
}

#[test]
fn foreign_files_are_named() {
    let mut hdf5 = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".to_vec();
    hdf5.resize(512, b' ');
    hdf5.extend_from_slice(b"\x89HDF\r\n\x1a\n");
    assert_eq!(read_mat(&hdf5), Err(MatError::Hdf5));
    assert_eq!(read_mat(b"\x89HDF\r\n\x1a\n"), Err(MatError::Hdf5));
    assert!(MatError::Hdf5.to_string().contains("save(file, '-v7')"));
    let mut version = write_mat(&[], false);
    version[125] = 2;
    assert_eq!(read_mat(&version), Err(MatError::Hdf5));
    version[125] = 3;
    assert_eq!(read_mat(&version), Err(MatError::Version { found: 0x0300 }));
    assert_eq!(read_mat(&[0; 200]), Err(MatError::Level4));
    assert_eq!(read_mat(&[b'a'; 200]), Err(MatError::ByteOrder { found: *b"aa" }));
    assert_eq!(read_mat(&[]), Err(MatError::ShortHeader { found: 0 }));
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let build = Builder { big: false };
    let data = build.element(9, &build.units(&[0, 0], 8));
    let huge = i64::from(i32::MAX);
    for shape in [&[1; 33][..], &[1, 3], &[huge, huge], &[huge, huge, huge, huge], &[0, huge], &[-1, 2], &[2]] {
        for class in [1, 4, 6] {
            let file = build.file(&[build.matrix(class, shape, "x", std::slice::from_ref(&data))]);
            let error = read_mat(&file);
            assert!(error.is_err() || (class == 1 && shape == [0, huge]), "class {class}, {shape:?}: {error:?}");
        }
    }
}

#[test]
fn small_elements_hold_four_bytes_at_most() {
    let build = Builder { big: false };
    let data = build.units(&[5 << 16 | 2, 0, 0], 4);
    let file = build.file(&[build.matrix(9, &[1, 5], "x", &[data])]);
    assert!(matches!(read_mat(&file), Err(MatError::Malformed { found: 5, .. })));
}

#[test]
fn bad_struct_names_are_refused() {
    let build = Builder { big: false };
    for (length, names) in [(0, &b"ab"[..]), (-1, b"ab"), (3, b"ab"), (1, &[b'a'; 4000])] {
        let parts = [build.element(5, &build.units(&[length], 4)), build.element(1, names)];
        let file = build.file(&[build.matrix(2, &[1, 1], "x", &parts)]);
        assert!(read_mat(&file).is_err(), "name length {length}");
    }
}

#[test]
fn a_bomb_is_refused() {
    // 40 MB of zeros pack into about 40 kB; as numbers they take 320 MB.
    let build = Builder { big: false };
    let zeros = build.matrix(9, &[1, 40_000_000], "x", &[build.element(2, &vec![0; 40_000_000])]);
    let file = build.file(&[build.compressed(&zeros)]);
    let needed = |mib| read_mat_within(&file, Budget::from_mib(mib)).map(drop).expect_err("a bomb").to_string();
    assert_eq!(
        needed(16),
        "found a compressed variable, which needs 17 MiB of memory where 16 MiB is allowed (--max-memory raises it)"
    );
    assert!(needed(300).starts_with("found content, which needs 344 MiB of memory where 300 MiB"), "{}", needed(300));
    assert!(read_mat_within(&file, Budget::from_mib(400)).is_ok());
    for compressed in [false, true] {
        let nothing = read_mat_within(&write_mat(&small(), compressed), Budget::from_mib(0));
        assert!(matches!(nothing, Err(MatError::Limit(_))));
    }
}

#[test]
fn deep_nesting_is_refused() {
    let nest = |depth| (0..depth).fold(row(&[1.0]), |inner, _| cells(vec![inner]));
    let file = |depth| write_mat(&[("x".to_owned(), nest(depth))], true);
    assert!(read_mat(&file(64)).is_ok());
    assert_eq!(read_mat(&file(65)), Err(MatError::TooDeep { limit: 64 }));
    assert_eq!(read_mat(&file(500)), Err(MatError::TooDeep { limit: 64 }));
    // The deepest file needs little stack, even in a build without optimisation.
    let deepest = file(64);
    let small = std::thread::Builder::new().stack_size(512 << 10).spawn(move || read_mat(&deepest).is_ok());
    assert!(small.expect("the thread starts").join().expect("the thread ends"));
}

#[test]
fn compressed_elements_do_not_nest() {
    let build = Builder { big: false };
    let inner = build.matrix(9, &[1, 1], "x", &[build.element(2, &[1])]);
    let file = build.file(&[build.compressed(&build.compressed(&inner))]);
    assert!(matches!(read_mat(&file), Err(MatError::DataType { found: 15, .. })));
    let file = build.file(&[build.element(15, &[])]);
    assert!(matches!(read_mat(&file), Err(MatError::Inflate { .. })));
}
