//! WebAssembly's fixed-width SIMD, and its relaxed extension where the build
//! has it: then products and sums are rounded once.
#![allow(unsafe_code)]

use core::arch::wasm32::*;
use std::ops::{Add, Div, Mul, Sub};

use super::lanes::{COLUMNS, Instructions, Lanes, QUAD, ROUNDING, ROWS, Tile};

/// Two vectors of four sums for each row: eight accumulators, which is what
/// V8 keeps in registers; unrolling makes it spill.
pub struct Simd128;

impl Instructions for Simd128 {
    type F32 = Floats;

    // Functions of their own: browsers run new code slowly until they have compiled
    // it well, and have done that soonest for what is small and called often.
    #[inline(never)]
    fn tile(rows: &[i16], panel: &[i16]) -> Tile {
        let mut sums = Sums::default();
        for (rows, pair) in rows.as_chunks().0.iter().zip(panel.as_chunks::<{ 2 * COLUMNS }>().0) {
            let pair: *const v128 = pair.as_ptr().cast();
            // SAFETY: sixteen 16-bit integers are two vectors.
            sums.add(rows, unsafe { [v128_load(pair), v128_load(pair.add(1))] });
        }
        sums.tile()
    }

    #[inline(never)]
    fn widening_tile(rows: &[i16], panel: &[i8], wide: &mut [i16]) -> Tile {
        let mut sums = Sums::default();
        let quads = panel.as_chunks::<QUAD>().0.iter().zip(wide.as_chunks_mut::<QUAD>().0);
        for (rows, (quad, wide)) in rows.as_chunks::<{ 4 * ROWS }>().0.iter().zip(quads) {
            let quad: *const v128 = quad.as_ptr().cast();
            let wide: *mut v128 = wide.as_mut_ptr().cast();
            // SAFETY: thirty-two bytes are two vectors, and thirty-two 16-bit integers four.
            unsafe {
                let (low, high) =
                    (pairs_first(v128_load(quad)), pairs_first(v128_load(quad.add(1))));
                let first = [i16x8_extend_low_i8x16(low), i16x8_extend_low_i8x16(high)];
                let second = [i16x8_extend_high_i8x16(low), i16x8_extend_high_i8x16(high)];
                store(wide, first[0], first[1]);
                store(wide.add(2), second[0], second[1]);
                let [a, b] = rows.as_chunks().0 else { unreachable!("sixteen are two eights") };
                sums.add(a, first);
                sums.add(b, second);
            }
        }
        sums.tile()
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
    fn interleave_quads(rows: [&[i8; 16]; COLUMNS]) -> [[i8; QUAD]; 4] {
        // SAFETY: sixteen bytes are one vector, in and out.
        unsafe {
            let [a, b, c, d, e, f, g, h] = rows.map(|row| v128_load(row.as_ptr().cast()));
            // Quads of two rows, then of four.
            let [ab, cd, ef, gh] = [(a, b), (c, d), (e, f), (g, h)].map(|(a, b)| zip32(a, b));
            let mut to = [[0; QUAD]; 4];
            for (to, half) in to.as_chunks_mut::<2>().0.iter_mut().zip([0, 1]) {
                let (abcd, efgh) = (zip64(ab[half], cd[half]), zip64(ef[half], gh[half]));
                for (to, (low, high)) in to.iter_mut().zip(abcd.into_iter().zip(efgh)) {
                    store(to.as_mut_ptr().cast(), low, high);
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
        fn $name(a: v128, b: v128) -> [v128; 2] {
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
zip!(zip32, i32x4_shuffle, [0, 4, 1, 5], [2, 6, 3, 7]);
zip!(zip64, i64x2_shuffle, [0, 2], [1, 3]);

/// Of four outputs' quads of bytes, all first pairs, then all second ones.
#[inline(always)]
fn pairs_first(quads: v128) -> v128 {
    i8x16_shuffle::<0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15>(quads, quads)
}

/// The sums of a tile.
struct Sums([[v128; 2]; ROWS]);

impl Default for Sums {
    #[inline(always)]
    fn default() -> Self {
        Self([[i32x4_splat(0); 2]; ROWS])
    }
}

impl Sums {
    /// Adds the products of `[4][2]` rows and eight outputs' pairs.
    #[inline(always)]
    fn add(&mut self, rows: &[i16; 2 * ROWS], [low, high]: [v128; 2]) {
        for (row, sums) in rows.as_chunks::<2>().0.iter().zip(&mut self.0) {
            // SAFETY: a pair of 16-bit integers is 32 bits. No alignment is needed.
            let row = unsafe { v128_load32_splat(row.as_ptr().cast()) };
            sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(row, low));
            sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(row, high));
        }
    }

    #[inline(always)]
    fn tile(self) -> Tile {
        let mut tile = [[0; COLUMNS]; ROWS];
        for (out, sums) in tile.iter_mut().zip(self.0) {
            // SAFETY: each row of the tile is eight i32, two vectors.
            unsafe { store(out.as_mut_ptr().cast(), sums[0], sums[1]) };
        }
        tile
    }
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
