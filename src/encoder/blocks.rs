//! Matrices stored as 4-bit values in blocks, each block with its own scale:
//! `MatMulNBits` and `GatherBlockQuantized` of onnxruntime's operators.

use std::array;

use bytes::Bytes;

use super::kernels::{self, Kernel};
use super::weights::QuantizedMatrix;

/// `value[row][column] = scales[row][column / block] × packed[row][column]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocks {
    columns: usize,
    block: usize,
    /// `[rows, columns]`, two a byte, the first in the low half.
    packed: Bytes,
    nibble: Nibble,
    /// `[rows, columns / block]`.
    scales: Vec<f32>,
}

/// How a 4-bit value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nibble {
    /// 0 to 15, where 8 stands for zero.
    Offset,
    /// Two's complement.
    Signed,
}

impl Nibble {
    /// What the low half of a byte stands for.
    #[inline(always)]
    fn value(self, half: u8) -> i8 {
        // Turning the sign bit makes two's complement an offset of 8.
        (if self == Self::Signed { half ^ 8 } else { half }) as i8 - 8
    }
}

/// Scales of a row are taken for whole multiples of one step up to this one:
/// 8 × 15 = 120 fits an `i8`.
const LARGEST_MULTIPLE: i8 = 15;

impl Blocks {
    /// Row-major values. None where the shapes do not fit together.
    pub fn new(
        packed: Bytes,
        nibble: Nibble,
        scales: Vec<f32>,
        columns: usize,
        block: usize,
    ) -> Option<Self> {
        let blocks = columns
            .checked_div(block)
            .filter(|blocks| blocks * block == columns && block.is_multiple_of(2))?;
        let rows = scales.len().checked_div(blocks)?;
        let fits = rows > 0
            && rows * blocks == scales.len()
            && columns.is_multiple_of(2)
            && rows.checked_mul(columns / 2)? == packed.len();
        fits.then_some(Self { columns, block, packed, nibble, scales })
    }

    /// Rows and columns.
    pub fn dims(&self) -> [usize; 2] {
        [self.packed.len() / (self.columns / 2), self.columns]
    }

    /// Row-major `[rows, columns]`.
    pub fn floats(&self) -> Vec<f32> {
        let [rows, columns] = self.dims();
        let mut floats = vec![0.0; rows * columns];
        let rows = floats.chunks_exact_mut(columns).enumerate();
        rows.for_each(|(row, floats)| self.read_row(row, floats));
        floats
    }

    /// Writes the `[columns]` floats of a row.
    pub fn read_row(&self, row: usize, floats: &mut [f32]) {
        let (packed, scales) = self.row(row);
        let (pairs, _) = floats.as_chunks_mut::<2>();
        let blocks = pairs.chunks_mut(self.block / 2).zip(packed.chunks(self.block / 2));
        for ((floats, packed), scale) in blocks.zip(scales) {
            for (pair, &byte) in floats.iter_mut().zip(packed) {
                *pair = self.pair(byte).map(|value| f32::from(value) * scale);
            }
        }
    }

    fn row(&self, row: usize) -> (&[u8], &[f32]) {
        let (bytes, blocks) = (self.columns / 2, self.columns / self.block);
        (&self.packed[row * bytes..][..bytes], &self.scales[row * blocks..][..blocks])
    }

    fn pair(&self, byte: u8) -> [i8; 2] {
        [self.nibble.value(byte & 15), self.nibble.value(byte >> 4)]
    }

    /// Reads rows as int8, with one scale for each.
    ///
    /// Exact, up to the rounding of the scales themselves, where a row's scales
    /// are whole multiples of one step, up to ±15, as `train/quantize.py` makes
    /// them. Other rows are rounded to 255 steps between ± their largest
    /// magnitude: at most half such a step is lost, 1/254 of that magnitude.
    pub fn int8_rows(&self) -> Int8Rows<'_> {
        let table = |multiple| array::from_fn(|half| self.nibble.value(half as u8) * multiple);
        Int8Rows {
            blocks: self,
            kernel: kernels::best(),
            tables: (-LARGEST_MULTIPLE..=LARGEST_MULTIPLE).map(table).collect(),
            chosen: Vec::with_capacity(self.columns / self.block),
            floats: Vec::new(),
        }
    }
}

/// See [`Blocks::int8_rows`].
pub struct Int8Rows<'a> {
    blocks: &'a Blocks,
    kernel: &'static dyn Kernel,
    /// What the sixteen numbers stand for, for each multiple of a step.
    tables: Vec<[i8; 16]>,
    /// Those of a row's blocks.
    chosen: Vec<[i8; 16]>,
    floats: Vec<f32>,
}

