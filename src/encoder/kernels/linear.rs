//! Linear layers over quantised rows.

use std::array;

use super::Then;
use super::lanes::{COLUMNS, Instructions, Lanes, ROWS};
use super::layout::{PackedLinear, QuantizedRows};
use super::math;

/// The largest quantised activation: as many steps as keep a sum of `inputs`
/// products with int8 weights inside `i32`.
pub fn largest_step(inputs: usize) -> i16 {
    (i32::MAX as usize / (128 * inputs.max(1))).min(8191) as i16
}

/// A row smaller than this is zero: its inverse would not be finite.
const SMALLEST: f32 = 1e-30;

/// The factor that makes `largest` come to `steps`.
#[inline(always)]
pub fn inverse_step(largest: f32, steps: f32) -> f32 {
    if largest > SMALLEST { steps / largest } else { 0.0 }
}

/// Quantises `[rows, inputs]` floats.
#[inline(always)]
pub fn quantize<I: Instructions>(x: &[f32], inputs: usize, to: &mut QuantizedRows) {
    let steps = f32::from(largest_step(inputs));
    to.reset(x.len() / inputs, inputs);
    for (x, (scales, block)) in x.chunks(inputs * ROWS).zip(to.blocks_mut()) {
        let rows = four(x.chunks_exact(inputs));
        let largest = math::largest_magnitudes::<I::F32>(rows);
        quantize_block::<I>(rows, largest.map(|largest| inverse_step(largest, steps)), block);
        scales.iter_mut().zip(largest).for_each(|(scale, largest)| *scale = largest / steps);
    }
}

/// The rows of a block; the first stands in for those that a last block lacks.
#[inline(always)]
pub fn four<'a>(mut rows: impl Iterator<Item = &'a [f32]>) -> [&'a [f32]; ROWS] {
    let first = rows.next().unwrap_or_default();
    let mut block = [first; ROWS];
    block[1..].iter_mut().zip(rows).for_each(|(slot, row)| *slot = row);
    block
}

/// Writes `factor × row`, rounded and interleaved, of four rows of one length, as far as
/// there are slots.
#[inline(always)]
pub fn quantize_block<I: Instructions>(rows: [&[f32]; ROWS], factors: [f32; ROWS], to: &mut [i16]) {
    let factors = factors.map(I::F32::splat);
    let round = |chunks: [&[f32; COLUMNS]; ROWS]| {
        I::interleave(array::from_fn(|row| (I::F32::load(chunks[row]) * factors[row]).round()))
    };
    let [a, b, c, d] = rows.map(|row| row.as_chunks::<COLUMNS>().0);
    let count = a.len().min(to.len() / (COLUMNS * ROWS));
    let (whole, rest) = to.split_at_mut(count * COLUMNS * ROWS);
    let slots = whole.as_chunks_mut::<COLUMNS>().0.as_chunks_mut::<ROWS>().0;
    for ((((slot, a), b), c), d) in slots.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *slot = round([a, b, c, d]);
    }
    if !rest.is_empty() {
        let last = rows.map(|row| {
            let row = &row[count * COLUMNS..];
            let mut padded = [0.0; COLUMNS];
            padded.iter_mut().zip(row).for_each(|(slot, &value)| *slot = value);
            padded
        });
        let pairs = round(last.each_ref());
        rest.chunks_mut(COLUMNS).zip(pairs).for_each(|(slot, pair)| slot.copy_from_slice(&pair));
    }
}

/// Rows are taken in groups of at most this many bytes, which a second-level
/// cache holds while every panel passes over them.
const GROUP_BYTES: usize = 512 << 10;

/// `[rows, inputs] -> [rows, outputs]`.
#[inline(always)]
pub fn linear<I: Instructions>(
    layer: &PackedLinear,
    x: &QuantizedRows,
    panel: &mut Vec<i16>,
    out: &mut [f32],
    then: Then,
) {
    match then {
        Then::Store => each_tile::<I>(layer, x, panel, out, |y, _| y),
        Then::Gelu => each_tile::<I>(layer, x, panel, out, |y, _| math::gelu(y)),
        Then::AddTo => each_tile::<I>(layer, x, panel, out, |y, before| before + y),
    }
}

#[inline(always)]
fn each_tile<I: Instructions>(
    layer: &PackedLinear,
    x: &QuantizedRows,
    wide: &mut Vec<i16>,
    out: &mut [f32],
    finish: impl Fn(I::F32, I::F32) -> I::F32,
) {
    wide.resize(layer.pairs * COLUMNS * 2, 0);
    let group = (GROUP_BYTES / (layer.pairs * ROWS * 4)).max(1);
    for first_block in (0..x.scales.len().div_ceil(ROWS)).step_by(group) {
        for (panel, first) in layer.panels().zip((0..).step_by(COLUMNS)) {
            let columns = COLUMNS.min(layer.outputs - first);
            let (scales, bias) = (I::F32::load(panel.scales), I::F32::load(panel.bias));
            let blocks = x.blocks().zip(x.scales.chunks(ROWS)).enumerate();
            for (block, (values, steps)) in blocks.skip(first_block).take(group) {
                let tile = I::layer_tile(values, panel, wide, block == first_block);
                for (row, (sums, &step)) in (block * ROWS..).zip(tile.iter().zip(steps)) {
                    let scale = scales * I::F32::splat(step);
                    let y = I::F32::from_i32(sums).mul_add(scale, bias);
                    let out = &mut out[row * layer.outputs + first..][..columns];
                    update(out, |before| finish(y, before));
                }
            }
        }
    }
}

/// Replaces up to eight floats.
#[inline(always)]
pub fn update<V: Lanes>(out: &mut [f32], with: impl Fn(V) -> V) {
    if let Ok(out) = <&mut [f32; COLUMNS]>::try_from(&mut *out) {
        with(V::load(out)).store(out);
        return;
    }
    let mut padded = [0.0; COLUMNS];
    padded[..out.len()].copy_from_slice(out);
    with(V::load(&padded)).store(&mut padded);
    out.copy_from_slice(&padded[..out.len()]);
}

/// The bare tiles of a layer, all with its first panel, which stays in the nearest
/// cache: what [`linear`] could reach if nothing else took time. Gives a sum, so that
/// nothing is optimised away.
#[cfg(feature = "bench")]
#[inline(always)]
pub fn bare<I: Instructions>(layer: &PackedLinear, x: &QuantizedRows, wide: &mut Vec<i16>) -> i32 {
    wide.resize(layer.pairs * COLUMNS * 2, 0);
    let Some(panel) = layer.panels().next() else { return 0 };
    let mut first = true;
    let mut sum = 0;
    for block in layer.panels().flat_map(|_| x.blocks()) {
        let tile = I::layer_tile(block, panel, wide, std::mem::take(&mut first));
        sum = tile.iter().flatten().fold(sum, |sum, &value| sum ^ value);
    }
    sum
}
