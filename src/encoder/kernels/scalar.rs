//! Plain Rust: what the other kernels are tested against.

use std::array;
use std::ops::{Add, Div, Mul, Sub};

use super::lanes::{COLUMNS, Instructions, Lanes, ROUNDING, ROWS, Tile};

/// Runs everywhere.
pub struct Scalar;

impl Instructions for Scalar {
    type F32 = Floats;

    #[inline(always)]
    fn tile(rows: &[i16], panel: &[i16]) -> Tile {
        let mut sums = [[0i32; COLUMNS]; ROWS];
        for (a, b) in rows.chunks_exact(ROWS * 2).zip(panel.chunks_exact(COLUMNS * 2)) {
            for (sums, a) in sums.iter_mut().zip(a.chunks_exact(2)) {
                for (sum, b) in sums.iter_mut().zip(b.chunks_exact(2)) {
                    *sum += i32::from(a[0]) * i32::from(b[0]) + i32::from(a[1]) * i32::from(b[1]);
                }
            }
        }
        sums
    }

    #[inline(always)]
    fn widening_tile(rows: &[i16], panel: &[i8], wide: &mut [i16]) -> Tile {
        wide.iter_mut().zip(panel).for_each(|(to, &from)| *to = i16::from(from));
        Self::tile(rows, wide)
    }

    #[inline(always)]
    fn interleave(rows: [[i16; COLUMNS]; ROWS]) -> [[i16; COLUMNS]; ROWS] {
        array::from_fn(|pair| array::from_fn(|i| rows[i / 2][2 * pair + i % 2]))
    }
}

/// Eight floats in an array.
#[derive(Clone, Copy)]
pub struct Floats([f32; COLUMNS]);

impl Floats {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl Add for Floats {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl Sub for Floats {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
}

impl Mul for Floats {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}

impl Div for Floats {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
}

impl Lanes for Floats {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; COLUMNS])
    }

    #[inline(always)]
    fn load(from: &[f32; COLUMNS]) -> Self {
        Self(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; COLUMNS]) {
        *to = self.0;
    }

    #[inline(always)]
    fn from_i32(values: &[i32; COLUMNS]) -> Self {
        Self(values.map(|value| value as f32))
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self * factor + term
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { b } else { a })
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if b < a { b } else { a })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }

    #[inline(always)]
    fn pow2(self) -> Self {
        Self(self.0.map(|n| f32::from_bits((n + (ROUNDING + 127.0)).to_bits() << 23)))
    }

    #[inline(always)]
    fn round(self) -> [i16; COLUMNS] {
        self.0.map(|x| (x + ROUNDING).to_bits().wrapping_sub(ROUNDING.to_bits()) as i16)
    }
}
