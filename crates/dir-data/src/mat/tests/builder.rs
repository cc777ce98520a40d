//! Builds MAT-files byte by byte, in either byte order, without the writer under test.

use miniz_oxide::deflate::compress_to_vec_zlib;

/// Builds the parts of a file in one byte order.
pub(super) struct Builder {
    pub(super) big: bool,
}

impl Builder {
    /// The lowest `width` bytes of each number, in this order.
    pub(super) fn units(&self, numbers: &[i64], width: usize) -> Vec<u8> {
        let unit = |number: &i64| match self.big {
            true => number.to_be_bytes()[8 - width..].to_vec(),
            false => number.to_le_bytes()[..width].to_vec(),
        };
        numbers.iter().flat_map(unit).collect()
    }

    /// A file of top-level elements.
    pub(super) fn file(&self, elements: &[Vec<u8>]) -> Vec<u8> {
        let mut file = b"MATLAB 5.0 MAT-file".to_vec();
        file.resize(124, b' ');
        file.extend(self.units(&[0x0100], 2));
        file.extend_from_slice(if self.big { b"MI" } else { b"IM" });
        file.extend(elements.concat());
        file
    }

    /// A padded element, in the small form where the data fits it.
    pub(super) fn element(&self, kind: u32, data: &[u8]) -> Vec<u8> {
        let length = data.len() as i64;
        let tag = match data.len() {
            1..=4 => self.units(&[length << 16 | i64::from(kind)], 4),
            _ => self.units(&[i64::from(kind), length], 4),
        };
        padded([&tag, data].concat())
    }

    /// A compressed element, which is not padded.
    pub(super) fn compressed(&self, element: &[u8]) -> Vec<u8> {
        let packed = compress_to_vec_zlib(element, 6);
        [self.units(&[15, packed.len() as i64], 4), packed].concat()
    }

    /// A matrix element: flags, shape, name, and the parts of its content.
    pub(super) fn matrix(&self, flags: i64, shape: &[i64], name: &str, parts: &[Vec<u8>]) -> Vec<u8> {
        let mut content = self.element(6, &self.units(&[flags, 0], 4));
        content.extend(self.element(5, &self.units(shape, 4)));
        content.extend(self.element(1, name.as_bytes()));
        content.extend(parts.concat());
        let tag = self.units(&[14, content.len() as i64], 4);
        [tag, content].concat()
    }
}

/// Fills up to a multiple of 8 bytes.
pub(super) fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}
