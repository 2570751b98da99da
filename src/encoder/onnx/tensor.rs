//! The elements of stored tensors, checked against their shapes.

use bytes::Bytes;

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
pub fn elements(tensor: &TensorProto) -> Option<usize> {
    tensor.dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(usize::try_from(dim).ok()?))
}

/// The bytes of its elements, as they lie in memory.
pub fn held(tensor: &TensorProto) -> usize {
    tensor.raw_data.len()
        + size_of_val(&tensor.float_data[..])
        + size_of_val(&tensor.int32_data[..])
        + size_of_val(&tensor.int64_data[..])
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
    // Without a way out of the loop, which makes vectors of it; nothing is above NaN.
    let larger = |max: u32, value: &f32| max.max(value.abs().to_bits());
    if whole && values.iter().fold(0, larger) < f32::INFINITY.to_bits() {
        Ok(values)
    } else {
        Err(bad_tensor(tensor))
    }
}

/// `i8` elements, or `u8` elements moved down by 128, to where [`int8_zero`] is.
pub fn int8_values(tensor: &TensorProto) -> Result<Vec<i8>> {
    let zero = int8_zero(tensor)? as u8;
    let bytes = bytes(tensor, elements(tensor))?;
    Ok(bytes.iter().map(|byte| byte.wrapping_add(zero) as i8).collect())
}

/// What [`int8_values`] makes of 0.
pub fn int8_zero(tensor: &TensorProto) -> Result<i8> {
    const INT8: i32 = DataType::Int8 as i32;
    const UINT8: i32 = DataType::Uint8 as i32;
    match tensor.data_type {
        INT8 => Ok(0),
        UINT8 => Ok(-128),
        _ => Err(bad_tensor(tensor)),
    }
}

/// Whether it is one index, and that 0.
pub fn is_zero_index(tensor: &TensorProto) -> bool {
    tensor.data_type == DataType::Int64 as i32
        && elements(tensor) == Some(1)
        && (tensor.raw_data[..] == [0; 8] || tensor.int64_data == [0])
}

/// `u8` elements.
pub fn byte_values(tensor: &TensorProto) -> Result<Bytes> {
    typed_bytes(tensor, DataType::Uint8, elements(tensor))
}

/// 4-bit elements, two a byte.
pub fn int4_bytes(tensor: &TensorProto) -> Result<Bytes> {
    typed_bytes(tensor, DataType::Int4, elements(tensor).map(|n| n.div_ceil(2)))
}

fn typed_bytes(tensor: &TensorProto, of: DataType, expected: Option<usize>) -> Result<Bytes> {
    if tensor.data_type == of as i32 { bytes(tensor, expected) } else { Err(bad_tensor(tensor)) }
}

fn bytes(tensor: &TensorProto, expected: Option<usize>) -> Result<Bytes> {
    let bytes: Bytes = if tensor.raw_data.is_empty() {
        tensor.int32_data.iter().map(|&value| value as u8).collect()
    } else {
        tensor.raw_data.clone()
    };
    if expected == Some(bytes.len()) { Ok(bytes) } else { Err(bad_tensor(tensor)) }
}
