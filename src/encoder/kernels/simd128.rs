//! WebAssembly's fixed-width SIMD.
#![allow(unsafe_code)]

use core::arch::wasm32::{
    i16x8_load_extend_i8x8, i32x4_add, i32x4_dot_i16x8, i32x4_splat, v128, v128_load32_splat,
    v128_store,
};

use super::{COLUMNS, Kernel, ROWS, Tile};

/// Two vectors of four sums for each row: eight accumulators, which is what
/// V8 keeps in registers.
pub struct Simd128;

impl Kernel for Simd128 {
    fn name(&self) -> &'static str {
        "simd128"
    }

    fn tile(&self, rows: &[i16], panel: &[i8]) -> Tile {
        let pairs = (rows.len() / (ROWS * 2)).min(panel.len() / (COLUMNS * 2));
        let mut sums = [[i32x4_splat(0); 2]; ROWS];
        let (mut a, mut b) = (rows.as_ptr(), panel.as_ptr());
        for _ in 0..pairs {
            // SAFETY: pair p reads rows[8p..8p + 8] and panel[16p..16p + 16],
            // and `pairs` is at most what both slices hold. No alignment is needed.
            unsafe {
                let low = i16x8_load_extend_i8x8(b);
                let high = i16x8_load_extend_i8x8(b.add(COLUMNS));
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
            let out: *mut v128 = out.as_mut_ptr().cast();
            // SAFETY: each row of the tile is eight i32, two vectors.
            unsafe {
                v128_store(out, sums[0]);
                v128_store(out.add(1), sums[1]);
            }
        }
        tile
    }
}
