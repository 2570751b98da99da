//! A matrix as a file stores it, and the layouts that the engine wants.

use super::super::weights::QuantizedMatrix;
use super::tensor::transpose;

/// A stored matrix, before it is laid out as `[outputs, inputs]`.
pub enum Matrix {
    Float { dims: [usize; 2], values: Vec<f32> },
    Int8 { dims: [usize; 2], values: Vec<i8>, steps: Steps },
}

/// What int8 values stand for: `scale × (value - zero)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// One for the whole matrix, or one for each slice along `axis`.
    pub scales: Vec<f32>,
    /// As many.
    pub zeros: Vec<i8>,
    /// 0 for rows, 1 for columns, as stored.
    pub axis: usize,
}

impl Steps {
    /// Whether all of a row has one step.
    fn are_by_row(&self) -> bool {
        self.scales.len() == 1 || self.axis == 0
    }

    /// The step of one element.
    fn at(&self, row: usize, column: usize) -> (f32, i8) {
        let slice = match self.scales.len() {
            1 => 0,
            _ if self.are_by_row() => row,
            _ => column,
        };
        (self.scales[slice], self.zeros[slice])
    }

    /// One for each of `slices` along `axis`, unless they lie along the other.
    fn along(&self, axis: usize, slices: usize) -> Option<Self> {
        match (self.scales.as_slice(), self.zeros.as_slice()) {
            (&[scale], &[zero]) => {
                Some(Self { scales: vec![scale; slices], zeros: vec![zero; slices], axis })
            }
            _ => (self.axis == axis).then(|| self.clone()),
        }
    }
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
            Self::Int8 { dims: [_, columns], values, steps } => {
                let mut floats = Vec::with_capacity(values.len());
                for (row, values) in values.chunks_exact(*columns).enumerate() {
                    if steps.are_by_row() {
                        let step = steps.at(row, 0);
                        floats.extend(values.iter().map(|&value| dequantize(value, step)));
                    } else {
                        let value = |(at, &value)| dequantize(value, steps.at(row, at));
                        floats.extend(values.iter().enumerate().map(value));
                    }
                }
                floats
            }
        }
    }

    /// Rows as columns.
    pub fn transposed(self) -> Self {
        let [rows, columns] = self.dims();
        match self {
            Self::Float { dims, values } => {
                Self::Float { dims: [columns, rows], values: transpose(&values, dims) }
            }
            Self::Int8 { dims, values, steps } => Self::Int8 {
                dims: [columns, rows],
                values: transpose(&values, dims),
                steps: Steps { axis: 1 - steps.axis, ..steps },
            },
        }
    }

    /// `[inputs, outputs]` floats as `[outputs, inputs]`.
    pub fn floats_by_output(&self) -> Vec<f32> {
        transpose(&self.floats(), self.dims())
    }

    /// `[inputs, outputs]` as an int8 matrix by output.
    ///
    /// Exact where the file stores it so, with steps by output or one for all,
    /// and the zeros are 0 or leave room to be moved there. Other outputs are
    /// rounded to 255 steps between ± their largest magnitude: at most half
    /// such a step is lost, 1/254 of that magnitude.
    pub fn quantized(self) -> QuantizedMatrix {
        match (self.steps_along(1), self) {
            (Some(steps), Self::Int8 { dims, values, .. }) => {
                centered(dims[0], transpose(&values, dims), steps)
            }
            (_, other) => QuantizedMatrix::quantize(other.dims()[0], &other.floats_by_output()),
        }
    }

    /// A table `[rows, hidden]` as an int8 matrix by row, each row up to a
    /// number that is added to all of it.
    ///
    /// The normalisation that follows the embeddings takes such a number away,
    /// so a zero that is not 0 needs no room. Otherwise as [`Self::quantized`].
    pub fn table_before_norm(self) -> QuantizedMatrix {
        match (self.steps_along(0), self) {
            (Some(steps), Self::Int8 { dims: [outputs, inputs], values, .. }) => {
                QuantizedMatrix { inputs, outputs, values, scales: steps.scales }
            }
            (_, other) => QuantizedMatrix::quantize(other.dims()[1], &other.floats()),
        }
    }

    /// The steps, one for each slice along `axis`, unless they lie along the other.
    fn steps_along(&self, axis: usize) -> Option<Steps> {
        match self {
            Self::Float { .. } => None,
            Self::Int8 { dims, steps, .. } => steps.along(axis, dims[axis]),
        }
    }
}

