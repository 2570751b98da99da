//! WebAssembly's relaxed product of bytes, four of them to a sum: one instruction where the
//! processor has such a thing, as ARM since 2018 and Intel since 2021, and the browser uses
//! it.
//!
//! One factor of it has seven bits, so an activation's fourteen are two factors:
//! `x = 128 (high - 64) + low`. The sums are exact, and the same as all other kernels' have.
#![allow(unsafe_code)]

use core::arch::wasm32::*;

use super::lanes::{COLUMNS, Instructions, ROWS, Tile};
use super::layout::Panel;
use super::simd128::{Floats, Simd128, store, zip32, zip64};

/// Weights of four inputs in a panel.
const QUAD: usize = 4 * COLUMNS;
/// Bits of an activation's lower factor.
const LOW_BITS: u32 = 7;
/// What is added to the upper factor, so that it has no sign.
const OFFSET: i16 = 64;

/// The linear layers by products of bytes; all else as [`Simd128`] has it.
pub struct Dot;

impl Dot {
    /// The kernel, where it is not slower than the plain one. A factor's eighth bit, which
    /// ours lack, tells: Intel's instruction takes it for a part of the number, ARM's for
    /// the sign. On older Intel processors the product is made of others that add two
    /// in 16 bits, which saturate; and early browsers got it wrong.
    pub fn detect() -> Option<&'static Self> {
        let (weights, factors) = (i8x16_splat(-127), u8x16_splat(255));
        let sums = i32x4_relaxed_dot_i8x16_i7x16_add(weights, factors, i32x4_splat(1));
        let are = |sum| i32x4_all_true(i32x4_eq(sums, i32x4_splat(sum)));
        (are(1 - 4 * 127 * 255) || are(1 + 4 * 127)).then_some(&Self)
    }
}

impl Instructions for Dot {
    type F32 = Floats;

    #[inline(always)]
    fn tile(rows: &[i16], panel: &[i16]) -> Tile {
        Simd128::tile(rows, panel)
    }

    #[inline(always)]
    fn widening_tile(rows: &[i16], panel: &[i8], wide: &mut [i16]) -> Tile {
        Simd128::widening_tile(rows, panel, wide)
    }

    #[inline(always)]
    fn layer_tile(rows: &[i16], panel: Panel<'_>, _: &mut [i16], _: bool) -> Tile {
        products(rows, panel)
    }

    const GROUP: usize = 4;

    #[inline(always)]
    fn interleave_bytes(rows: [&[i8; 2 * COLUMNS]; COLUMNS]) -> [[i8; 2 * COLUMNS]; COLUMNS] {
        // SAFETY: sixteen bytes are one vector, in and out.
        unsafe {
            let [a, b, c, d, e, f, g, h] = rows.map(|row| v128_load(row.as_ptr().cast()));
            // Quads of two rows, then of four.
            let [ab, cd, ef, gh] = [(a, b), (c, d), (e, f), (g, h)].map(|(a, b)| zip32(a, b));
            let mut to = [[0; 2 * COLUMNS]; COLUMNS];
            for (to, half) in to.as_chunks_mut::<4>().0.iter_mut().zip([0, 1]) {
                let (abcd, efgh) = (zip64(ab[half], cd[half]), zip64(ef[half], gh[half]));
                let quads = to.as_chunks_mut::<2>().0.iter_mut();
                for (to, (low, high)) in quads.zip(abcd.into_iter().zip(efgh)) {
                    store(to.as_mut_ptr().cast(), low, high);
                }
            }
            to
        }
    }

    /// `128 × 64` times the sum of each output's weights. That may wrap, and so may the sums
    /// that it is taken away from; the difference does not.
    #[inline(always)]
    fn offsets(panel: &[i8]) -> [i32; COLUMNS] {
        let mut sums = [i32x4_splat(0); 2];
        for quad in panel.as_chunks::<QUAD>().0 {
            let quad: *const v128 = quad.as_ptr().cast();
            // SAFETY: thirty-two bytes are two vectors.
            let [low, high] = unsafe { [v128_load(quad), v128_load(quad.add(1))] };
            sums[0] = i32x4_relaxed_dot_i8x16_i7x16_add(low, u8x16_splat(1), sums[0]);
            sums[1] = i32x4_relaxed_dot_i8x16_i7x16_add(high, u8x16_splat(1), sums[1]);
        }
        let [low, high] =
            sums.map(|sum| i32x4_mul(sum, i32x4_splat(i32::from(OFFSET) << LOW_BITS)));
        let mut to = [0; COLUMNS];
        // SAFETY: eight integers are two vectors.
        unsafe { store(to.as_mut_ptr().cast(), low, high) };
        to
    }

