//! The integer matrix product at the heart of every linear layer.
//!
//! A [`Kernel`] multiplies four rows of activations with a panel of eight
//! outputs. Integers are exact, so every kernel gives the same bits; all that
//! is floating point stays outside, in code shared by every build.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use super::math::round;
use super::weights::QuantizedMatrix;

/// Rows of activations in a tile.
pub const ROWS: usize = 4;
/// Outputs in a panel.
pub const COLUMNS: usize = 8;

/// Sums of a tile: one row of activations each.
pub type Tile = [[i32; COLUMNS]; ROWS];

/// Multiplies one tile.
pub trait Kernel: Sync {
    /// A name for reports.
    fn name(&self) -> &'static str;

    /// `rows` is `[pairs][ROWS][2]`, `panel` is `[pairs][COLUMNS][2]` with as
    /// many pairs; no sum may leave `i32`, see [`largest_step`].
    fn tile(&self, rows: &[i16], panel: &[i8]) -> Tile;
}

/// The fastest kernel that runs here.
pub fn best() -> &'static dyn Kernel {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return &simd128::Simd128;
    #[cfg(target_arch = "x86_64")]
    if let Some(kernel) = avx2::Avx2::detect() {
        return kernel;
    }
    #[allow(unreachable_code)]
    reference()
}

/// The plain one that the others are tested against.
pub fn reference() -> &'static dyn Kernel {
    &scalar::Scalar
}

/// A matrix laid out for the kernels: `[outputs / 8][inputs / 2][8][2]`, zeros
/// where a size does not divide.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Outputs, without padding.
    pub outputs: usize,
    pairs: usize,
    values: Vec<i8>,
}

impl Packed {
    /// Rearranges a matrix.
    pub fn new(matrix: &QuantizedMatrix) -> Self {
        let pairs = matrix.inputs.div_ceil(2);
        let panels = matrix.outputs.div_ceil(COLUMNS);
        let mut values = vec![0; panels * pairs * COLUMNS * 2];
        for output in 0..matrix.outputs {
            let panel = (output / COLUMNS) * pairs * COLUMNS * 2 + output % COLUMNS * 2;
            for (input, &value) in matrix.row(output).iter().enumerate() {
                values[panel + input / 2 * COLUMNS * 2 + input % 2] = value;
            }
        }
        Self { outputs: matrix.outputs, pairs, values }
    }

    /// The panels, each of [`COLUMNS`] outputs.
    pub fn panels(&self) -> impl Iterator<Item = &[i8]> {
        self.values.chunks_exact(self.pairs * COLUMNS * 2)
    }
}

/// Activations quantised row by row, laid out for the kernels.
///
/// Each row has its own scale, so that a token's numbers depend on nothing but
/// its own window. The kernels multiply 16-bit integers in any case, so
/// activations have about 14 bits, and rounding them costs no accuracy.
#[derive(Clone, Debug, Default)]
pub struct QuantizedRows {
    /// The size of one step, by row.
    pub scales: Vec<f32>,
    pairs: usize,
    values: Vec<i16>,
}

/// The largest quantised activation: as many steps as keep a sum of `inputs`
/// products with int8 weights inside `i32`.
pub fn largest_step(inputs: usize) -> i16 {
    (i32::MAX as usize / (128 * inputs.max(1))).min(8191) as i16
}

/// A row smaller than this is zero: its inverse would not be finite.
const SMALLEST: f32 = 1e-30;

impl QuantizedRows {
    /// Quantises `[rows, inputs]` floats, reusing the buffers.
    pub fn quantize(&mut self, x: &[f32], inputs: usize) {
        let rows = x.len() / inputs;
        self.pairs = inputs.div_ceil(2);
        self.values.clear();
        self.values.resize(rows.div_ceil(ROWS) * ROWS * self.pairs * 2, 0);
        self.scales.clear();
        let steps = f32::from(largest_step(inputs));
        let block_len = ROWS * self.pairs * 2;
        for (row, x) in x.chunks_exact(inputs).enumerate() {
            let largest = largest_magnitude(x);
            self.scales.push(largest / steps);
            let inverse = if largest > SMALLEST { steps / largest } else { 0.0 };
            let block = &mut self.values[row / ROWS * block_len..][..block_len];
            let lanes = block.chunks_exact_mut(ROWS * 2);
            for (pair, lane) in x.chunks(2).zip(lanes) {
                for (value, slot) in pair.iter().zip(&mut lane[row % ROWS * 2..]) {
                    *slot = round(value * inverse) as i16;
                }
            }
        }
    }

