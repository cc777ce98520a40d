//! One MATLAB array: its class, its shape, its name and what it holds.

use super::element::{Element, Elements, Order, kind};
use super::number::numbers;
use super::text::{bytes_as_text, text};
use super::{MatError, Value};
use crate::budget::Meter;

/// How deep cells and structs may be nested. The reader recurses, so that this bounds its use of the stack.
const MAX_DEPTH: usize = 64;

/// The most dimensions of an array, as other readers have it. Damaged files have more.
const MAX_DIMENSIONS: usize = 32;

/// The bytes of the shortest element: a tag without data.
const SHORTEST_ELEMENT: usize = 8;

/// The array classes that are read, as the format numbers them.
mod class {
    pub(super) const CELL: u32 = 1;
    pub(super) const STRUCT: u32 = 2;
    pub(super) const CHAR: u32 = 4;
    pub(super) const DOUBLE: u32 = 6;
    pub(super) const UINT64: u32 = 15;
    pub(super) const OPAQUE: u32 = 17;
}

/// The bit of the array flags that says that there is an imaginary part.
const COMPLEX: u32 = 0x0800;

/// Reads arrays in one byte order, within one budget.
pub(super) struct Matrices<'b> {
    pub(super) order: Order,
    pub(super) meter: &'b mut Meter,
}