    /// `[row][8]` as two quads, `[quad][row][high, low][4]` bytes.
    #[inline(always)]
    fn interleave(rows: [[i16; COLUMNS]; ROWS]) -> [[i16; COLUMNS]; ROWS] {
        // SAFETY: eight 16-bit integers are one vector, in and out.
        unsafe {
            let [a, b, c, d] = rows.map(|row| {
                let row = v128_load(row.as_ptr().cast());
                let high = i16x8_add(i16x8_shr(row, LOW_BITS), i16x8_splat(OFFSET));
                let low = v128_and(row, i16x8_splat((1 << LOW_BITS) - 1));
                u8x16_narrow_i16x8(high, low)
            });
            let first = [i32x4_shuffle::<0, 2, 4, 6>(a, b), i32x4_shuffle::<0, 2, 4, 6>(c, d)];
            let second = [i32x4_shuffle::<1, 3, 5, 7>(a, b), i32x4_shuffle::<1, 3, 5, 7>(c, d)];
            let mut to = [[0; COLUMNS]; ROWS];
            for (to, vector) in to.iter_mut().zip(first.into_iter().chain(second)) {
                v128_store(to.as_mut_ptr().cast(), vector);
            }
            to
        }
    }
}

/// The tile of a panel and rows as `interleave` leaves them. Two rows after the other
/// two: their factors' sums are the eight that a browser keeps in registers.
#[inline(never)]
fn products(rows: &[i16], panel: Panel<'_>) -> Tile {
    let mut tile = [[0; COLUMNS]; ROWS];
    for (half, tile) in tile.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        let [a, b] = tile;
        two_rows(rows, half, panel, [a, b]);
    }
    tile
}

#[inline(always)]
fn two_rows(rows: &[i16], half: usize, panel: Panel<'_>, tile: [&mut [i32; COLUMNS]; 2]) {
    let mut sums = [[[i32x4_splat(0); 2]; 2]; 2];
    let quads = panel.values.as_chunks::<QUAD>().0;
    for (rows, quad) in rows.as_chunks::<{ 4 * ROWS }>().0.iter().zip(quads) {
        let quad: *const v128 = quad.as_ptr().cast();
        // SAFETY: thirty-two bytes are two vectors.
        let [low, high] = unsafe { [v128_load(quad), v128_load(quad.add(1))] };
        let factors = rows.as_chunks::<{ 2 * ROWS }>().0[half].as_chunks::<2>().0;
        for (factor, sums) in factors.iter().zip(sums.as_flattened_mut()) {
            // SAFETY: two 16-bit integers are 32 bits. No alignment is needed.
            let factor = unsafe { v128_load32_splat(factor.as_ptr().cast()) };
            sums[0] = i32x4_relaxed_dot_i8x16_i7x16_add(low, factor, sums[0]);
            sums[1] = i32x4_relaxed_dot_i8x16_i7x16_add(high, factor, sums[1]);
        }
    }
    let offsets: *const v128 = panel.offsets.as_ptr().cast();
    // SAFETY: eight integers are two vectors.
    let offsets = unsafe { [v128_load(offsets), v128_load(offsets.add(1))] };
    for (to, [high, low]) in tile.into_iter().zip(sums) {
        let [first, second] = [0, 1].map(|half| {
            let sum = i32x4_add(i32x4_shl(high[half], LOW_BITS), low[half]);
            i32x4_sub(sum, offsets[half])
        });
        // SAFETY: eight integers are two vectors.
        unsafe { store(to.as_mut_ptr().cast(), first, second) };
    }
}
