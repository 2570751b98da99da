//! Multi-head self-attention over one window.
//!
//! Both products run on the integer tiles of the linear layers: their 16-bit
//! operands keep 13 bits of queries, keys and values, and up to 15 of the weights
//! between them. Four queries are answered at a time; no more weights exist at once.

use super::lanes::{COLUMNS, Instructions, Lanes, ROWS};
use super::layout::{QuantizedRows, pairs_of};
use super::linear::{four, inverse_step, quantize_block, update};
use super::math;

/// What the three projections gave, each `[tokens, heads × size]`.
#[derive(Clone, Copy)]
pub struct States<'a> {
    /// How many heads share the hidden size.
    pub heads: usize,
    /// The width of a hidden state.
    pub hidden: usize,
    /// What each token looks for.
    pub query: &'a [f32],
    /// What each token can be found by.
    pub key: &'a [f32],
    /// What each token hands on.
    pub value: &'a [f32],
}

impl States<'_> {
    #[inline(always)]
    fn each_head(&self) -> impl Iterator<Item = Head> + use<> {
        let (hidden, size) = (self.hidden, self.hidden / self.heads);
        (0..hidden).step_by(size).map(move |first| Head { first, size, hidden })
    }
}

/// Buffers of one head.
#[derive(Default)]
pub struct Attention {
    values: Panels,
    weighing: Weighing,
}

/// What the weights of four queries at a time are made from.
#[derive(Default)]
struct Weighing {
    queries: QuantizedRows,
    keys: Panels,
    /// `[4, keys]`.
    scores: Vec<f32>,
    /// `[keys / 2][4][2]`.
    weights: Vec<i16>,
}

impl Weighing {
    /// Gives `then` the weights of four queries of a head after the other, what one
    /// step of each is worth, and their part of `beside`.
    #[inline(always)]
    fn each<I: Instructions, T>(
        &mut self,
        head: Head,
        states: States<'_>,
        beside: impl Iterator<Item = T>,
        mut then: impl FnMut(&[i16], &[f32; ROWS], T),
    ) {
        let Self { queries, keys, scores, weights } = self;
        let tokens = states.query.len() / states.hidden;
        let columns = tokens.next_multiple_of(COLUMNS);
        scores.clear();
        scores.resize(ROWS * columns, 0.0);
        weights.clear();
        weights.resize(pairs_of(tokens) * ROWS * 2, 0);
        quantize_queries::<I>(head, states.query, queries);
        quantize_keys::<I::F32>(head, states.key, keys);
        let steps = queries.scales.chunks(ROWS);
        for ((block, steps), beside) in queries.blocks().zip(steps).zip(beside) {
            score::<I>(block, steps, keys, scores);
            let shares = softmax::<I>(scores, columns, tokens, steps.len(), weights);
            then(weights, &shares, beside);
        }
    }
}

/// `[columns / 8][pairs][8][2]` integers, and the step of each column.
#[derive(Default)]
struct Panels {
    pairs: usize,
    integers: Vec<i16>,
    scales: Vec<f32>,
}

impl Panels {
    fn reset(&mut self, columns: usize, inner: usize) {
        self.pairs = pairs_of(inner);
        let columns = columns.next_multiple_of(COLUMNS);
        self.integers.clear();
        self.integers.resize(columns * self.pairs * 2, 0);
        self.scales.clear();
        self.scales.resize(columns, 0.0);
    }

    fn iter(&self) -> impl Iterator<Item = (&[i16], &[f32; COLUMNS])> {
        self.integers.chunks_exact(self.pairs * COLUMNS * 2).zip(self.scales.as_chunks().0)
    }
}

/// The columns of one head in `[tokens, hidden]`.
#[derive(Clone, Copy)]
struct Head {
    first: usize,
    size: usize,
    hidden: usize,
}

impl Head {
    fn rows<'a>(&self, states: &'a [f32]) -> impl Iterator<Item = &'a [f32]> + use<'a> {
        let Self { first, size, hidden } = *self;
        states.chunks_exact(hidden).map(move |state| &state[first..first + size])
    }

    /// Steps of queries and keys that keep the sum of their products in `i32`.
    fn steps(&self) -> f32 {
        (i32::MAX as usize / self.size).isqrt().min(8191) as f32
    }
}

/// Steps of a value.
const VALUE_STEPS: f32 = 8191.0;

