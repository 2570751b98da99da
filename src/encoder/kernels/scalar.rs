//! Plain Rust.

use super::{COLUMNS, Kernel, ROWS, Tile};

/// The definition of a tile, and the fallback.
pub struct Scalar;

impl Kernel for Scalar {
    fn name(&self) -> &'static str {
        "scalar"
    }

    fn tile(&self, rows: &[i16], panel: &[i8]) -> Tile {
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
}
