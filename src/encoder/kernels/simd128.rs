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

    // A function of its own: browsers run new code slowly until they have compiled
    // it well, and have done that soonest for what is small and called often.
    #[inline(never)]
    fn tile(rows: &[i16], panel: &[i16]) -> Tile {
        let pairs = (rows.len() / (ROWS * 2)).min(panel.len() / (COLUMNS * 2));
        let mut sums = [[i32x4_splat(0); 2]; ROWS];
        let (mut a, mut b) = (rows.as_ptr(), panel.as_ptr());
        for _ in 0..pairs {
            // SAFETY: pair p reads rows[8p..8p + 8] and panel[16p..16p + 16],
            // and `pairs` is at most what both slices hold. No alignment is needed.
            unsafe {
                let low = v128_load(b.cast());
                let high = v128_load(b.add(COLUMNS).cast());
                for (row, sums) in sums.iter_mut().enumerate() {
                    let pair = v128_load32_splat(a.add(2 * row).cast());
                    sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(pair, low));
                    sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(pair, high));
                }
                a = a.add(ROWS * 2);
                b = b.add(COLUMNS * 2);
            }
        }
        let mut tile = [[0; COLUMNS]; ROWS];
        for (out, sums) in tile.iter_mut().zip(sums) {
            // SAFETY: each row of the tile is eight i32, two vectors.
            unsafe { store(out.as_mut_ptr().cast(), sums[0], sums[1]) };
        }
        tile
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

    // Not inlined, for the reason that holds for the tile.
    #[inline(never)]
    fn widen(from: &[i8], to: &mut [i16]) {
        let (from, rest) = from.as_chunks::<16>();
        let (to, last) = to.as_chunks_mut::<16>();
        for (from, to) in from.iter().zip(to) {
            // SAFETY: sixteen bytes are a vector, and sixteen 16-bit integers are two.
            unsafe {
                let bytes = v128_load(from.as_ptr().cast());
                let (low, high) = (i16x8_extend_low_i8x16(bytes), i16x8_extend_high_i8x16(bytes));
                store(to.as_mut_ptr().cast(), low, high);
            }
        }
        last.iter_mut().zip(rest).for_each(|(to, &from)| *to = i16::from(from));
    }
}

/// # Safety
/// `to` must have room for 32 bytes.
#[inline(always)]
unsafe fn store(to: *mut v128, low: v128, high: v128) {
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
