//! The elements of stored tensors, checked against their shapes.

use std::borrow::Cow;

use super::proto::{DataType, TensorProto};
use super::unsupported;
use crate::error::{Error, Result};

/// `[rows, columns]` as `[columns, rows]`.
pub fn transpose<T: Copy>(values: &[T], [rows, columns]: [usize; 2]) -> Vec<T> {
    let at = |column: usize| (0..rows).map(move |row| values[row * columns + column]);
    (0..columns).flat_map(at).collect()
}

/// The shape of a matrix with at least one element.
pub fn dims(tensor: &TensorProto) -> Result<[usize; 2]> {
    let dims: Vec<usize> =
        tensor.dims.iter().map(|&dim| usize::try_from(dim).unwrap_or(usize::MAX)).collect();
    match dims[..] {
        [rows, columns] if rows > 0 && columns > 0 => Ok([rows, columns]),
        _ => Err(unsupported(format!("'{}' is not a matrix.", tensor.name))),
    }
}

/// How many elements the shape asks for; scalars have one.
fn elements(tensor: &TensorProto) -> Option<usize> {
    tensor.dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(usize::try_from(dim).ok()?))
}

fn bad_tensor(tensor: &TensorProto) -> Error {
    unsupported(format!("The tensor '{}' does not hold what its shape says.", tensor.name))
}

/// Finite `f32` elements.
pub fn float_values(tensor: &TensorProto) -> Result<Vec<f32>> {
    if tensor.data_type != DataType::Float as i32 {
        return Err(bad_tensor(tensor));
    }
    let values: Vec<f32> = if tensor.raw_data.is_empty() {
        tensor.float_data.clone()
    } else {
        let (words, rest) = tensor.raw_data.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(bad_tensor(tensor));
        }
        words.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    let whole = elements(tensor) == Some(values.len());
    if whole && values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(bad_tensor(tensor))
    }
}

/// `i8` elements.
pub fn int8_values(tensor: &TensorProto) -> Result<Vec<i8>> {
    if tensor.data_type != DataType::Int8 as i32 {
        return Err(bad_tensor(tensor));
    }
    let values: Vec<i8> = if tensor.raw_data.is_empty() {
        tensor.int32_data.iter().map(|&value| value as i8).collect()
    } else {
        tensor.raw_data.iter().map(|&value| value as i8).collect()
    };
    if elements(tensor) == Some(values.len()) { Ok(values) } else { Err(bad_tensor(tensor)) }
}

/// `u8` elements.
pub fn byte_values(tensor: &TensorProto) -> Result<Cow<'_, [u8]>> {
    typed_bytes(tensor, DataType::Uint8, elements(tensor))
}

/// 4-bit elements, two a byte.
pub fn int4_bytes(tensor: &TensorProto) -> Result<Cow<'_, [u8]>> {
    typed_bytes(tensor, DataType::Int4, elements(tensor).map(|n| n.div_ceil(2)))
}

fn typed_bytes(
    tensor: &TensorProto,
    data_type: DataType,
    expected: Option<usize>,
) -> Result<Cow<'_, [u8]>> {
    let bytes: Cow<'_, [u8]> = if tensor.raw_data.is_empty() {
        tensor.int32_data.iter().map(|&value| value as u8).collect()
    } else {
        Cow::Borrowed(&tensor.raw_data)
    };
    let fits = tensor.data_type == data_type as i32 && expected == Some(bytes.len());
    if fits { Ok(bytes) } else { Err(bad_tensor(tensor)) }
}
