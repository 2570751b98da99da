//! A matrix as a file stores it, and the layouts that the engine wants.

use super::super::weights::QuantizedMatrix;
use super::tensor::transpose;

/// A stored matrix, before it is laid out as `[outputs, inputs]`.
pub enum Matrix {
    Float { dims: [usize; 2], values: Vec<f32> },
    Int8 { dims: [usize; 2], values: Vec<i8>, scales: Vec<f32>, axis: usize },
}

impl Matrix {
    /// Rows and columns, as stored.
    pub fn dims(&self) -> [usize; 2] {
        match self {
            Self::Float { dims, .. } | Self::Int8 { dims, .. } => *dims,
        }
    }

    /// Row-major, as stored.
    pub fn floats(&self) -> Vec<f32> {
        match self {
            Self::Float { values, .. } => values.clone(),
            Self::Int8 { dims: [_, columns], values, scales, axis } => values
                .iter()
                .enumerate()
                .map(|(i, &value)| {
                    let channel = if *axis == 0 { i / columns } else { i % columns };
                    f32::from(value) * scales[channel]
                })
                .collect(),
        }
    }

    /// Rows as columns.
    pub fn transposed(self) -> Self {
        let [rows, columns] = self.dims();
        match self {
            Self::Float { dims, values } => {
                Self::Float { dims: [columns, rows], values: transpose(&values, dims) }
            }
            Self::Int8 { dims, values, scales, axis } => Self::Int8 {
                dims: [columns, rows],
                values: transpose(&values, dims),
                scales,
                axis: 1 - axis,
            },
        }
    }

    /// `[inputs, outputs]` floats as `[outputs, inputs]`.
    pub fn floats_by_output(&self) -> Vec<f32> {
        transpose(&self.floats(), self.dims())
    }

    /// `[inputs, outputs]` as an int8 matrix by output, rounding only what is
    /// not already stored so.
    pub fn quantized(self) -> QuantizedMatrix {
        match self {
            Self::Int8 { dims, values, scales, axis: 1 } => QuantizedMatrix {
                inputs: dims[0],
                outputs: dims[1],
                values: transpose(&values, dims),
                scales,
            },
            other => QuantizedMatrix::quantize(other.dims()[0], &other.floats_by_output()),
        }
    }
}
