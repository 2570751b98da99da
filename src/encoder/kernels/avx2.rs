//! x86-64 with AVX2, found at run time.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_madd_epi16,
    _mm256_set1_epi32, _mm256_setzero_si256, _mm256_storeu_si256,
};

use super::{COLUMNS, Kernel, ROWS, Tile};

/// One vector of eight sums for each row. Only [`Avx2::detect`] makes one.
pub struct Avx2(());

impl Avx2 {
    /// The kernel, where the processor has AVX2.
    pub fn detect() -> Option<&'static Self> {
        is_x86_feature_detected!("avx2").then_some(&Self(()))
    }
}

impl Kernel for Avx2 {
    fn name(&self) -> &'static str {
        "avx2"
    }

    fn tile(&self, rows: &[i16], panel: &[i8]) -> Tile {
        // SAFETY: a value of this type exists only where AVX2 was detected.
        unsafe { tile(rows, panel) }
    }
}

#[target_feature(enable = "avx2")]
fn tile(rows: &[i16], panel: &[i8]) -> Tile {
    let mut sums = [_mm256_setzero_si256(); ROWS];
    for (a, b) in rows.chunks_exact(ROWS * 2).zip(panel.chunks_exact(COLUMNS * 2)) {
        // SAFETY: b is COLUMNS * 2 = 16 bytes long.
        let b = _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(b.as_ptr().cast()) });
        for (sum, pair) in sums.iter_mut().zip(a.chunks_exact(2)) {
            let pair = i32::from(pair[0]) & 0xffff | i32::from(pair[1]) << 16;
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(_mm256_set1_epi32(pair), b));
        }
    }
    let mut tile = [[0; COLUMNS]; ROWS];
    for (out, sum) in tile.iter_mut().zip(sums) {
        let out: *mut __m256i = out.as_mut_ptr().cast();
        // SAFETY: each row of the tile is eight i32, one vector.
        unsafe { _mm256_storeu_si256(out, sum) };
    }
    tile
}
