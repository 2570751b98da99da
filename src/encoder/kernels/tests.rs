//! Every kernel against the definitions, and against each other.

use std::array;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::encoder::weights::{Linear, QuantizedMatrix};

/// A small deterministic generator of bytes over the full range.
fn bytes(seed: usize) -> impl FnMut() -> i8 {
    let mut state = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as i8
    }
}

fn floats(seed: usize, count: usize) -> Vec<f32> {
    let mut next = bytes(seed);
    (0..count).map(|_| f32::from(next()) / 31.0 + f32::from(next()) / 8000.0).collect()
}

/// All that run here, the reference first.
fn kernels() -> Vec<&'static dyn Kernel> {
    #[allow(unused_mut)] // Where there are no more.
    let mut all = vec![reference(), best()];
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    all.push(&simd128::Simd128);
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    all.push(&dot::Dot);
    all
}

/// What the reference gives, once all the others were seen to give the same.
fn by_all(mut run: impl FnMut(&dyn Kernel) -> Vec<f32>) -> Vec<f32> {
    let mut answers = kernels().into_iter().map(|kernel| (kernel.name(), run(kernel)));
    let (_, reference) = answers.next().expect("there is a reference");
    answers.for_each(|(name, answer)| assert_same(&reference, &answer, name));
    reference
}

/// Whether all kernels round as the reference does.
fn exact() -> bool {
    !cfg!(target_feature = "relaxed-simd")
}

fn assert_close(actual: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(actual.len(), expected.len());
    for (i, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert!((actual - expected).abs() <= tolerance, "{what} [{i}]: {actual} {expected}");
    }
}

fn assert_same(reference: &[f32], other: &[f32], name: &str) {
    if exact() {
        assert_eq!(reference, other, "{name}");
    } else {
        // A last bit may tip a rounding to 13 bits over to the next step.
        let largest = reference.iter().fold(0f32, |max, x| max.max(x.abs()));
        assert_close(other, reference, largest / 8191.0, name);
    }
}

const SHAPES: [(usize, usize, usize); 9] = [
    (1, 1, 1),
    (1, 2, 8),
    (3, 7, 5),
    (4, 32, 16),
    (5, 33, 9),
    (13, 384, 24),
    (9, 3072, 8),
    (300, 384, 8),
    (512, 64, 16),
];

/// Weights that are whole and activations whose largest is the largest step:
/// quantisation changes nothing, and the layer must be exact.
#[test]
fn a_linear_layer_is_exact_on_integers_at_every_shape() {
    for (rows, inputs, outputs) in SHAPES {
        for extreme in [false, true] {
            let mut next = bytes(rows * 7919 + inputs * 31 + outputs);
            let limit = linear::largest_step(inputs);
            let sign = |byte: i8| if byte < 0 { -1 } else { 1 };
            let mut weight = || if extreme { [127, -128][usize::from(next() < 0)] } else { next() };
            let values: Vec<i8> = (0..inputs * outputs).map(|_| weight()).collect();
            let mut activation = || if extreme { limit * sign(next()) } else { i16::from(next()) };
            let mut x: Vec<i16> = (0..rows * inputs).map(|_| activation()).collect();
            x.iter_mut().step_by(inputs).for_each(|first| *first = limit);

            let dot = |x: &[i16], weights: &[i8]| -> i64 {
                x.iter().zip(weights).map(|(&x, &w)| i64::from(x) * i64::from(w)).sum()
            };
            let rows_of = |row: usize| &x[row * inputs..][..inputs];
            let expected: Vec<f32> = (0..rows * outputs)
                .map(|i| {
                    dot(rows_of(i / outputs), &values[i % outputs * inputs..][..inputs]) as f32
                })
                .collect();

            let scales = vec![1.0; outputs];
            let weight = QuantizedMatrix { inputs, outputs, values: values.clone(), scales }.into();
            let linear = Linear { weight, bias: vec![0.0; outputs] };
            let x: Vec<f32> = x.iter().map(|&x| f32::from(x)).collect();
            for kernel in kernels() {
                let layer = PackedLinear::new(linear.clone(), kernel);
                let (mut quantized, mut panel) = Default::default();
                let mut out = vec![0.0; rows * outputs];
                kernel.quantize(&x, inputs, &mut quantized);
                kernel.linear(&layer, &quantized, &mut panel, &mut out, Then::Store);
                assert_eq!(out, expected, "{} {rows} {inputs} {outputs}", kernel.name());
            }
        }
    }
}