/// Below every score: the weight of such a column is nothing.
const NOTHING: f32 = -1e30;

/// Writes `softmax(Q Kᵀ / √size) V` of every head to `context` `[tokens, hidden]`.
///
/// There is no mask: a window holds nothing but its own tokens.
#[inline(always)]
pub fn attend<I: Instructions>(states: States<'_>, buffers: &mut Attention, context: &mut [f32]) {
    let Attention { values, weighing } = buffers;
    for head in states.each_head() {
        quantize_values::<I::F32>(head, states.value, values);
        let outputs = context.chunks_mut(ROWS * states.hidden);
        weighing.each::<I, _>(head, states, outputs, |weights, shares, context| {
            mix::<I>(weights, shares, values, head, context);
        });
    }
}

/// Writes `[tokens, heads]` sums over the queries: a token's weight in each, times
/// the query's own of `scales`.
#[inline(always)]
pub fn handed_on<I: Instructions>(
    states: States<'_>,
    scales: &[f32],
    buffers: &mut Attention,
    sums: &mut [f32],
) {
    sums.fill(0.0);
    for (index, head) in states.each_head().enumerate() {
        let scales = scales.chunks(ROWS);
        buffers.weighing.each::<I, _>(head, states, scales, |weights, shares, scales| {
            let sums = sums.iter_mut().skip(index).step_by(states.heads);
            hand_on(weights, shares, scales, sums);
        });
    }
}

/// Queries by token, already divided by √size.
#[inline(always)]
fn quantize_queries<I: Instructions>(head: Head, query: &[f32], to: &mut QuantizedRows) {
    let steps = head.steps();
    let root = (head.size as f32).sqrt();
    to.reset(query.len() / head.hidden, head.size);
    for (query, (scales, block)) in query.chunks(ROWS * head.hidden).zip(to.blocks_mut()) {
        let rows = four(head.rows(query));
        let largest = math::largest_magnitudes::<I::F32>(rows);
        quantize_block::<I>(rows, largest.map(|largest| inverse_step(largest, steps)), block);
        let scales = scales.iter_mut().zip(largest);
        scales.for_each(|(scale, largest)| *scale = largest / (steps * root));
    }
}

/// Keys as columns.
#[inline(always)]
fn quantize_keys<V: Lanes>(head: Head, key: &[f32], to: &mut Panels) {
    let steps = head.steps();
    to.reset(key.len() / head.hidden, head.size);
    let panel_len = to.pairs * COLUMNS * 2;
    for (column, key) in head.rows(key).enumerate() {
        let largest = math::largest_magnitude::<V>(key);
        to.scales[column] = largest / steps;
        let panel = &mut to.integers[column / COLUMNS * panel_len..][..panel_len];
        let from = 2 * (column % COLUMNS);
        spread::<V>(key, inverse_step(largest, steps), &mut panel[from..]);
    }
}

/// Writes `factor × x`, rounded, as one column of a panel.
#[inline(always)]
fn spread<V: Lanes>(x: &[f32], factor: f32, panel: &mut [i16]) {
    let mut slots = panel.chunks_mut(2 * COLUMNS);
    for chunk in x.chunks(COLUMNS) {
        let integers = (math::load::<V>(chunk) * V::splat(factor)).round();
        // A length that is not known beforehand would be a call for each pair.
        for (pair, slot) in integers.as_chunks::<2>().0.iter().zip(&mut slots) {
            slot[..2].copy_from_slice(pair);
        }
    }
}

/// Values as rows of their panels, tokens in pairs; each column has one step for
/// the whole window.
#[inline(always)]
fn quantize_values<V: Lanes>(head: Head, value: &[f32], to: &mut Panels) {
    let tokens = value.len() / head.hidden;
    to.reset(head.size, tokens);
    let panels = to.integers.chunks_exact_mut(to.pairs * COLUMNS * 2);
    for (panel, (p, scales)) in panels.zip(to.scales.as_chunks_mut().0.iter_mut().enumerate()) {
        let lanes =
            |row: &[f32]| -> V { math::load(&row[p * COLUMNS..head.size.min((p + 1) * COLUMNS)]) };
        let largest = |largest: V, row| largest.max(lanes(row).abs());
        head.rows(value).fold(V::splat(0.0), largest).store(scales);
        let factors = V::load(&scales.map(|largest| inverse_step(largest, VALUE_STEPS)));
        *scales = scales.map(|largest| largest / VALUE_STEPS);
        for (token, row) in head.rows(value).enumerate() {
            let pair = &mut panel[token / 2 * COLUMNS * 2..][..COLUMNS * 2];
            let integers = (lanes(row) * factors).round();
            for (slot, integer) in pair[token % 2..].iter_mut().step_by(2).zip(integers) {
                *slot = integer;
            }
        }
    }
}

