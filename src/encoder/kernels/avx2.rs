//! x86-64 with AVX2, found at run time.
#![allow(unsafe_code)]

use core::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Sub};

use super::attention::{self, Attention, States};
use super::lanes::{COLUMNS, Instructions, Lanes, ROUNDING, ROWS, Tile};
use super::layout::{PackedLinear, QuantizedRows};
use super::{Kernel, Then, linear, math, pack};

/// The kernel; only [`Avx2::detect`] makes one.
pub struct Avx2(());

impl Avx2 {
    /// The kernel, where the processor has AVX2.
    pub fn detect() -> Option<&'static Self> {
        is_x86_feature_detected!("avx2").then_some(&Self(()))
    }
}

/// Compiles a shared routine with AVX2, into which its instructions are inlined.
macro_rules! with_avx2 {
    ($routine:path, $($argument:ident: $type:ty),* $(=> $result:ty)?) => {{
        #[target_feature(enable = "avx2")]
        fn compiled($($argument: $type),*) $(-> $result)? {
            $routine($($argument),*)
        }
        // SAFETY: a value of `Avx2` exists only where AVX2 was detected.
        unsafe { compiled($($argument),*) }
    }};
}

impl Kernel for Avx2 {
    fn name(&self) -> &'static str {
        "avx2"
    }

    fn quantize(&self, x: &[f32], inputs: usize, rows: &mut QuantizedRows) {
        with_avx2!(linear::quantize::<Avx2>, x: &[f32], inputs: usize, rows: &mut QuantizedRows)
    }

    fn linear(
        &self,
        layer: &PackedLinear,
        x: &QuantizedRows,
        panel: &mut Vec<i16>,
        out: &mut [f32],
        then: Then,
    ) {
        with_avx2!(
            linear::linear::<Avx2>,
            layer: &PackedLinear, x: &QuantizedRows, panel: &mut Vec<i16>, out: &mut [f32], then: Then
        )
    }

    fn attend(&self, states: States<'_>, buffers: &mut Attention, context: &mut [f32]) {
        with_avx2!(
            attention::attend::<Avx2>,
            states: States<'_>, buffers: &mut Attention, context: &mut [f32]
        )
    }

    fn handed_on(
        &self,
        states: States<'_>,
        scales: &[f32],
        buffers: &mut Attention,
        sums: &mut [f32],
    ) {
        with_avx2!(
            attention::handed_on::<Avx2>,
            states: States<'_>, scales: &[f32], buffers: &mut Attention, sums: &mut [f32]
        )
    }

    fn normalize(&self, x: &mut [f32], weight: &[f32], bias: &[f32], inverses: &mut [f32]) {
        with_avx2!(
            math::normalize::<Floats>,
            x: &mut [f32], weight: &[f32], bias: &[f32], inverses: &mut [f32]
        )
    }

    fn dot(&self, a: &[f32], b: &[f32]) -> f32 {
        with_avx2!(math::dot::<Floats>, a: &[f32], b: &[f32] => f32)
    }

    fn pack(&self, rows: &[i8], inputs: usize, panel: &mut [i8]) -> [i32; 8] {
        with_avx2!(pack::pack::<Avx2>, rows: &[i8], inputs: usize, panel: &mut [i8] => [i32; 8])
    }

    fn expand(&self, packed: &[u8], tables: &[[i8; 16]], values: &mut [i8]) {
        with_avx2!(pack::expand::<Avx2>, packed: &[u8], tables: &[[i8; 16]], values: &mut [i8])
    }

    #[cfg(feature = "bench")]
    fn bare(&self, layer: &PackedLinear, x: &QuantizedRows, wide: &mut Vec<i16>) -> i32 {
        with_avx2!(
            linear::bare::<Avx2>,
            layer: &PackedLinear, x: &QuantizedRows, wide: &mut Vec<i16> => i32
        )
    }
}

impl Instructions for Avx2 {
    type F32 = Floats;

    #[inline(always)]
    fn tile(rows: &[i16], panel: &[i16]) -> Tile {
        products(rows, panel.as_chunks().0.iter(), |pair: &[i16; 2 * COLUMNS]| {
            // SAFETY: only routines of the kernel call this; sixteen 16-bit integers
            // are a vector.
            unsafe { _mm256_loadu_si256(pair.as_ptr().cast()) }
        })
    }

    #[inline(always)]
    fn widening_tile(rows: &[i16], panel: &[i8], wide: &mut [i16]) -> Tile {
        let pairs = panel.as_chunks::<{ 2 * COLUMNS }>().0.iter().zip(wide.as_chunks_mut().0);
        products(rows, pairs, |(pair, wide): (_, &mut [i16; 2 * COLUMNS])| {
            // SAFETY: as for `tile`; sixteen bytes are half a vector.
            unsafe {
                let pair = _mm256_cvtepi8_epi16(_mm_loadu_si128(pair.as_ptr().cast()));
                _mm256_storeu_si256(wide.as_mut_ptr().cast(), pair);
                pair
            }
        })
    }