#[test]
fn what_follows_a_linear_layer_is_its_definition() {
    let (rows, inputs, outputs) = (5, 48, 19);
    let weight = QuantizedMatrix::quantize(inputs, &floats(1, inputs * outputs));
    let bias = floats(2, outputs);
    let linear = Linear { weight: weight.clone().into(), bias: bias.clone() };
    let (x, before) = (floats(3, rows * inputs), floats(4, rows * outputs));
    let plain: Vec<f32> = (0..rows * outputs)
        .map(|i| {
            let (row, output) = (i / outputs, i % outputs);
            let pairs = x[row * inputs..][..inputs].iter().zip(weight.row(output));
            let sum: f64 = pairs.map(|(&x, &w)| f64::from(x) * f64::from(w)).sum();
            (sum * f64::from(weight.scales[output])) as f32 + bias[output]
        })
        .collect();
    for then in [Then::Store, Then::Gelu, Then::AddTo] {
        let reference = by_all(|kernel| {
            let layer = PackedLinear::new(linear.clone(), kernel);
            let (mut quantized, mut panel) = Default::default();
            let mut out = before.clone();
            kernel.quantize(&x, inputs, &mut quantized);
            kernel.linear(&layer, &quantized, &mut panel, &mut out, then);
            out
        });
        let expected: Vec<f32> = plain
            .iter()
            .zip(&before)
            .map(|(&y, before)| match then {
                Then::Store => y,
                Then::Gelu => one(y, math::gelu),
                Then::AddTo => before + y,
            })
            .collect();
        assert_close(&reference, &expected, 0.02, "linear");
    }
}

#[test]
fn rows_are_quantised_to_the_nearest_step() {
    for kernel in kernels() {
        let mut rows = QuantizedRows::default();
        kernel.quantize(&[0.5, -1.0, 0.249, 0.0, 0.0, 0.0], 3, &mut rows);
        assert_eq!(rows.scales, [1.0 / 8191.0, 0.0]);
        let block = rows.blocks().next().unwrap();
        let row = |row| [0, 1, 2, 3].map(|input| activation(kernel, block, row, input));
        assert_eq!(row(0), [4096, -8191, 2040, 0], "{}", kernel.name());
        assert_eq!(row(1), [0; 4], "{}", kernel.name());
    }
}

/// One integer of a block, which each kernel lays out in its own way.
fn activation(kernel: &dyn Kernel, block: &[i16], row: usize, input: usize) -> i16 {
    if kernel.name() == "relaxed-dot" {
        let byte = |i: usize| i16::from(block[i / 2].to_le_bytes()[i % 2]);
        let high = input / 4 * 32 + row * 8 + input % 4;
        return 128 * (byte(high) - 64) + byte(high + 4);
    }
    block[input / 2 * 8 + row * 2 + input % 2]
}

#[test]
fn no_sum_can_overflow() {
    for inputs in [1, 384, 1536, 3072, 100_000] {
        let sum = inputs as i64 * 128 * i64::from(linear::largest_step(inputs));
        assert!(sum <= i64::from(i32::MAX) && linear::largest_step(inputs) > 0);
    }
}

/// Attention weights by definition, one number at a time in `f64`:
/// `[heads][queries][keys]`.
fn weights(states: States<'_>) -> Vec<Vec<Vec<f64>>> {
    let States { heads, hidden, .. } = states;
    let tokens = states.query.len() / hidden;
    let size = hidden / heads;
    let of_query = |head: usize, q: usize| {
        let scores: Vec<f64> = (0..tokens)
            .map(|k| {
                let query = &states.query[q * hidden + head * size..][..size];
                let key = &states.key[k * hidden + head * size..][..size];
                let products = query.iter().zip(key).map(|(&a, &b)| f64::from(a) * f64::from(b));
                (products.sum::<f64>() / (size as f64).sqrt()).exp()
            })
            .collect();
        let total: f64 = scores.iter().sum();
        scores.iter().map(|score| score / total).collect()
    };
    (0..heads).map(|head| (0..tokens).map(|q| of_query(head, q)).collect()).collect()
}

