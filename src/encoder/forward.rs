//! The forward pass: one window of word pieces to hidden states.

use super::attention;
use super::kernels::{COLUMNS, Kernel, Packed, QuantizedRows, ROWS};
use super::math;
use super::weights::{Embeddings, Layer, LayerNorm, Linear, Weights};

/// A linear layer laid out for a kernel.
struct PackedLinear {
    weight: Packed,
    scales: Vec<f32>,
    bias: Vec<f32>,
}

struct PackedLayer {
    query: PackedLinear,
    key: PackedLinear,
    value: PackedLinear,
    attention_out: PackedLinear,
    attention_norm: LayerNorm,
    feed_forward_in: PackedLinear,
    feed_forward_out: PackedLinear,
    output_norm: LayerNorm,
}

/// The encoder, packed once for the kernel that runs it.
pub struct Encoder {
    kernel: &'static dyn Kernel,
    heads: usize,
    hidden: usize,
    embeddings: Embeddings,
    layers: Vec<PackedLayer>,
}

/// Buffers that calls of the same length reuse.
#[derive(Default)]
pub struct Scratch {
    x: Vec<f32>,
    quantized: QuantizedRows,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    context: Vec<f32>,
    wide: Vec<f32>,
    attention: attention::Scratch,
}

/// What a linear layer does with its sums.
#[derive(Clone, Copy)]
enum Then {
    Store,
    Gelu,
    AddTo,
}

impl PackedLinear {
    fn new(linear: Linear) -> Self {
        Self {
            weight: Packed::new(&linear.weight),
            scales: linear.weight.scales,
            bias: linear.bias,
        }
    }

    /// `[rows, inputs] -> [rows, outputs]`, into `out`.
    fn apply(&self, kernel: &dyn Kernel, x: &QuantizedRows, out: &mut Vec<f32>, then: Then) {
        let outputs = self.weight.outputs;
        out.resize(x.scales.len() * outputs, 0.0);
        for (panel, first) in self.weight.panels().zip((0..outputs).step_by(COLUMNS)) {
            let columns = COLUMNS.min(outputs - first);
            let scales = &self.scales[first..first + columns];
            let bias = &self.bias[first..first + columns];
            for (block, top) in x.blocks().zip((0..).step_by(ROWS)) {
                let tile = kernel.tile(block, panel);
                for (sums, (row, &step)) in tile.iter().zip((top..).zip(&x.scales[top..])) {
                    let out = &mut out[row * outputs + first..][..columns];
                    finish(out, sums, step, scales, bias, then);
                }
            }
        }
    }
}

/// Scales integer sums back to floats, adds the bias and what follows.
#[inline(always)]
fn finish(
    out: &mut [f32],
    sums: &[i32; COLUMNS],
    step: f32,
    scales: &[f32],
    bias: &[f32],
    then: Then,
) {
    for (((out, &sum), scale), bias) in out.iter_mut().zip(sums).zip(scales).zip(bias) {
        let y = sum as f32 * (scale * step) + bias;
        *out = match then {
            Then::Store => y,
            Then::Gelu => math::gelu(y),
            Then::AddTo => *out + y,
        };
    }
}

impl PackedLayer {
    fn new(layer: Layer) -> Self {
        Self {
            query: PackedLinear::new(layer.query),
            key: PackedLinear::new(layer.key),
            value: PackedLinear::new(layer.value),
            attention_out: PackedLinear::new(layer.attention_out),
            attention_norm: layer.attention_norm,
            feed_forward_in: PackedLinear::new(layer.feed_forward_in),
            feed_forward_out: PackedLinear::new(layer.feed_forward_out),
            output_norm: layer.output_norm,
        }
    }

    fn apply(&self, kernel: &dyn Kernel, heads: usize, hidden: usize, s: &mut Scratch) {
        s.quantized.quantize(&s.x, hidden);
        self.query.apply(kernel, &s.quantized, &mut s.query, Then::Store);
        self.key.apply(kernel, &s.quantized, &mut s.key, Then::Store);
        self.value.apply(kernel, &s.quantized, &mut s.value, Then::Store);
        let states = attention::States { query: &s.query, key: &s.key, value: &s.value };
        attention::attend(states, heads, hidden, &mut s.attention, &mut s.context);

        s.quantized.quantize(&s.context, hidden);
        self.attention_out.apply(kernel, &s.quantized, &mut s.x, Then::AddTo);
        normalize(&mut s.x, &self.attention_norm);

        s.quantized.quantize(&s.x, hidden);
        self.feed_forward_in.apply(kernel, &s.quantized, &mut s.wide, Then::Gelu);
        s.quantized.quantize(&s.wide, self.feed_forward_in.weight.outputs);
        self.feed_forward_out.apply(kernel, &s.quantized, &mut s.x, Then::AddTo);
        normalize(&mut s.x, &self.output_norm);
    }
}

fn normalize(x: &mut [f32], norm: &LayerNorm) {
    for row in x.chunks_exact_mut(norm.weight.len()) {
        math::layer_norm(row, &norm.weight, &norm.bias);
    }
}

impl Encoder {
    /// Packs the weights; the head stays with the caller.
    pub fn new(weights: Weights, kernel: &'static dyn Kernel) -> Self {
        Self {
            kernel,
            heads: weights.heads,
            hidden: weights.hidden(),
            layers: weights.layers.into_iter().map(PackedLayer::new).collect(),
            embeddings: weights.embeddings,
        }
    }

    /// The hidden states `[tokens, hidden]` of one window.
    ///
    /// `ids` are below the vocabulary size and at most the model's positions
    /// in number; [`super::DistilBert`] sees to both.
    pub fn hidden_states<'s>(&self, ids: &[u32], scratch: &'s mut Scratch) -> &'s [f32] {
        self.embed(ids, &mut scratch.x);
        for layer in &self.layers {
            layer.apply(self.kernel, self.heads, self.hidden, scratch);
        }
        &scratch.x
    }

    fn embed(&self, ids: &[u32], x: &mut Vec<f32>) {
        let words = &self.embeddings.words;
        let positions = self.embeddings.positions.chunks_exact(self.hidden);
        x.clear();
        for (&id, position) in ids.iter().zip(positions) {
            let scale = words.scales[id as usize];
            let row = words.row(id as usize).iter().zip(position);
            x.extend(row.map(|(&word, position)| f32::from(word) * scale + position));
        }
        normalize(x, &self.embeddings.norm);
    }
}