/// `[4, keys]` scores of a block of queries.
#[inline(always)]
fn score<I: Instructions>(queries: &[i16], steps: &[f32], keys: &Panels, scores: &mut [f32]) {
    let columns = keys.scales.len();
    for (p, (panel, scales)) in keys.iter().enumerate() {
        let tile = I::tile(queries, panel);
        let scales = I::F32::load(scales);
        let rows = scores.chunks_exact_mut(columns);
        for (scores, (sums, &step)) in rows.zip(tile.iter().zip(steps)) {
            let scores = scores.as_chunks_mut().0;
            (I::F32::from_i32(sums) * (scales * I::F32::splat(step))).store(&mut scores[p]);
        }
    }
}

/// Turns the first `rows` of `[4, columns]` scores into integers in proportion to
/// the exponentials of their first `tokens`; gives what one of them is worth.
#[inline(always)]
fn softmax<I: Instructions>(
    scores: &mut [f32],
    columns: usize,
    tokens: usize,
    rows: usize,
    weights: &mut [i16],
) -> [f32; ROWS] {
    let (mut factors, mut shares) = ([0.0; ROWS], [0.0; ROWS]);
    for (row, scores) in scores.chunks_exact_mut(columns).enumerate().take(rows) {
        scores[tokens..].fill(NOTHING);
        let total = exponentials::<I::F32>(scores);
        // As many steps as keep the weighted sum of values in `i32`, rounding included.
        let steps = (i32::MAX as f32 / VALUE_STEPS - tokens as f32) / total;
        factors[row] = steps.min(32767.0);
        shares[row] = 1.0 / (factors[row] * total);
    }
    quantize_block::<I>(four(scores.chunks_exact(columns)), factors, weights);
    shares
}

/// Replaces scores, whole lanes of them, by the exponentials of their distance to
/// the largest; gives the sum.
#[inline(always)]
fn exponentials<V: Lanes>(scores: &mut [f32]) -> f32 {
    let chunks = scores.as_chunks_mut::<COLUMNS>().0;
    let largest = chunks.iter().fold(V::splat(NOTHING), |max, x| max.max(V::load(x))).largest();
    let mut sums = V::splat(0.0);
    for chunk in chunks {
        let power = math::exp(V::load(chunk) - V::splat(largest));
        power.store(chunk);
        sums = sums + power;
    }
    sums.sum()
}

/// Writes the weighted sums of values of a block of queries.
#[inline(always)]
fn mix<I: Instructions>(
    weights: &[i16],
    shares: &[f32; ROWS],
    values: &Panels,
    head: Head,
    context: &mut [f32],
) {
    for (p, (panel, scales)) in values.iter().enumerate() {
        let tile = I::tile(weights, panel);
        let scales = I::F32::load(scales);
        let columns = p * COLUMNS..head.size.min((p + 1) * COLUMNS);
        let rows = context.chunks_exact_mut(head.hidden);
        for (context, (sums, &share)) in rows.zip(tile.iter().zip(shares)) {
            let out = &mut context[head.first..][columns.clone()];
            let mixed = I::F32::from_i32(sums) * (scales * I::F32::splat(share));
            update(out, |_| mixed);
        }
    }
}

/// Adds each key's weights in a block of queries, times the queries' scales, to its sum.
#[inline(always)]
fn hand_on<'a>(
    weights: &[i16],
    shares: &[f32; ROWS],
    scales: &[f32],
    sums: impl Iterator<Item = &'a mut f32>,
) {
    let mut factors = [0.0; ROWS];
    for (factor, (share, scale)) in factors.iter_mut().zip(shares.iter().zip(scales)) {
        *factor = share * scale;
    }
    for (key, sum) in sums.enumerate() {
        let column = &weights[key / 2 * ROWS * 2 + key % 2..];
        for (&weight, factor) in column.iter().step_by(2).zip(factors) {
            *sum += f32::from(weight) * factor;
        }
    }
}
