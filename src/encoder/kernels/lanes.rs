//! What a kernel needs of a processor: eight floats at a time, and one tile of
//! integer products.

use std::array;
use std::ops::{Add, Div, Mul, Sub};

use super::layout::Panel;

/// Rows of activations in a tile.
pub const ROWS: usize = 4;
/// Outputs in a panel, and floats in [`Lanes`].
pub const COLUMNS: usize = 8;

/// Sums of a tile: one row of activations each.
pub type Tile = [[i32; COLUMNS]; ROWS];

/// Eight floats.
///
/// Every operation rounds as IEEE 754 says, so that all processors give the same
/// bits; only [`Lanes::mul_add`] may round once or twice.
pub trait Lanes:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// The same number eight times.
    fn splat(value: f32) -> Self;
    /// Reads eight floats.
    fn load(from: &[f32; COLUMNS]) -> Self;
    /// Writes them.
    fn store(self, to: &mut [f32; COLUMNS]);
    /// The nearest floats to eight integers.
    fn from_i32(values: &[i32; COLUMNS]) -> Self;
    /// `self × factor + term`.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// `other` where it is larger, else `self`.
    fn max(self, other: Self) -> Self;
    /// `other` where it is smaller, else `self`.
    fn min(self, other: Self) -> Self;
    /// Without the sign.
    fn abs(self) -> Self;
    /// 2ⁿ for whole numbers n from −126 to 127.
    fn pow2(self) -> Self;
    /// The nearest integers, ties to even, of numbers in the range of `i16`.
    fn round(self) -> [i16; COLUMNS];

    /// All eight added up, halves first.
    #[inline(always)]
    fn sum(self) -> f32 {
        let [a, b, c, d] = halves(self, |x, y| x + y);
        (a + c) + (b + d)
    }

    /// The largest of the eight.
    #[inline(always)]
    fn largest(self) -> f32 {
        // `f32::max` would be a call in WebAssembly.
        let larger = |x, y| if x < y { y } else { x };
        let [a, b, c, d] = halves(self, larger);
        larger(larger(a, c), larger(b, d))
    }
}

#[inline(always)]
fn halves<V: Lanes>(lanes: V, join: impl Fn(f32, f32) -> f32) -> [f32; 4] {
    let mut all = [0.0; COLUMNS];
    lanes.store(&mut all);
    std::array::from_fn(|i| join(all[i], all[i + 4]))
}

/// What is added to a float below 2²² to round it: 1.5 × 2²³. The sum's last
/// bits are the integer.
pub const ROUNDING: f32 = 12_582_912.0;

/// The instructions of one processor.
pub trait Instructions {
    /// Its floats.
    type F32: Lanes;

    /// `rows` is `[pairs][ROWS][2]`, `panel` is `[pairs][COLUMNS][2]` with as
    /// many pairs; the products are added up in `i32`, which the caller's numbers
    /// must not leave.
    fn tile(rows: &[i16], panel: &[i16]) -> Tile;

    /// The same with a panel of fewer bits, which is written to `wide` on the way:
    /// widening costs next to nothing between the products of a first tile.
    fn widening_tile(rows: &[i16], panel: &[i8], wide: &mut [i16]) -> Tile;

    /// The tile of a linear layer's panel, which is in `wide` after the first time.
    #[inline(always)]
    fn layer_tile(rows: &[i16], panel: Panel<'_>, wide: &mut [i16], first: bool) -> Tile {
        if first { Self::widening_tile(rows, panel.values, wide) } else { Self::tile(rows, wide) }
    }

    /// The pairs of four rows side by side: `[row][pair][2]` as `[pair][row][2]`, or as the
    /// kernel's layers have them.
    fn interleave(rows: [[i16; COLUMNS]; ROWS]) -> [[i16; COLUMNS]; ROWS];

    /// How many inputs of a layer lie side by side in its panels.
    const GROUP: usize = 2;

    /// The groups of a panel's rows side by side: `[row][group][GROUP]` as
    /// `[group][row][GROUP]`.
    #[inline(always)]
    fn interleave_bytes(rows: [&[i8; 2 * COLUMNS]; COLUMNS]) -> [[i8; 2 * COLUMNS]; COLUMNS] {
        array::from_fn(|pair| array::from_fn(|i| rows[i / 2][2 * pair + i % 2]))
    }

    /// What is to be taken away from the sums of a panel's outputs.
    #[inline(always)]
    fn offsets(_panel: &[i8]) -> [i32; COLUMNS] {
        [0; COLUMNS]
    }

    /// What a table has for each half of each byte, the low half first.
    #[inline(always)]
    fn look_up(table: &[i8; 16], halves: &[u8; 16]) -> [i8; 32] {
        array::from_fn(|i| table[usize::from(halves[i / 2] >> (i % 2 * 4) & 15)])
    }
}
