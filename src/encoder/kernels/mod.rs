//! The routines where the time goes, on the instructions of each processor.
//!
//! A [`Kernel`] is the shared routines ([`linear`], [`attention`], [`math`], [`pack`])
//! compiled over one processor's [`Instructions`]. Integer sums are exact and
//! floats are computed in one order, so every kernel gives the same bits; only
//! the relaxed WebAssembly build rounds some products and sums once, not twice.

mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod dot;
mod lanes;
mod layout;
mod linear;
mod math;
mod pack;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

#[cfg(test)]
mod tests;

pub use attention::{Attention, States};
pub use layout::{PackedLinear, QuantizedRows};
#[cfg(feature = "gpu")]
pub use linear::largest_step;

use lanes::Instructions;

/// The routines of the forward pass.
pub trait Kernel: Sync {
    /// A name for reports.
    fn name(&self) -> &'static str;

    /// Quantises `[rows, inputs]` floats, each row by itself.
    fn quantize(&self, x: &[f32], inputs: usize, rows: &mut QuantizedRows);

    /// `[rows, inputs] -> [rows, outputs]`; `panel` is a buffer.
    fn linear(
        &self,
        layer: &PackedLinear,
        x: &QuantizedRows,
        panel: &mut Vec<i16>,
        out: &mut [f32],
        then: Then,
    );

    /// Self-attention over `[tokens, hidden]` states, into `context` of that shape.
    fn attend(&self, states: States<'_>, buffers: &mut Attention, context: &mut [f32]);

    /// How much of its value each token hands to all others, `[tokens, heads]`: the
    /// sum over them of its attention weight in theirs, times their own of `scales`.
    fn handed_on(
        &self,
        states: States<'_>,
        scales: &[f32],
        buffers: &mut Attention,
        sums: &mut [f32],
    );

    /// Layer normalisation of each row, as long as `weight` and `bias`; `inverses` gets
    /// the inverse of each row's standard deviation.
    fn normalize(&self, x: &mut [f32], weight: &[f32], bias: &[f32], inverses: &mut [f32]);

    /// Σ a b.
    fn dot(&self, a: &[f32], b: &[f32]) -> f32;

    /// Writes up to eight rows of `inputs` weights as a panel; gives its offsets.
    fn pack(&self, rows: &[i8], inputs: usize, panel: &mut [i8]) -> [i32; 8];

    /// Expands a row of 4-bit numbers, two a byte, the low half first: `tables` has
    /// what each of the sixteen stands for, for each block of the row.
    fn expand(&self, packed: &[u8], tables: &[[i8; 16]], values: &mut [i8]);

    /// As many bare products as the layer takes, all with its first panel.
    #[cfg(feature = "bench")]
    fn bare(&self, layer: &PackedLinear, x: &QuantizedRows, wide: &mut Vec<i16>) -> i32;
}

/// What a linear layer does with its sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Writes them.
    Store,
    /// Writes GELU of them.
    Gelu,
    /// Adds them to what is there.
    AddTo,
}

/// The fastest kernel that runs here.
pub fn best() -> &'static dyn Kernel {
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    if let Some(kernel) = dot::Dot::detect() {
        return kernel;
    }
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return &simd128::Simd128;
    #[cfg(target_arch = "x86_64")]
    if let Some(kernel) = avx2::Avx2::detect() {
        return kernel;
    }
    #[allow(unreachable_code)]
    reference()
}

/// The plain one that the others are tested against.
pub fn reference() -> &'static dyn Kernel {
    &scalar::Scalar
}

/// The shared routines as they are, for instructions that the whole build has: the linear
/// layers by `$instructions`, all else by `$others`.
macro_rules! kernel {
    ($instructions:ty, $name:expr) => {
        kernel!($instructions, $name, Self);
    };
    ($instructions:ty, $name:expr, $others:ty) => {
        impl Kernel for $instructions {
            fn name(&self) -> &'static str {
                $name
            }

            fn quantize(&self, x: &[f32], inputs: usize, rows: &mut QuantizedRows) {
                linear::quantize::<Self>(x, inputs, rows);
            }

            fn linear(
                &self,
                layer: &PackedLinear,
                x: &QuantizedRows,
                panel: &mut Vec<i16>,
                out: &mut [f32],
                then: Then,
            ) {
                linear::linear::<Self>(layer, x, panel, out, then);
            }

            fn attend(&self, states: States<'_>, buffers: &mut Attention, context: &mut [f32]) {
                attention::attend::<$others>(states, buffers, context);
            }

            fn handed_on(
                &self,
                states: States<'_>,
                scales: &[f32],
                buffers: &mut Attention,
                sums: &mut [f32],
            ) {
                attention::handed_on::<$others>(states, scales, buffers, sums);
            }

            fn normalize(&self, x: &mut [f32], weight: &[f32], bias: &[f32], inverses: &mut [f32]) {
                math::normalize::<<$others as Instructions>::F32>(x, weight, bias, inverses);
            }

            fn dot(&self, a: &[f32], b: &[f32]) -> f32 {
                math::dot::<<$others as Instructions>::F32>(a, b)
            }

            // Not inlined, for the reason that holds for the tiles of `simd128`.
            #[inline(never)]
            fn pack(&self, rows: &[i8], inputs: usize, panel: &mut [i8]) -> [i32; 8] {
                pack::pack::<Self>(rows, inputs, panel)
            }

            #[inline(never)]
            fn expand(&self, packed: &[u8], tables: &[[i8; 16]], values: &mut [i8]) {
                pack::expand::<$others>(packed, tables, values);
            }

            #[cfg(feature = "bench")]
            fn bare(&self, layer: &PackedLinear, x: &QuantizedRows, wide: &mut Vec<i16>) -> i32 {
                linear::bare::<Self>(layer, x, wide)
            }
        }
    };
}

kernel!(scalar::Scalar, "scalar");
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
kernel!(
    simd128::Simd128,
    if cfg!(target_feature = "relaxed-simd") { "relaxed-simd" } else { "simd128" }
);
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
kernel!(dot::Dot, "relaxed-dot", simd128::Simd128);
