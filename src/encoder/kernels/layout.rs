//! Matrices laid out for the kernels.

use super::Kernel;
use super::lanes::{COLUMNS, ROWS};
use crate::encoder::weights::Linear;

/// A linear layer: weights as `[outputs / 8][inputs / 2][8][2]`, or as the kernel wants
/// them that it is packed for, with zeros up to whole panels and whole quads of inputs.
#[derive(Clone, Debug)]
pub struct PackedLinear {
    /// Outputs, without padding.
    pub outputs: usize,
    /// Pairs of inputs.
    pub pairs: usize,
    values: Vec<i8>,
    /// What the kernel takes away from its sums, by output, padded to whole panels.
    offsets: Vec<i32>,
    /// The size of a weight's step, by output, padded to whole panels.
    scales: Vec<f32>,
    bias: Vec<f32>,
}

/// Eight outputs of a linear layer.
#[derive(Clone, Copy)]
pub struct Panel<'a> {
    /// `[pairs][8][2]`, or as the kernel wants it.
    pub values: &'a [i8],
    /// What the kernel takes away from its sums, by output.
    pub offsets: &'a [i32; COLUMNS],
    /// By output.
    pub scales: &'a [f32; COLUMNS],
    /// By output.
    pub bias: &'a [f32; COLUMNS],
}

impl PackedLinear {
    /// Rearranges a layer for a kernel.
    pub fn new(linear: Linear, kernel: &dyn Kernel) -> Self {
        let Linear { weight, mut bias } = linear;
        let [outputs, inputs] = weight.dims();
        let pairs = pairs_of(inputs);
        let padded = outputs.next_multiple_of(COLUMNS);
        let mut values = vec![0; padded * pairs * 2];
        let mut offsets = Vec::with_capacity(padded);
        let mut scales = Vec::with_capacity(padded);
        let mut read = weight.int8_rows();
        let mut rows = vec![0; inputs * COLUMNS];
        for panel in values.chunks_exact_mut(pairs * COLUMNS * 2) {
            let first = scales.len();
            let rows = &mut rows[..inputs * COLUMNS.min(outputs - first)];
            for (row, values) in rows.chunks_exact_mut(inputs).enumerate() {
                scales.push(read(first + row, values));
            }
            offsets.extend(kernel.pack(rows, inputs, panel));
        }
        scales.resize(padded, 0.0);
        bias.resize(padded, 0.0);
        Self { outputs, pairs, values, offsets, scales, bias }
    }

    /// From the first output to the last.
    pub fn panels(&self) -> impl Iterator<Item = Panel<'_>> {
        let values = self.values.chunks_exact(self.pairs * COLUMNS * 2);
        let floats = self.scales.as_chunks().0.iter().zip(self.bias.as_chunks().0);
        values
            .zip(self.offsets.as_chunks().0)
            .zip(floats)
            .map(|((values, offsets), (scales, bias))| Panel { values, offsets, scales, bias })
    }
}

/// Pairs of inputs, up to whole quads.
pub fn pairs_of(inputs: usize) -> usize {
    2 * inputs.div_ceil(4)
}

/// Activations quantised row by row, laid out as `[rows / 4][inputs / 2][4][2]`, or as the
/// kernel wants them that made them, with zeros up to whole quads of inputs.
///
/// Each row has its own scale, so that a token's numbers depend on nothing but
/// its own window. Most kernels multiply 16-bit integers in any case, so
/// activations have about 14 bits, and rounding them costs no accuracy.
#[derive(Clone, Debug, Default)]
pub struct QuantizedRows {
    /// The size of one step, by row; there are as many as rows.
    pub scales: Vec<f32>,
    pairs: usize,
    values: Vec<i16>,
}

impl QuantizedRows {
    /// Makes room for zeros, reusing the buffers.
    pub fn reset(&mut self, rows: usize, inputs: usize) {
        self.pairs = pairs_of(inputs);
        self.values.clear();
        self.values.resize(rows.div_ceil(ROWS) * ROWS * self.pairs * 2, 0);
        self.scales.clear();
        self.scales.resize(rows, 0.0);
    }

    /// Blocks of [`ROWS`] rows.
    pub fn blocks(&self) -> std::slice::ChunksExact<'_, i16> {
        self.values.chunks_exact(self.block_len())
    }

    /// The same, each with the scales of its rows, to be written.
    pub fn blocks_mut(&mut self) -> impl Iterator<Item = (&mut [f32], &mut [i16])> {
        let len = self.block_len();
        self.scales.chunks_mut(ROWS).zip(self.values.chunks_exact_mut(len))
    }

    fn block_len(&self) -> usize {
        ROWS * self.pairs * 2
    }
}