fn dequantize(value: i8, (scale, zero): (f32, i8)) -> f32 {
    f32::from(i16::from(value) - i16::from(zero)) * scale
}

/// Rows of `inputs` values with their zeros moved to 0, or rounded anew where
/// int8 has no room for that.
fn centered(inputs: usize, mut values: Vec<i8>, mut steps: Steps) -> QuantizedMatrix {
    let rows = values.chunks_exact_mut(inputs).zip(&mut steps.scales).zip(&steps.zeros);
    for ((row, scale), &zero) in rows.filter(|(_, zero)| **zero != 0) {
        let moved: Option<Vec<i8>> = row.iter().map(|value| value.checked_sub(zero)).collect();
        let moved = moved.unwrap_or_else(|| {
            let exact: Vec<f32> = row.iter().map(|&v| dequantize(v, (*scale, zero))).collect();
            let rounded = QuantizedMatrix::quantize(inputs, &exact);
            *scale = rounded.scales[0];
            rounded.values
        });
        row.copy_from_slice(&moved);
    }
    QuantizedMatrix { inputs, outputs: steps.scales.len(), values, scales: steps.scales }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// `[3, 2]`: three inputs, two outputs.
    fn int8(values: [i8; 6], scales: Vec<f32>, zeros: Vec<i8>, axis: usize) -> Matrix {
        Matrix::Int8 { dims: [3, 2], values: values.to_vec(), steps: Steps { scales, zeros, axis } }
    }

    #[test]
    fn zeros_move_to_0_where_there_is_room() {
        let values = [-128, 7, 3, 127, 107, 100];
        let matrix = int8(values, vec![0.5, 2.0], vec![-20, 5], 1);
        assert_eq!(matrix.floats(), [-54.0, 4.0, 11.5, 244.0, 63.5, 190.0]);
        let moved = matrix.quantized();
        assert_eq!(moved.row(0), [-108, 23, 127]);
        assert_eq!(moved.row(1), [2, 122, 95]);
        assert_eq!(moved.scales, [0.5, 2.0]);
    }

    #[test]
    fn without_room_half_a_step_is_lost_at_most() {
        let values = [-128, 7, 3, 127, 107, 100];
        for (zeros, axis) in [(vec![100, -100], 1), (vec![100], 1), (vec![5, -5, 100], 0)] {
            let scales = vec![0.5; zeros.len()];
            let matrix = int8(values, scales, zeros, axis);
            let exact = matrix.floats_by_output();
            let rounded = matrix.quantized();
            for (output, exact) in exact.chunks(3).enumerate() {
                let largest = exact.iter().fold(0f32, |max, value| max.max(value.abs()));
                for (value, exact) in rounded.row(output).iter().zip(exact) {
                    let error = (f32::from(*value) * rounded.scales[output] - exact).abs();
                    assert!(error <= largest / 254.0 * 1.001, "{error} of {largest}");
                }
            }
        }
    }

    #[test]
    fn one_step_for_all_is_one_for_each_slice_of_either_axis() {
        let values = [-128, 7, 3, 127, 107, 100];
        for axis in [0, 1] {
            let one = || int8(values, vec![0.5], vec![0], axis);
            assert_eq!(one().quantized().scales, [0.5; 2]);
            assert_eq!(one().transposed().quantized().scales, [0.5; 3]);
            assert_eq!(one().table_before_norm().scales, [0.5; 3]);
            assert_eq!(one().table_before_norm().values, values);
        }
    }

    #[test]
    fn a_row_of_a_table_keeps_its_differences() {
        let matrix = int8([-128, 7, 3, 127, 107, 100], vec![0.5, 1.0, 2.0], vec![100, 0, -9], 0);
        let exact = matrix.floats();
        let table = matrix.table_before_norm();
        for (row, exact) in exact.chunks(2).enumerate() {
            let [a, b] = [0, 1].map(|i| f32::from(table.row(row)[i]) * table.scales[row]);
            assert_eq!(a - b, exact[0] - exact[1]);
        }
    }
}