/// Attention's answer by definition.
fn attention(states: States<'_>) -> Vec<f32> {
    let States { heads, hidden, value, .. } = states;
    let weights = weights(states);
    let mixed = |i: usize| {
        let (query, column) = (i / hidden, i % hidden);
        let weights = &weights[column / (hidden / heads)][query];
        let values = value.iter().skip(column).step_by(hidden);
        weights.iter().zip(values).map(|(weight, &value)| weight * f64::from(value)).sum::<f64>()
    };
    (0..value.len()).map(|i| mixed(i) as f32).collect()
}

#[test]
fn attention_is_its_definition_at_odd_sizes_and_reused_buffers() {
    let mut buffers = Attention::default();
    for (tokens, heads, size) in
        [(13, 2, 32), (1, 1, 5), (9, 3, 12), (2, 2, 64), (70, 1, 32), (512, 1, 32), (13, 2, 32)]
    {
        let hidden = heads * size;
        let wave = |phase: f32| -> Vec<f32> {
            (0..tokens * hidden).map(|i| ((i as f32) * 0.37 + phase).sin() * 2.0).collect()
        };
        let (query, key, value) = (wave(0.0), wave(1.0), wave(2.0));
        let states = States { heads, hidden, query: &query, key: &key, value: &value };
        let reference = by_all(|kernel| {
            let mut context = vec![0.0; tokens * hidden];
            kernel.attend(states, &mut buffers, &mut context);
            context
        });
        assert_close(&reference, &attention(states), 2e-3, "attention");

        let scales: Vec<f32> = wave(3.0)[..tokens].iter().map(|wave| wave + 3.0).collect();
        let reference = by_all(|kernel| {
            let mut sums = vec![f32::NAN; tokens * heads];
            kernel.handed_on(states, &scales, &mut buffers, &mut sums);
            sums
        });
        let weights = weights(states);
        let given = |i: usize| {
            let of_queries = weights[i % heads].iter().zip(&scales);
            of_queries.map(|(row, &scale)| row[i / heads] * f64::from(scale)).sum::<f64>() as f32
        };
        let expected: Vec<f32> = (0..tokens * heads).map(given).collect();
        assert_close(&reference, &expected, 2e-3, "handed on");
    }
}

/// Equal scores and one that drowns all others, as large as they come.
#[test]
fn attention_keeps_its_sums_at_the_extremes() {
    let (tokens, size) = (512, 64);
    for (q, expected) in [(0.0, 1.0), (1e4, 1.0)] {
        let query = vec![q; tokens * size];
        let mut key = vec![-1e4; tokens * size];
        key[..size].fill(1e4);
        let value = vec![1.0; tokens * size];
        let states = States { heads: 1, hidden: size, query: &query, key: &key, value: &value };
        for kernel in kernels() {
            let mut context = vec![0.0; tokens * size];
            kernel.attend(states, &mut Attention::default(), &mut context);
            assert_close(&context, &vec![expected; tokens * size], 1e-3, kernel.name());
        }
    }
}

#[test]
fn normalising_gives_mean_0_and_variance_1_at_every_width() {
    for width in [3, 8, 21, 384] {
        let x: Vec<f32> = (0..2 * width).map(|i| (i % 17) as f32 * 3.0 + 5.0).collect();
        let mut inverses = [0.0; 2];
        let reference = by_all(|kernel| {
            let mut x = x.clone();
            kernel.normalize(&mut x, &vec![1.0; width], &vec![0.0; width], &mut inverses);
            x
        });
        for ((x, normal), inverse) in x.chunks(width).zip(reference.chunks(width)).zip(inverses) {
            let ratio = (normal[1] - normal[0]) / (x[1] - x[0]);
            assert!((ratio / inverse - 1.0).abs() < 1e-4, "{ratio} {inverse}");
        }
        for row in reference.chunks(width) {
            let n = width as f32;
            assert!(row.iter().sum::<f32>().abs() < 1e-4 * n);
            assert!((row.iter().map(|v| v * v).sum::<f32>() / n - 1.0).abs() < 1e-4);
        }
        let scaled = |kernel: &dyn Kernel| {
            let mut x = x.clone();
            kernel.normalize(&mut x, &vec![2.0; width], &vec![-1.0; width], &mut [0.0; 2]);
            x
        };
        let expected: Vec<f32> = reference.iter().map(|x| 2.0 * x - 1.0).collect();
        assert_close(&scaled(super::best()), &expected, 1e-5, "scale and shift");
    }
}

