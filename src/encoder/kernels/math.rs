//! Elementwise functions and reductions of the forward pass.

use super::lanes::{COLUMNS, Lanes, ROUNDING, ROWS};

/// 2ᶠ for |f| ≤ ½, from the highest power down.
#[allow(clippy::approx_constant)]
const EXP2: [f32; 6] =
    [1.326_472_5e-3, 9.671_513e-3, 5.550_733_6e-2, 2.402_224_2e-1, 6.931_47e-1, 1.0];
/// erf(√u / √2) / √u is P(u) / Q(u) for u ≤ 5.2².
const ERF_P: [f32; 6] =
    [-6.130_399e-9, 5.066_823e-7, 4.279_666_6e-5, 7.394_954_6e-3, 4.936_124e-2, 7.978_896e-1];
const ERF_Q: [f32; 4] = [1.064_993_2e-3, 2.231_678_4e-2, 2.285_633_5e-1, 1.0];

/// Coefficients from the highest power down.
#[inline(always)]
fn polynomial<V: Lanes, const N: usize>(x: V, coefficients: [f32; N]) -> V {
    let start = V::splat(coefficients[0]);
    coefficients[1..].iter().fold(start, |sum, &next| sum.mul_add(x, V::splat(next)))
}

/// eˣ for x ≤ 0 (below −87 as at −87), as 2ⁿ 2ᶠ; relative error below
/// 1.1e-7 (1 + |x|).
///
/// The polynomial for 2ᶠ is fitted by `train/approximations.py`.
#[inline(always)]
pub fn exp<V: Lanes>(x: V) -> V {
    let rounding = V::splat(ROUNDING);
    let t = x.max(V::splat(-87.0)) * V::splat(std::f32::consts::LOG2_E);
    let n = (t + rounding) - rounding;
    let f = t - n;
    polynomial(f, EXP2) * n.pow2()
}

/// x Φ(x) with the exact normal distribution function; absolute error below
/// 7e-7 |x|.
///
/// erf(|x| / √2) is |x| P(x²) / Q(x²) up to 5.2, and 1 beyond; the two
/// polynomials are fitted by `train/approximations.py`.
#[inline(always)]
pub fn gelu<V: Lanes>(x: V) -> V {
    let magnitude = x.abs();
    let z = magnitude.min(V::splat(5.2));
    let u = z * z;
    let (p, q) = (polynomial(u, ERF_P), polynomial(u, ERF_Q));
    // erf is odd: its sign times x is its magnitude times |x|.
    magnitude.mul_add(z * p / q, x) * V::splat(0.5)
}

/// The largest magnitude.
#[inline(always)]
pub fn largest_magnitude<V: Lanes>(x: &[f32]) -> f32 {
    let largest = |largest: V, x: V| largest.max(x.abs());
    fold(x, V::splat(0.0), largest).largest()
}

/// The same of each of four rows of one length, side by side: a row's next step would
/// wait for its last one.
#[inline(always)]
pub fn largest_magnitudes<V: Lanes>(rows: [&[f32]; ROWS]) -> [f32; ROWS] {
    let [(a, last_a), (b, last_b), (c, last_c), (d, last_d)] = rows.map(<[f32]>::as_chunks);
    let mut largest = [V::splat(0.0); ROWS];
    let mut add = |lanes: [V; ROWS]| {
        largest.iter_mut().zip(lanes).for_each(|(most, x)| *most = most.max(x.abs()));
    };
    for (((a, b), c), d) in a.iter().zip(b).zip(c).zip(d) {
        add([a, b, c, d].map(V::load));
    }
    if !last_a.is_empty() {
        add([last_a, last_b, last_c, last_d].map(load));
    }
    largest.map(V::largest)
}

/// Σ a b.
#[inline(always)]
pub fn dot<V: Lanes>(a: &[f32], b: &[f32]) -> f32 {
    let (chunks, rest) = a.as_chunks::<COLUMNS>();
    let (others, other_rest) = b.as_chunks::<COLUMNS>();
    let pairs = chunks.iter().zip(others);
    let sums = pairs.fold(V::splat(0.0), |sums, (a, b)| V::load(a).mul_add(V::load(b), sums));
    sums.sum() + rest.iter().zip(other_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// Normalises each row to mean 0 and variance 1, then scales and shifts
/// (epsilon 1e-12, DistilBERT's). `inverses` has what each row was multiplied by.
#[inline(always)]
pub fn normalize<V: Lanes>(x: &mut [f32], weight: &[f32], bias: &[f32], inverses: &mut [f32]) {
    let n = weight.len() as f32;
    for (row, inverse_deviation) in x.chunks_exact_mut(weight.len()).zip(inverses) {
        let mean = fold(row, V::splat(0.0), |sum, x: V| sum + x).sum() / n;
        let squares = |sum: V, x: V| {
            let from_mean = x - V::splat(mean);
            from_mean.mul_add(from_mean, sum)
        };
        // Zeros that fill up the last lanes are not part of the row.
        let filled = (row.len().next_multiple_of(COLUMNS) - row.len()) as f32;
        let squares = fold(row, V::splat(0.0), squares).sum() - filled * mean * mean;
        let inverse = 1.0 / (squares / n + 1e-12).sqrt();
        *inverse_deviation = inverse;
        let parts = weight.chunks(COLUMNS).zip(bias.chunks(COLUMNS));
        for (x, (weight, bias)) in row.chunks_mut(COLUMNS).zip(parts) {
            let (weight, bias): (V, V) = (load(weight), load(bias));
            let normal = |x: V| (x - V::splat(mean)) * V::splat(inverse);
            super::linear::update(x, |x| normal(x).mul_add(weight, bias));
        }
    }
}

/// Eight floats, zeros where there are fewer.
#[inline(always)]
pub fn load<V: Lanes>(x: &[f32]) -> V {
    if let Ok(x) = <&[f32; COLUMNS]>::try_from(x) {
        return V::load(x);
    }
    let mut padded = [0.0; COLUMNS];
    padded[..x.len()].copy_from_slice(x);
    V::load(&padded)
}

/// Folds a row eight floats at a time; zeros fill up the last ones.
#[inline(always)]
fn fold<V: Lanes>(x: &[f32], start: V, f: impl Fn(V, V) -> V) -> V {
    let (chunks, rest) = x.as_chunks::<COLUMNS>();
    let state = chunks.iter().fold(start, |state, x| f(state, V::load(x)));
    if rest.is_empty() { state } else { f(state, load(rest)) }
}
