//! Matrices stored as 4-bit values in blocks, each block with its own scale:
//! `MatMulNBits` and `GatherBlockQuantized` of onnxruntime's operators.

use super::super::weights::QuantizedMatrix;

/// `value[row][column] = scales[row][column / block] × values[row][column]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocks {
    columns: usize,
    block: usize,
    /// `[rows, columns]`, each in `-8..=7`.
    values: Vec<i8>,
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

/// Scales of a row are taken for whole multiples of one step up to this one:
/// 8 × 15 = 120 fits an `i8`.
const LARGEST_MULTIPLE: usize = 15;

impl Blocks {
    /// Unpacks row-major values, two a byte, the first in the low half. None
    /// where the shapes do not fit together.
    pub fn unpack(
        packed: &[u8],
        nibble: Nibble,
        scales: Vec<f32>,
        columns: usize,
        block: usize,
    ) -> Option<Self> {
        let blocks = columns.checked_div(block).filter(|blocks| blocks * block == columns)?;
        let rows = scales.len().checked_div(blocks)?;
        let fits = rows > 0
            && rows * blocks == scales.len()
            && columns.is_multiple_of(2)
            && rows.checked_mul(columns / 2)? == packed.len();
        let value = |bits: u8| match nibble {
            Nibble::Offset => bits as i8 - 8,
            Nibble::Signed => (bits << 4) as i8 >> 4,
        };
        let pair = |byte: &u8| [value(byte & 15), value(byte >> 4)];
        fits.then(|| Self {
            columns,
            block,
            values: packed.iter().flat_map(pair).collect(),
            scales,
        })
    }

    /// Rows and columns.
    #[cfg(feature = "tract")]
    pub fn dims(&self) -> [usize; 2] {
        [self.values.len() / self.columns, self.columns]
    }

    /// Row-major `[rows, columns]`.
    pub fn floats(&self) -> Vec<f32> {
        let blocks = self.values.chunks_exact(self.block).zip(&self.scales);
        blocks
            .flat_map(|(values, &scale)| values.iter().map(move |&v| f32::from(v) * scale))
            .collect()
    }

    /// The same as int8 with one scale for each row.
    ///
    /// Exact, up to the rounding of the scales themselves, where a row's scales
    /// are whole multiples of one step, up to ±15, as `train/quantize.py` makes
    /// them. Other rows are rounded to 255 steps between ± their largest
    /// magnitude: at most half such a step is lost, 1/254 of that magnitude.
    pub fn quantized(&self) -> QuantizedMatrix {
        let per_row = self.columns / self.block;
        let mut values = Vec::with_capacity(self.values.len());
        let mut scales = Vec::with_capacity(self.scales.len() / per_row);
        let rows = self.values.chunks_exact(self.columns).zip(self.scales.chunks_exact(per_row));
        for (row, row_scales) in rows {
            let blocks = row.chunks_exact(self.block).zip(row_scales);
            if let Some(step) = common_step(row_scales) {
                scales.push(step);
                for (block, scale) in blocks {
                    let multiple = (scale / step).round_ties_even() as i8;
                    values.extend(block.iter().map(|value| value * multiple));
                }
            } else {
                let floats = blocks
                    .flat_map(|(block, scale)| block.iter().map(move |&v| f32::from(v) * scale));
                let rounded = QuantizedMatrix::quantize(self.columns, &floats.collect::<Vec<_>>());
                scales.extend(rounded.scales);
                values.extend(rounded.values);
            }
        }
        QuantizedMatrix { inputs: self.columns, outputs: scales.len(), values, scales }
    }
}

/// The largest step of which every scale is a whole multiple, up to ±15.
fn common_step(scales: &[f32]) -> Option<f32> {
    let largest = scales.iter().fold(0f32, |max, scale| max.max(scale.abs()));
    if largest == 0.0 {
        return Some(1.0);
    }
    (1..=LARGEST_MULTIPLE).map(|multiple| largest / multiple as f32).find(|step| {
        scales.iter().all(|scale| {
            let multiple = scale / step;
            (multiple - multiple.round_ties_even()).abs() < 1e-4
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn nibbles_are_read_low_half_first() {
        let bytes = [0x80, 0x7f];
        let signed = Blocks::unpack(&bytes, Nibble::Signed, vec![0.5], 4, 4).unwrap();
        assert_eq!(signed.floats(), [0.0, -4.0, -0.5, 3.5]);
        let offset = Blocks::unpack(&bytes, Nibble::Offset, vec![2.0, 1.0], 4, 2).unwrap();
        assert_eq!(offset.floats(), [-16.0, 0.0, 7.0, -1.0]);
    }

    #[test]
    fn multiples_of_one_step_lose_nothing() {
        let scales = [15.0, -4.0, 7.0, 1.0].map(|multiple: f32| multiple * 0.013).to_vec();
        let packed: Vec<u8> = (0..32).map(|i| i * 37).collect();
        let blocks = Blocks::unpack(&packed, Nibble::Signed, scales, 32, 16).unwrap();
        let int8 = blocks.quantized();
        let exact = blocks.floats();
        for (i, &value) in int8.values.iter().enumerate() {
            let back = f32::from(value) * int8.scales[i / 32];
            assert!((back - exact[i]).abs() <= 1e-6 * exact[i].abs(), "{back} {}", exact[i]);
        }
    }

    #[test]
    fn other_scales_lose_half_a_step_at_most() {
        let packed: Vec<u8> = (0..32).map(|i| i * 91).collect();
        let scales = vec![1.0, 0.3141, 0.2718, 0.577];
        let blocks = Blocks::unpack(&packed, Nibble::Offset, scales, 32, 16).unwrap();
        let int8 = blocks.quantized();
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
            Blocks::unpack(&vec![0; bytes], Nibble::Signed, vec![1.0; scales], columns, block)
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
