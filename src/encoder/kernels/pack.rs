//! Weights as a file has them, laid out for the kernels.

use std::array;

use super::lanes::{COLUMNS, Instructions};

/// Bytes of a row that are moved at a time.
const CHUNK: usize = 2 * COLUMNS;

/// Writes up to eight rows of `inputs` weights as a `[groups][8][GROUP]` panel; gives its
/// offsets.
#[inline(always)]
pub fn pack<I: Instructions>(rows: &[i8], inputs: usize, panel: &mut [i8]) -> [i32; COLUMNS] {
    let slots = panel.as_chunks_mut::<CHUNK>().0;
    let whole = if rows.len() == COLUMNS * inputs { inputs / CHUNK } else { 0 };
    let (chunks, rest) = slots.split_at_mut(whole * COLUMNS);
    let eight: [&[[i8; CHUNK]]; COLUMNS] =
        array::from_fn(|row| rows.get(row * inputs..).unwrap_or_default().as_chunks().0);
    for (index, slots) in chunks.as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
        *slots = I::interleave_bytes(array::from_fn(|row| &eight[row][index]));
    }
    let slots = rest.as_flattened_mut();
    for (column, row) in rows.chunks_exact(inputs).enumerate() {
        let slots = slots.chunks_mut(I::GROUP * COLUMNS);
        for (slot, group) in slots.zip(row[whole * CHUNK..].chunks(I::GROUP)) {
            slot[I::GROUP * column..][..group.len()].copy_from_slice(group);
        }
    }
    I::offsets(panel)
}

/// Writes what the halves of bytes stand for, the low half first: `tables` has
/// what the sixteen numbers stand for, for each block of a row.
#[inline(always)]
pub fn expand<I: Instructions>(packed: &[u8], tables: &[[i8; 16]], values: &mut [i8]) {
    let block = packed.len() / tables.len().max(1);
    let blocks = packed.chunks(block.max(1)).zip(values.chunks_mut(2 * block.max(1)));
    for ((packed, values), table) in blocks.zip(tables) {
        let (whole, rest) = packed.as_chunks();
        let (chunks, last) = values.as_chunks_mut();
        for (values, packed) in chunks.iter_mut().zip(whole) {
            *values = I::look_up(table, packed);
        }
        for (pair, byte) in last.chunks_mut(2).zip(rest) {
            pair.copy_from_slice(&[byte & 15, byte >> 4].map(|half| table[usize::from(half)]));
        }
    }
}