impl Matrices<'_> {
    /// Reads a variable: a named array.
    pub(super) fn variable(&mut self, element: Element<'_>) -> Result<(String, Value), MatError> {
        let (name, value) = self.array(element, 0)?;
        self.meter.take_items(name.len(), 2)?;
        Ok((bytes_as_text(name), value))
    }

    /// Reads an array and the bytes of its name.
    fn array<'a>(&mut self, element: Element<'a>, depth: usize) -> Result<(&'a [u8], Value), MatError> {
        if depth > MAX_DEPTH {
            return Err(MatError::TooDeep { limit: MAX_DEPTH });
        }
        let data = element.expect(kind::MATRIX, "an array", "14 (a matrix)")?;
        if data.is_empty() {
            // The short form of an empty array, which has no name either.
            self.meter.take_items(2, size_of::<usize>())?;
            return Ok((&[], Value::Numbers { shape: vec![0, 0], values: Vec::new() }));
        }
        let mut parts = element.inside(self.order);
        let flags = self.flags(&mut parts)?;
        let class = flags & 0xff;
        if class == class::OPAQUE {
            // Opaque values have no shape: the name follows the flags.
            let name = parts.next("the name of an array")?.data;
            return Ok((name, Value::Other));
        }
        let shape = self.shape(&mut parts)?;
        let name = parts.next("the name of an array")?.data;
        let value = match class {
            class::CELL => self.cells(&mut parts, shape, depth)?,
            class::STRUCT if shape.iter().all(|&size| size == 1) => self.fields(&mut parts, depth)?,
            class::CHAR => text(parts.next("the data of a character array")?, &shape, self.order, self.meter)?,
            class::DOUBLE..=class::UINT64 if flags & COMPLEX == 0 => self.numbers(&mut parts, shape)?,
            _ => Value::Other,
        };
        Ok((name, value))
    }

    fn flags(&self, parts: &mut Elements<'_>) -> Result<u32, MatError> {
        let data = parts.next("the flags of an array")?.expect(kind::UINT32, "the flags of an array", "6 (uint32)")?;
        let Some(&flags) = data.first_chunk::<4>() else {
            return Err(MatError::Malformed {
                what: "the length of an array's flags",
                found: data.len() as u64,
                expected: "8 bytes",
            });
        };
        Ok(self.order.u32(flags))
    }

    fn shape(&mut self, parts: &mut Elements<'_>) -> Result<Vec<usize>, MatError> {
        let what = "the shape of an array";
        let element = parts.next(what)?;
        // The format says int32; some writers store uint32, which reads the same for any size that can occur.
        if element.kind != kind::INT32 && element.kind != kind::UINT32 {
            return Err(MatError::DataType { what, found: element.kind, expected: "5 (int32)" });
        }
        let (sizes, rest) = element.data.as_chunks::<4>();
        if !(2..=MAX_DIMENSIONS).contains(&sizes.len()) || !rest.is_empty() {
            return Err(MatError::Malformed {
                what: "the length of an array's shape",
                found: element.data.len() as u64,
                expected: "a multiple of 4 from 8 to 128",
            });
        }
        self.meter.take_items(sizes.len(), size_of::<usize>())?;
        sizes.iter().map(|&size| size_from(self.order.u32(size))).collect()
    }

    fn numbers(&mut self, parts: &mut Elements<'_>, shape: Vec<usize>) -> Result<Value, MatError> {
        // An empty array may come without a data element.
        let values = match count(&shape) {
            Some(0) if parts.left() == 0 => Vec::new(),
            _ => numbers(parts.next("the data of a numeric array")?, self.order, self.meter)?,
        };
        if count(&shape) != Some(values.len()) {
            return Err(MatError::Count { shape, found: values.len(), what: "numbers" });
        }
        Ok(Value::Numbers { shape, values })
    }

    fn cells(&mut self, parts: &mut Elements<'_>, shape: Vec<usize>, depth: usize) -> Result<Value, MatError> {
        // Cells come one element each, so that the bytes left bound their number before anything is allocated.
        let most = parts.left() / SHORTEST_ELEMENT;
        let Some(count) = count(&shape).filter(|&count| count <= most) else {
            return Err(MatError::Count { shape, found: most, what: "cells at most (by the length of the data)" });
        };
        self.meter.take_items(count, size_of::<Value>())?;
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(self.array(parts.next("a cell")?, depth + 1)?.1);
        }
        Ok(Value::Cells { shape, values })
    }

    fn fields(&mut self, parts: &mut Elements<'_>, depth: usize) -> Result<Value, MatError> {
        let length = self.name_length(parts)?;
        let names = parts.next("the field names of a struct")?;
        let names = names.expect(kind::INT8, "the field names of a struct", "1 (int8)")?;
        if !names.len().is_multiple_of(length) {
            return Err(MatError::Malformed {
                what: "the length of a struct's field names",
                found: names.len() as u64,
                expected: "a multiple of the length of one name",
            });
        }
        let count = names.len() / length;
        let most = parts.left() / SHORTEST_ELEMENT;
        if count > most {
            return Err(MatError::Malformed {
                what: "the number of a struct's fields",
                found: count as u64,
                expected: "at most one for every 8 bytes of its data",
            });
        }
        self.meter.take_items(names.len(), 2)?;
        self.meter.take_items(count, size_of::<(String, Value)>())?;
        let mut fields = Vec::with_capacity(count);
        for name in names.chunks_exact(length) {
            let value = self.array(parts.next("a field of a struct")?, depth + 1)?.1;
            fields.push((field_name(name), value));
        }
        Ok(Value::Struct(fields))
    }

    /// The bytes that each field name takes, its closing zeros included.
    fn name_length(&self, parts: &mut Elements<'_>) -> Result<usize, MatError> {
        let what = "the length of a struct's field names";
        let data = parts.next(what)?.expect(kind::INT32, what, "5 (int32)")?;
        let length = data.first_chunk::<4>().map_or(0, |&length| self.order.u32(length));
        match usize::try_from(length) {
            Ok(length) if length > 0 => Ok(length),
            _ => Err(MatError::Malformed { what, found: u64::from(length), expected: "1 or more" }),
        }
    }
}

/// A size along one dimension; the format stores it signed, so that the upper half of the range is negative.
fn size_from(size: u32) -> Result<usize, MatError> {
    let fits = i32::try_from(size).ok().and_then(|size| usize::try_from(size).ok());
    fits.ok_or(MatError::Malformed {
        what: "a size of an array",
        found: u64::from(size),
        expected: "at most 2147483647 (the format stores it signed)",
    })
}

/// The number of items in an array of this shape, if it fits a `usize`.
pub(super) fn count(shape: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1, |count: usize, &size| count.checked_mul(size))
}

/// A field name without the zeros that fill it up.
fn field_name(bytes: &[u8]) -> String {
    bytes_as_text(bytes.split(|&byte| byte == 0).next().unwrap_or_default())
}