    /// Blocks of [`ROWS`] rows.
    pub fn blocks(&self) -> impl Iterator<Item = &[i16]> {
        self.values.chunks_exact(ROWS * self.pairs * 2)
    }
}

fn largest_magnitude(x: &[f32]) -> f32 {
    let mut lanes = [0f32; 8];
    let (chunks, rest) = x.as_chunks::<8>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            let magnitude = value.abs();
            *lane = if magnitude > *lane { magnitude } else { *lane };
        }
    }
    lanes.iter().chain(rest).fold(0.0, |largest, value| largest.max(value.abs()))
}

#[cfg(test)]
pub(super) mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// A small deterministic generator: full-range bytes.
    pub fn bytes(seed: u64) -> impl FnMut() -> i8 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as i8
        }
    }

    /// The definition: the plain triple loop over unpacked matrices.
    fn product(rows: &[Vec<i16>], matrix: &QuantizedMatrix) -> Vec<Vec<i32>> {
        let dot = |row: &[i16], output| {
            let pairs = row.iter().zip(matrix.row(output));
            pairs.map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
        };
        rows.iter().map(|row| (0..matrix.outputs).map(|o| dot(row, o)).collect()).collect()
    }

    fn check(kernel: &dyn Kernel, rows: usize, inputs: usize, outputs: usize, extreme: bool) {
        let mut next = bytes((rows * 7919 + inputs * 31 + outputs) as u64);
        let mut weight = || if extreme { [-128, 127][usize::from(next() > 0)] } else { next() };
        let values = (0..inputs * outputs).map(|_| weight()).collect();
        let limit = largest_step(inputs);
        let mut activation = || {
            let weight = weight().max(-127);
            if extreme {
                limit * i16::from(weight.signum())
            } else {
                limit / 127 * i16::from(weight)
            }
        };
        // A largest magnitude of `limit` makes quantisation the identity.
        let mut activations: Vec<Vec<i16>> =
            (0..rows).map(|_| (0..inputs).map(|_| activation()).collect()).collect();
        activations.iter_mut().for_each(|row| row[0] = limit);
        let matrix = QuantizedMatrix { inputs, outputs, values, scales: vec![1.0; outputs] };

        let floats: Vec<f32> = activations.iter().flatten().map(|&v| f32::from(v)).collect();
        let mut quantized = QuantizedRows::default();
        quantized.quantize(&floats, inputs);
        let packed = Packed::new(&matrix);
        let expected = product(&activations, &matrix);
        for (p, panel) in packed.panels().enumerate() {
            for (b, block) in quantized.blocks().enumerate() {
                let tile = kernel.tile(block, panel);
                for (r, sums) in tile.iter().enumerate() {
                    for (c, sum) in sums.iter().enumerate() {
                        let row = expected.get(b * ROWS + r);
                        let expected = row.and_then(|row| row.get(p * COLUMNS + c));
                        assert_eq!(*sum, expected.copied().unwrap_or(0), "{}", kernel.name());
                    }
                }
            }
        }
    }

    /// Every kernel equals the definition on odd sizes, one row, and the
    /// largest sums that can occur.
    pub fn check_all_shapes(kernel: &dyn Kernel) {
        for (rows, inputs, outputs) in
            [(1, 1, 1), (1, 2, 8), (3, 7, 5), (4, 32, 16), (5, 33, 9), (13, 384, 24), (9, 3072, 8)]
        {
            check(kernel, rows, inputs, outputs, false);
            check(kernel, rows, inputs, outputs, true);
        }
    }

    #[test]
    fn the_reference_kernel_is_the_definition() {
        check_all_shapes(reference());
    }

    #[test]
    fn the_best_kernel_is_the_definition() {
        check_all_shapes(best());
    }

    #[test]
    fn rows_are_quantised_to_the_nearest_step() {
        let x = [0.5f32, -1.0, 0.249, 0.0, 0.0, 0.0];
        let mut rows = QuantizedRows::default();
        rows.quantize(&x, 3);
        assert_eq!(rows.scales, [1.0 / 8191.0, 0.0]);
        let block = rows.blocks().next().unwrap();
        assert_eq!((block[0], block[1], block[8], block[9]), (4096, -8191, 2040, 0));
        assert!(block[2..4].iter().all(|&value| value == 0));
    }

    #[test]
    fn no_sum_can_overflow() {
        for inputs in [1, 384, 1536, 3072, 100_000] {
            let sum = inputs as i64 * 128 * i64::from(largest_step(inputs));
            assert!(sum <= i64::from(i32::MAX) && largest_step(inputs) > 0);
        }
    }
}
