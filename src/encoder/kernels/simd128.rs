//! WebAssembly's fixed-width SIMD, and its relaxed extension where the build
//! has it: then products and sums are rounded once.
#![allow(unsafe_code)]

use core::arch::wasm32::*;
use std::ops::{Add, Div, Mul, Sub};

use super::lanes::{COLUMNS, Instructions, Lanes, ROUNDING, ROWS, Tile};

/// Two vectors of four sums for each row: eight accumulators, which is what
/// V8 keeps in registers; unrolling makes it spill.
pub struct Simd128;

impl Instructions for Simd128 {
    type F32 = Floats;

    // Functions of their own: browsers run new code slowly until they have compiled
    // it well, and have done that soonest for what is small and called often.
    #[inline(never)]
    fn tile(rows: &[i16], panel: &[i16]) -> Tile {
        products(rows, panel.as_chunks().0.iter(), |pair: &[i16; 2 * COLUMNS]| {
            let pair: *const v128 = pair.as_ptr().cast();
            // SAFETY: sixteen 16-bit integers are two vectors.
            unsafe { (v128_load(pair), v128_load(pair.add(1))) }
        })
    }

    #[inline(never)]
    fn widening_tile(rows: &[i16], panel: &[i8], wide: &mut [i16]) -> Tile {
        let pairs = panel.as_chunks::<{ 2 * COLUMNS }>().0.iter().zip(wide.as_chunks_mut().0);
        products(rows, pairs, |(pair, wide): (_, &mut [i16; 2 * COLUMNS])| {
            let pair: *const i8 = pair.as_ptr();
            // SAFETY: sixteen bytes are two halves of a vector, and sixteen 16-bit
            // integers are two vectors.
            unsafe {
                let low = i16x8_load_extend_i8x8(pair);
                let high = i16x8_load_extend_i8x8(pair.add(COLUMNS));
                store(wide.as_mut_ptr().cast(), low, high);
                (low, high)
            }
        })
    }

    #[inline(always)]
    fn interleave(rows: [[i16; COLUMNS]; ROWS]) -> [[i16; COLUMNS]; ROWS] {
        // SAFETY: eight 16-bit integers are one vector, in and out.
        unsafe {
            let [a, b, c, d] = rows.map(|row| v128_load(row.as_ptr().cast()));
            let (ab, cd) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d));
            let pairs = [i64x2_shuffle::<0, 2>(ab, cd), i64x2_shuffle::<1, 3>(ab, cd)];
            let (ab, cd) = (i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d));
            let rest = [i64x2_shuffle::<0, 2>(ab, cd), i64x2_shuffle::<1, 3>(ab, cd)];
            let mut to = [[0; COLUMNS]; ROWS];
            for (to, pair) in to.iter_mut().zip(pairs.into_iter().chain(rest)) {
                v128_store(to.as_mut_ptr().cast(), pair);
            }
            to
        }
    }

    #[inline(always)]
    fn interleave_bytes(rows: [&[i8; 2 * COLUMNS]; COLUMNS]) -> [[i8; 2 * COLUMNS]; COLUMNS] {
        // SAFETY: sixteen bytes are one vector, in and out.
        unsafe {
            let [a, b, c, d, e, f, g, h] = rows.map(|row| v128_load(row.as_ptr().cast()));
            // Pairs of bytes from two rows, from four, from all eight.
            let [ab, cd, ef, gh] = [(a, b), (c, d), (e, f), (g, h)].map(|(a, b)| zip16(a, b));
            let mut to = [[0; 2 * COLUMNS]; COLUMNS];
            for (to, half) in to.as_chunks_mut::<4>().0.iter_mut().zip([0, 1]) {
                let abcd = zip32(ab[half], cd[half]);
                let efgh = zip32(ef[half], gh[half]);
                for (to, quarter) in to.as_chunks_mut::<2>().0.iter_mut().zip([0, 1]) {
                    let [first, second] = zip64(abcd[quarter], efgh[quarter]);
                    store(to.as_mut_ptr().cast(), first, second);
                }
            }
            to
        }
    }

    #[inline(always)]
    fn look_up(table: &[i8; 16], halves: &[u8; 16]) -> [i8; 32] {
        // SAFETY: sixteen bytes are one vector, and thirty-two are two.
        unsafe {
            let table = v128_load(table.as_ptr().cast());
            let halves = v128_load(halves.as_ptr().cast());
            let low = i8x16_swizzle(table, v128_and(halves, u8x16_splat(15)));
            let high = i8x16_swizzle(table, u8x16_shr(halves, 4));
            let mut to = [0; 32];
            let [first, last] = zip8(low, high);
            store(to.as_mut_ptr().cast(), first, last);
            to
        }
    }
}