#[test]
fn dot_products_are_sums_of_products() {
    for len in [0, 1, 7, 8, 21, 384] {
        let (a, b) = (floats(5, len), floats(6, len));
        let expected: f64 = a.iter().zip(&b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
        for kernel in kernels() {
            assert!((f64::from(kernel.dot(&a, &b)) - expected).abs() < 2e-3, "{}", kernel.name());
        }
    }
}

/// A function of eight floats for one, in plain Rust.
fn one(x: f32, f: impl Fn(scalar::Floats) -> scalar::Floats) -> f32 {
    use lanes::Lanes;
    let mut all = [0.0; 8];
    f(scalar::Floats::load(&array::from_fn(|_| x))).store(&mut all);
    all[0]
}

#[test]
fn exp_is_the_exponential() {
    for i in 0..=8700 {
        let x = -(i as f32) / 100.0;
        let expected = f64::from(x).exp();
        let error = f64::from(one(x, math::exp)) / expected - 1.0;
        assert!(error.abs() < 1.1e-7 * f64::from(1.0 + x.abs()), "{x}: {error}");
    }
    assert_eq!(one(0.0, math::exp), 1.0);
    assert!(one(-1e30, math::exp) < 1e-37);
}

#[test]
fn gelu_matches_published_values() {
    // x Φ(x), from tables of the normal distribution.
    let cases = [
        (-6.0, 0.0),
        (-3.0, -0.004_049_694),
        (-1.0, -0.158_655_25),
        (0.0, 0.0),
        (0.5, 0.345_731_23),
        (1.0, 0.841_344_7),
        (2.0, 1.954_499_7),
        (10.0, 10.0),
        (1e30, 1e30),
    ];
    for (x, expected) in cases {
        let actual = one(x, math::gelu);
        assert!((actual - expected).abs() <= 7e-7 * x.abs(), "{x}: {actual}");
    }
}

#[test]
fn a_packed_panel_has_every_weight_in_its_place() {
    for (rows, inputs) in [(1, 1), (8, 1), (3, 7), (8, 16), (7, 48), (8, 33), (8, 130), (8, 384)] {
        let mut next = bytes(rows * 1000 + inputs);
        let weights: Vec<i8> = (0..rows * inputs).map(|_| next()).collect();
        for kernel in kernels() {
            let mut panel = vec![0; inputs.div_ceil(4) * 32];
            let group = if kernel.name() == "relaxed-dot" { 4 } else { 2 };
            kernel.pack(&weights, inputs, &mut panel);
            for (i, &value) in panel.iter().enumerate() {
                let (row, input) = (i / group % 8, i / (8 * group) * group + i % group);
                let there = row < rows && input < inputs;
                let expected = if there { weights[row * inputs + input] } else { 0 };
                assert_eq!(value, expected, "{} {rows} {inputs} {i}", kernel.name());
            }
        }
    }
}

#[test]
fn four_bits_are_looked_up_in_the_table_of_their_block() {
    for (blocks, block) in [(1, 2), (3, 16), (12, 32), (2, 34), (5, 96)] {
        let mut next = bytes(blocks * 1000 + block);
        let packed: Vec<u8> = (0..blocks * block / 2).map(|_| next() as u8).collect();
        let tables: Vec<[i8; 16]> = (0..blocks).map(|_| array::from_fn(|_| next())).collect();
        for kernel in kernels() {
            let mut values = vec![0; blocks * block];
            kernel.expand(&packed, &tables, &mut values);
            for (i, &value) in values.iter().enumerate() {
                let half = packed[i / 2] >> (i % 2 * 4) & 15;
                assert_eq!(value, tables[i / block][usize::from(half)], "{} {i}", kernel.name());
            }
        }
    }
}
