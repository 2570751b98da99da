//! Multi-head self-attention over one window, in `f32`.

use super::math;

/// Rows and columns of a register tile.
const ROWS: usize = 4;
const COLUMNS: usize = 8;

/// What the three projections gave, each `[tokens, hidden]`.
#[derive(Clone, Copy)]
pub struct States<'a> {
    /// What each token looks for.
    pub query: &'a [f32],
    /// What each token can be found by.
    pub key: &'a [f32],
    /// What each token hands on.
    pub value: &'a [f32],
}

/// Buffers of one head.
#[derive(Default)]
pub struct Scratch {
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    scores: Vec<f32>,
    mixed: Vec<f32>,
}

/// Writes `softmax(Q Kᵀ / √size) V` of every head to `context` `[tokens, hidden]`.
///
/// There is no mask: a window holds nothing but its own tokens.
pub fn attend(
    states: States<'_>,
    heads: usize,
    hidden: usize,
    scratch: &mut Scratch,
    context: &mut Vec<f32>,
) {
    let tokens = states.query.len() / hidden;
    let rows = tokens.next_multiple_of(ROWS);
    let columns = tokens.next_multiple_of(COLUMNS);
    let size = hidden / heads;
    let wide = size.next_multiple_of(COLUMNS);
    let scale = 1.0 / (size as f32).sqrt();
    context.resize(tokens * hidden, 0.0);
    let Scratch { query, key, value, scores, mixed } = scratch;
    zeroed(query, rows * size);
    zeroed(key, size * columns);
    zeroed(value, tokens * wide);
    zeroed(scores, rows * columns);
    zeroed(mixed, rows * wide);

    for head in 0..heads {
        let of_head = |all: &'_ [f32], token: usize| token * hidden + head * size..all.len();
        for token in 0..tokens {
            let at = of_head(states.query, token);
            for (slot, q) in query[token * size..][..size].iter_mut().zip(&states.query[at.clone()])
            {
                *slot = q * scale;
            }
            for (i, k) in states.key[at.clone()][..size].iter().enumerate() {
                key[i * columns + token] = *k;
            }
            value[token * wide..][..size].copy_from_slice(&states.value[at][..size]);
        }
        multiply(query, size, size, key, columns, scores);
        for row in scores.chunks_exact_mut(columns).take(tokens) {
            math::softmax(&mut row[..tokens]);
        }
        multiply(scores, columns, tokens, value, wide, mixed);
        for token in 0..tokens {
            let mixed = &mixed[token * wide..][..size];
            context[token * hidden + head * size..][..size].copy_from_slice(mixed);
        }
    }
}

fn zeroed(buffer: &mut Vec<f32>, len: usize) {
    buffer.clear();
    buffer.resize(len, 0.0);
}

/// `out = a b`: `a` is `[rows, a_width]` of which the first `inner` columns
/// count, `b` is `[inner, width]`, rows and width multiples of the tile's.
fn multiply(a: &[f32], a_width: usize, inner: usize, b: &[f32], width: usize, out: &mut [f32]) {
    for (a, out) in a.chunks_exact(ROWS * a_width).zip(out.chunks_exact_mut(ROWS * width)) {
        for column in (0..width).step_by(COLUMNS) {
            let tile = tile(a, a_width, inner, &b[column..], width);
            for (sums, out) in tile.iter().zip(out.chunks_exact_mut(width)) {
                out[column..column + COLUMNS].copy_from_slice(sums);
            }
        }
    }
}

#[inline(always)]
fn tile(
    a: &[f32],
    a_width: usize,
    inner: usize,
    b: &[f32],
    width: usize,
) -> [[f32; COLUMNS]; ROWS] {
    let (a0, rest) = a.split_at(a_width);
    let (a1, rest) = rest.split_at(a_width);
    let (a2, a3) = rest.split_at(a_width);
    let mut sums = [[0f32; COLUMNS]; ROWS];
    let left = a0[..inner].iter().zip(&a1[..inner]).zip(&a2[..inner]).zip(&a3[..inner]);
    for ((((a0, a1), a2), a3), b) in left.zip(b.chunks(width)) {
        let Some(b) = b.first_chunk::<COLUMNS>() else { break };
        for (sums, a) in sums.iter_mut().zip([a0, a1, a2, a3]) {
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum += a * b;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// The definition, one number at a time in `f64`.
    fn expected(states: States<'_>, heads: usize, hidden: usize) -> Vec<f32> {
        let tokens = states.query.len() / hidden;
        let size = hidden / heads;
        let mut out = vec![0.0; tokens * hidden];
        for head in 0..heads {
            let at = |all: &[f32], token: usize, i: usize| {
                f64::from(all[token * hidden + head * size + i])
            };
            for q in 0..tokens {
                let score = |k| {
                    let dot: f64 =
                        (0..size).map(|i| at(states.query, q, i) * at(states.key, k, i)).sum();
                    (dot / (size as f64).sqrt()).exp()
                };
                let total: f64 = (0..tokens).map(score).sum();
                for i in 0..size {
                    let mixed: f64 =
                        (0..tokens).map(|k| score(k) / total * at(states.value, k, i)).sum();
                    out[q * hidden + head * size + i] = mixed as f32;
                }
            }
        }
        out
    }

    #[test]
    fn attention_is_its_definition_at_odd_sizes_and_reused_buffers() {
        let mut scratch = Scratch::default();
        let mut context = Vec::new();
        for (tokens, heads, size) in [(13, 2, 32), (1, 1, 5), (9, 3, 12), (2, 2, 64), (13, 2, 32)] {
            let hidden = heads * size;
            let wave = |phase: f32| -> Vec<f32> {
                (0..tokens * hidden).map(|i| ((i as f32) * 0.37 + phase).sin() * 2.0).collect()
            };
            let (query, key, value) = (wave(0.0), wave(1.0), wave(2.0));
            let states = States { query: &query, key: &key, value: &value };
            attend(states, heads, hidden, &mut scratch, &mut context);
            for (actual, expected) in context.iter().zip(expected(states, heads, hidden)) {
                assert!((actual - expected).abs() < 2e-5, "{actual} {expected}");
            }
        }
    }
}