/// The lanes of two vectors in turn: of their lower halves, and of their upper ones.
macro_rules! zip {
    ($name:ident, $shuffle:ident, [$($low:literal),*], [$($high:literal),*]) => {
        #[inline(always)]
        pub fn $name(a: v128, b: v128) -> [v128; 2] {
            [$shuffle::<$($low),*>(a, b), $shuffle::<$($high),*>(a, b)]
        }
    };
}

zip!(
    zip8,
    i8x16_shuffle,
    [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23],
    [8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31]
);
zip!(zip16, i16x8_shuffle, [0, 8, 1, 9, 2, 10, 3, 11], [4, 12, 5, 13, 6, 14, 7, 15]);
zip!(zip32, i32x4_shuffle, [0, 4, 1, 5], [2, 6, 3, 7]);
zip!(zip64, i64x2_shuffle, [0, 2], [1, 3]);

/// The tile of `[pairs][4][2]` rows and a panel of pairs, each read as eight
/// outputs' two 16-bit integers.
#[inline(always)]
fn products<P>(
    rows: &[i16],
    panel: impl Iterator<Item = P>,
    read: impl Fn(P) -> (v128, v128),
) -> Tile {
    let mut sums = [[i32x4_splat(0); 2]; ROWS];
    for (rows, pair) in rows.as_chunks::<{ ROWS * 2 }>().0.iter().zip(panel) {
        let (low, high) = read(pair);
        for (row, sums) in rows.as_chunks::<2>().0.iter().zip(&mut sums) {
            // SAFETY: a pair of 16-bit integers is 32 bits. No alignment is needed.
            let row = unsafe { v128_load32_splat(row.as_ptr().cast()) };
            sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(row, low));
            sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(row, high));
        }
    }
    let mut tile = [[0; COLUMNS]; ROWS];
    for (out, sums) in tile.iter_mut().zip(sums) {
        // SAFETY: each row of the tile is eight i32, two vectors.
        unsafe { store(out.as_mut_ptr().cast(), sums[0], sums[1]) };
    }
    tile
}

/// # Safety
/// `to` must have room for 32 bytes.
#[inline(always)]
pub unsafe fn store(to: *mut v128, low: v128, high: v128) {
    // SAFETY: the caller's promise.
    unsafe {
        v128_store(to, low);
        v128_store(to.add(1), high);
    }
}

/// Eight floats in two vectors.
#[derive(Clone, Copy)]
pub struct Floats(v128, v128);

impl Floats {
    #[inline(always)]
    fn map(self, f: impl Fn(v128) -> v128) -> Self {
        Self(f(self.0), f(self.1))
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(v128, v128) -> v128) -> Self {
        Self(f(self.0, other.0), f(self.1, other.1))
    }
}

impl Add for Floats {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| f32x4_add(a, b))
    }
}

impl Sub for Floats {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| f32x4_sub(a, b))
    }
}

impl Mul for Floats {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| f32x4_mul(a, b))
    }
}

impl Div for Floats {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| f32x4_div(a, b))
    }
}

impl Lanes for Floats {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(f32x4_splat(value), f32x4_splat(value))
    }

    #[inline(always)]
    fn load(from: &[f32; COLUMNS]) -> Self {
        let from: *const v128 = from.as_ptr().cast();
        // SAFETY: eight floats are two vectors.
        unsafe { Self(v128_load(from), v128_load(from.add(1))) }
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; COLUMNS]) {
        // SAFETY: eight floats are two vectors.
        unsafe { store(to.as_mut_ptr().cast(), self.0, self.1) };
    }

    #[inline(always)]
    fn from_i32(values: &[i32; COLUMNS]) -> Self {
        let from: *const v128 = values.as_ptr().cast();
        // SAFETY: eight integers are two vectors.
        let values = unsafe { Self(v128_load(from), v128_load(from.add(1))) };
        values.map(|v| f32x4_convert_i32x4(v))
    }

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self * factor + term
    }

    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(
            f32x4_relaxed_madd(self.0, factor.0, term.0),
            f32x4_relaxed_madd(self.1, factor.1, term.1),
        )
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| f32x4_pmax(a, b))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| f32x4_pmin(a, b))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.map(|v| f32x4_abs(v))
    }

    #[inline(always)]
    fn pow2(self) -> Self {
        (self + Self::splat(ROUNDING + 127.0)).map(|v| i32x4_shl(v, 23))
    }

    #[inline(always)]
    fn round(self) -> [i16; COLUMNS] {
        let bits = i32x4_splat(ROUNDING.to_bits() as i32);
        let Self(low, high) = (self + Self::splat(ROUNDING)).map(|v| i32x4_sub(v, bits));
        let mut to = [0; COLUMNS];
        // SAFETY: eight 16-bit integers are one vector.
        unsafe { v128_store(to.as_mut_ptr().cast(), i16x8_narrow_i32x4(low, high)) };
        to
    }
}