    #[inline(always)]
    fn interleave(rows: [[i16; COLUMNS]; ROWS]) -> [[i16; COLUMNS]; ROWS] {
        // SAFETY: as for `tile`; eight 16-bit integers are half a vector, in and out.
        unsafe {
            let [a, b, c, d] = rows.map(|row| _mm_loadu_si128(row.as_ptr().cast()));
            let (ab, cd) = (_mm_unpacklo_epi32(a, b), _mm_unpacklo_epi32(c, d));
            let pairs = [_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd)];
            let (ab, cd) = (_mm_unpackhi_epi32(a, b), _mm_unpackhi_epi32(c, d));
            let rest = [_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd)];
            let mut to = [[0; COLUMNS]; ROWS];
            for (to, pair) in to.iter_mut().zip(pairs.into_iter().chain(rest)) {
                _mm_storeu_si128(to.as_mut_ptr().cast(), pair);
            }
            to
        }
    }
}

/// The tile of `[pairs][4][2]` rows and a panel of pairs, each read as eight
/// outputs' two 16-bit integers.
#[inline(always)]
fn products<P>(rows: &[i16], panel: impl Iterator<Item = P>, read: impl Fn(P) -> __m256i) -> Tile {
    // SAFETY: only routines of the kernel call this; a row of the tile is a vector.
    unsafe {
        let mut sums = [_mm256_setzero_si256(); ROWS];
        for (a, b) in rows.as_chunks::<{ 2 * ROWS }>().0.iter().zip(panel) {
            let b = read(b);
            for (sum, pair) in sums.iter_mut().zip(a.as_chunks::<2>().0) {
                let pair = i32::from(pair[0]) & 0xffff | i32::from(pair[1]) << 16;
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(_mm256_set1_epi32(pair), b));
            }
        }
        let mut tile = [[0; COLUMNS]; ROWS];
        for (out, sum) in tile.iter_mut().zip(sums) {
            _mm256_storeu_si256(out.as_mut_ptr().cast(), sum);
        }
        tile
    }
}

/// Eight floats in one vector.
#[derive(Clone, Copy)]
pub struct Floats(__m256);

impl Add for Floats {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: only routines of the kernel make and use these vectors.
        unsafe { Self(_mm256_add_ps(self.0, other.0)) }
    }
}

impl Sub for Floats {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        unsafe { Self(_mm256_sub_ps(self.0, other.0)) }
    }
}

impl Mul for Floats {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        unsafe { Self(_mm256_mul_ps(self.0, other.0)) }
    }
}

impl Div for Floats {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        unsafe { Self(_mm256_div_ps(self.0, other.0)) }
    }
}

impl Lanes for Floats {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: as for `add`.
        unsafe { Self(_mm256_set1_ps(value)) }
    }

    #[inline(always)]
    fn load(from: &[f32; COLUMNS]) -> Self {
        // SAFETY: as for `add`; eight floats are one vector.
        unsafe { Self(_mm256_loadu_ps(from.as_ptr())) }
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; COLUMNS]) {
        // SAFETY: as for `load`.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) };
    }

    #[inline(always)]
    fn from_i32(values: &[i32; COLUMNS]) -> Self {
        // SAFETY: as for `load`.
        unsafe { Self(_mm256_cvtepi32_ps(_mm256_loadu_si256(values.as_ptr().cast()))) }
    }

    /// In two roundings, so that the bits are those of the other kernels.
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self * factor + term
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        unsafe { Self(_mm256_max_ps(other.0, self.0)) }
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        unsafe { Self(_mm256_min_ps(other.0, self.0)) }
    }

    #[inline(always)]
    fn abs(self) -> Self {
        // SAFETY: as for `add`.
        unsafe { Self(_mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0)) }
    }

    #[inline(always)]
    fn pow2(self) -> Self {
        let biased = self + Self::splat(ROUNDING + 127.0);
        // SAFETY: as for `add`.
        unsafe {
            let bits = _mm256_slli_epi32::<23>(_mm256_castps_si256(biased.0));
            Self(_mm256_castsi256_ps(bits))
        }
    }

    #[inline(always)]
    fn round(self) -> [i16; COLUMNS] {
        let mut to = [0; COLUMNS];
        let shifted = self + Self::splat(ROUNDING);
        // SAFETY: as for `add`; eight 16-bit integers are half a vector.
        unsafe {
            let bits = _mm256_set1_epi32(ROUNDING.to_bits() as i32);
            let wide = _mm256_sub_epi32(_mm256_castps_si256(shifted.0), bits);
            let (low, high) = (_mm256_castsi256_si128(wide), _mm256_extracti128_si256::<1>(wide));
            _mm_storeu_si128(to.as_mut_ptr().cast(), _mm_packs_epi32(low, high));
        }
        to
    }
}
