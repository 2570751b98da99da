//! Elementwise functions and reductions of the forward pass.
//!
//! Written as plain loops in a fixed order over eight lanes, so that every
//! build rounds alike and the compiler can use vector instructions.

/// The nearest integer, ties to even, for |x| < 2²²: the same bits on every
/// machine, and vector instructions where a library call would not be.
#[inline(always)]
pub fn round(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 × 2²³: what is added below 1 is rounded off
    (x + MAGIC) - MAGIC
}

/// eˣ for x ≤ 0 (below −87 as at −87); relative error below 2e-7.
///
/// Range reduction by ln 2 in two parts and a degree-6 polynomial, as in the
/// Cephes library's `expf`.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let x = if x < -87.0 { -87.0 } else { x };
    let n = round(x * std::f32::consts::LOG2_E);
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p * r + coefficient;
    }
    let power = f32::from_bits(((n as i32 + 127) << 23) as u32);
    (p * r * r + r + 1.0) * power
}

/// x Φ(x) with the exact normal distribution function; absolute error below
/// 2e-7 |x| (Abramowitz and Stegun 7.1.26 for erf).
#[inline(always)]
pub fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + z * 0.327_591_1);
    let mut p = 1.061_405_4;
    for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = p * t + coefficient;
    }
    let erf = (1.0 - p * t * exp(-z * z)).copysign(x);
    0.5 * x * (1.0 + erf)
}

/// Adds up in eight lanes, then the lanes, then what is left.
pub fn sum(values: &[f32]) -> f32 {
    sum_by(values, |value| value)
}

#[inline(always)]
fn sum_by(values: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<8>();
    let mut lanes = [0f32; 8];
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += f(value);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|&value| f(value)).sum::<f32>()
}

/// Normalises one row to mean 0 and variance 1, then scales and shifts
/// (epsilon 1e-12, DistilBERT's).
pub fn layer_norm(row: &mut [f32], weight: &[f32], bias: &[f32]) {
    let n = row.len() as f32;
    let mean = sum(row) / n;
    let variance = sum_by(row, |value| (value - mean) * (value - mean)) / n;
    let inverse = 1.0 / (variance + 1e-12).sqrt();
    for ((value, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
        *value = (*value - mean) * inverse * weight + bias;
    }
}

/// Turns scores into weights that add up to 1.
pub fn softmax(row: &mut [f32]) {
    let largest = row.iter().fold(f32::NEG_INFINITY, |max, &x| if x > max { x } else { max });
    for value in row.iter_mut() {
        *value = exp(*value - largest);
    }
    let inverse = 1.0 / sum(row);
    for value in row.iter_mut() {
        *value *= inverse;
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn exp_is_the_exponential() {
        for i in 0..=8700 {
            let x = -(i as f32) / 100.0;
            let expected = f64::from(x).exp();
            assert!((f64::from(exp(x)) / expected - 1.0).abs() < 2e-7, "{x}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e30) < 1e-37);
    }

    #[test]
    fn gelu_matches_published_values() {
        // x Φ(x), from tables of the normal distribution.
        let cases = [
            (-3.0, -0.004_049_694),
            (-1.0, -0.158_655_25),
            (0.0, 0.0),
            (0.5, 0.345_731_23),
            (1.0, 0.841_344_7),
            (2.0, 1.954_499_7),
            (10.0, 10.0),
        ];
        for (x, expected) in cases {
            assert!((gelu(x) - expected).abs() < 1e-6, "{x}: {}", gelu(x));
        }
    }

    #[test]
    fn softmax_adds_up_to_one_and_ignores_a_shift() {
        let mut a: Vec<f32> = (0..37).map(|i| (i * i % 11) as f32).collect();
        let mut b: Vec<f32> = a.iter().map(|value| value - 1000.0).collect();
        softmax(&mut a);
        softmax(&mut b);
        assert_eq!(a, b);
        assert!((a.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn layer_norm_standardises() {
        let mut row: Vec<f32> = (0..384).map(|i| (i % 17) as f32 * 3.0 + 5.0).collect();
        layer_norm(&mut row, &[1.0; 384], &[0.0; 384]);
        assert!(sum(&row).abs() < 1e-3);
        assert!((row.iter().map(|v| v * v).sum::<f32>() / 384.0 - 1.0).abs() < 1e-4);
    }
}