impl Int8Rows<'_> {
    /// Writes the `[columns]` values of a row, and gives their scale.
    pub fn read(&mut self, row: usize, values: &mut [i8]) -> f32 {
        let (packed, scales) = self.blocks.row(row);
        if let Some(step) = common_step(scales) {
            choose_tables(&self.tables, scales, step, &mut self.chosen);
            self.kernel.expand(packed, &self.chosen, values);
            return step;
        }
        self.floats.resize(values.len(), 0.0);
        self.blocks.read_row(row, &mut self.floats);
        let rounded = QuantizedMatrix::quantize(values.len(), &self.floats);
        values.copy_from_slice(&rounded.values);
        rounded.scales[0]
    }
}

/// The table of each block, given the step of which scales are whole multiples.
///
/// Not inlined, as [`common_step`]: a browser has soonest compiled well what is small
/// and called often.
#[inline(never)]
fn choose_tables(tables: &[[i8; 16]], scales: &[f32], step: f32, chosen: &mut Vec<[i8; 16]>) {
    let multiple = |scale: &f32| (scale / step).round_ties_even() as i8;
    let table = |scale| tables[(multiple(scale) + LARGEST_MULTIPLE) as usize];
    chosen.clear();
    chosen.extend(scales.iter().map(table));
}

/// A step of which every scale is a whole multiple, up to ±15.
#[inline(never)]
fn common_step(scales: &[f32]) -> Option<f32> {
    // `f32::max` would be a call in WebAssembly.
    let larger = |max: f32, scale: &f32| if scale.abs() > max { scale.abs() } else { max };
    let largest = scales.iter().fold(0.0, larger);
    if largest == 0.0 {
        return Some(1.0);
    }
    let is_whole = |multiple: f32| (multiple - multiple.round_ties_even()).abs() < 1e-4;
    // From the top, where the largest scale of a row mostly is.
    (1..=LARGEST_MULTIPLE).rev().map(f32::from).find_map(|multiple| {
        let inverse = multiple / largest;
        let fits = scales.iter().all(|scale| is_whole(scale * inverse));
        fits.then_some(largest / multiple)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::weights::Weight;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn nibbles_are_read_low_half_first() {
        let bytes = Bytes::from_static(&[0x80, 0x7f]);
        let signed = Blocks::new(bytes.clone(), Nibble::Signed, vec![0.5], 4, 4).unwrap();
        assert_eq!(signed.floats(), [0.0, -4.0, -0.5, 3.5]);
        let offset = Blocks::new(bytes.clone(), Nibble::Offset, vec![2.0, 1.0], 4, 2).unwrap();
        assert_eq!(offset.floats(), [-16.0, 0.0, 7.0, -1.0]);
    }

    #[test]
    fn multiples_of_one_step_lose_nothing() {
        let scales = [15.0, -4.0, 7.0, 1.0].map(|multiple: f32| multiple * 0.013).to_vec();
        let packed: Bytes = (0..32u8).map(|i| i.wrapping_mul(37)).collect();
        let blocks = Blocks::new(packed, Nibble::Signed, scales, 32, 16).unwrap();
        let int8 = Weight::Blocks(blocks.clone()).quantized();
        let exact = blocks.floats();
        for (i, &value) in int8.values.iter().enumerate() {
            let back = f32::from(value) * int8.scales[i / 32];
            assert!((back - exact[i]).abs() <= 1e-6 * exact[i].abs(), "{back} {}", exact[i]);
        }
    }

    #[test]
    fn other_scales_lose_half_a_step_at_most() {
        let packed: Bytes = (0..32u8).map(|i| i.wrapping_mul(91)).collect();
        let scales = vec![1.0, 0.3141, 0.2718, 0.577];
        let blocks = Blocks::new(packed, Nibble::Offset, scales, 32, 16).unwrap();
        let int8 = Weight::Blocks(blocks.clone()).quantized();
        for (row, exact) in blocks.floats().chunks(32).enumerate() {
            let largest = exact.iter().fold(0f32, |max, value| max.max(value.abs()));
            for (value, exact) in int8.row(row).iter().zip(exact) {
                let error = (f32::from(*value) * int8.scales[row] - exact).abs();
                assert!(error <= largest / 254.0 * 1.001);
            }
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let unpack = |bytes: usize, scales: usize, columns, block| {
            Blocks::new(vec![0; bytes].into(), Nibble::Signed, vec![1.0; scales], columns, block)
        };
        assert!(unpack(16, 2, 32, 16).is_some());
        for (bytes, scales, columns, block) in [
            (15, 2, 32, 16),
            (16, 3, 32, 16),
            (16, 2, 32, 0),
            (0, 0, 32, 16),
            (16, 2, 30, 16),
            (16, 0, 0, 16),
        ] {
            assert!(unpack(bytes, scales, columns, block).is_none());
        }
    }
}
