//! The tagged data elements that a MAT-file is made of.

use super::MatError;

/// The storage types of data elements, as the format numbers them.
pub(super) mod kind {
    pub(in crate::mat) const INT8: u32 = 1;
    pub(in crate::mat) const UINT8: u32 = 2;
    pub(in crate::mat) const INT16: u32 = 3;
    pub(in crate::mat) const UINT16: u32 = 4;
    pub(in crate::mat) const INT32: u32 = 5;
    pub(in crate::mat) const UINT32: u32 = 6;
    pub(in crate::mat) const SINGLE: u32 = 7;
    pub(in crate::mat) const DOUBLE: u32 = 9;
    pub(in crate::mat) const INT64: u32 = 12;
    pub(in crate::mat) const UINT64: u32 = 13;
    pub(in crate::mat) const MATRIX: u32 = 14;
    pub(in crate::mat) const COMPRESSED: u32 = 15;
    pub(in crate::mat) const UTF8: u32 = 16;
    pub(in crate::mat) const UTF16: u32 = 17;
    pub(in crate::mat) const UTF32: u32 = 18;
}

/// The order of the bytes of every number in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// The 32-bit number in four bytes.
    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        }
    }
}

/// One data element: its storage type, its data without padding, and where that data starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) kind: u32,
    pub(super) data: &'a [u8],
    pub(super) offset: usize,
}

impl<'a> Element<'a> {
    /// The data, if the storage type is `kind`.
    pub(super) fn expect(self, kind: u32, what: &'static str, expected: &'static str) -> Result<&'a [u8], MatError> {
        if self.kind == kind { Ok(self.data) } else { Err(MatError::DataType { what, found: self.kind, expected }) }
    }

    /// The elements inside this one.
    pub(super) fn inside(self, order: Order) -> Elements<'a> {
        Elements { bytes: self.data, at: 0, base: self.offset, order }
    }
}

/// Walks the elements that stand one after the other in some bytes.
pub(super) struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
    base: usize,
    order: Order,
}

impl<'a> Elements<'a> {
    /// Walks `bytes` from the position `at`; offsets in errors count from the start of `bytes`.
    pub(super) fn new(bytes: &'a [u8], at: usize, order: Order) -> Self {
        Elements { bytes, at, base: 0, order }
    }

    /// The bytes not yet walked.
    pub(super) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// Where the next element starts.
    pub(super) fn offset(&self) -> usize {
        self.base.saturating_add(self.at)
    }

    /// Takes the next element; `what` names it in errors.
    pub(super) fn next(&mut self, what: &'static str) -> Result<Element<'a>, MatError> {
        let first = self.order.u32(self.array(what)?);
        let small_length = first >> 16;
        if small_length != 0 {
            return self.small(first & 0xffff, small_length, what);
        }
        let length = self.order.u32(self.array(what)?) as usize;
        let offset = self.offset();
        let data = self.take(length, what)?;
        // Compressed data is the one kind that the format leaves unpadded. A writer may leave out the padding at the
        // very end, so that it may be missing there.
        if first != kind::COMPRESSED {
            self.skip_padding(length, 8);
        }
        Ok(Element { kind: first, data, offset })
    }

    /// Takes the data of an element whose length and type share one word, and whose data is in the next.
    fn small(&mut self, kind: u32, length: u32, what: &'static str) -> Result<Element<'a>, MatError> {
        if length > 4 {
            return Err(MatError::Malformed {
                what: "the length of a small data element",
                found: u64::from(length),
                expected: "1 to 4",
            });
        }
        let offset = self.offset();
        let data = self.take(length as usize, what)?;
        self.skip_padding(length as usize, 4);
        Ok(Element { kind, data, offset })
    }

    fn skip_padding(&mut self, length: usize, unit: usize) {
        let padding = length.next_multiple_of(unit) - length;
        self.at = self.at.saturating_add(padding).min(self.bytes.len());
    }

    fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], MatError> {
        let end = self.at.checked_add(length);
        let Some(data) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            return Err(MatError::Truncated { what, offset: self.offset(), needed: length, found: self.left() });
        };
        self.at += length;
        Ok(data)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], MatError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }
}
