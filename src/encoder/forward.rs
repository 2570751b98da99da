//! The forward pass: one window of word pieces to hidden states.

use super::kernels::{Attention, Kernel, PackedLinear, QuantizedRows, States, Then};
use super::weights::{Embeddings, Layer, LayerNorm, Weights};

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

/// The encoder, packed once for the kernels.
pub struct Encoder {
    kernel: &'static dyn Kernel,
    heads: usize,
    hidden: usize,
    embeddings: Embeddings,
    layers: Vec<PackedLayer>,
}

/// Buffers that outlive a call: they grow with the longest window, then no call
/// allocates.
#[derive(Default)]
pub struct Scratch {
    x: Vec<f32>,
    quantized: QuantizedRows,
    panel: Vec<i16>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    context: Vec<f32>,
    wide: Vec<f32>,
    attention: Attention,
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
        let Scratch { x, quantized, panel, query, key, value, context, wide, attention } = s;
        kernel.quantize(x, hidden, quantized);
        for (layer, out) in
            [(&self.query, &mut *query), (&self.key, &mut *key), (&self.value, &mut *value)]
        {
            kernel.linear(layer, quantized, panel, out, Then::Store);
        }
        kernel.attend(States { heads, hidden, query, key, value }, attention, context);

        kernel.quantize(context, hidden, quantized);
        kernel.linear(&self.attention_out, quantized, panel, x, Then::AddTo);
        normalize(kernel, x, &self.attention_norm);

        kernel.quantize(x, hidden, quantized);
        kernel.linear(&self.feed_forward_in, quantized, panel, wide, Then::Gelu);
        kernel.quantize(wide, self.feed_forward_in.outputs, quantized);
        kernel.linear(&self.feed_forward_out, quantized, panel, x, Then::AddTo);
        normalize(kernel, x, &self.output_norm);
    }
}

fn normalize(kernel: &dyn Kernel, x: &mut [f32], norm: &LayerNorm) {
    kernel.normalize(x, &norm.weight, &norm.bias);
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
        for states in
            [&mut scratch.query, &mut scratch.key, &mut scratch.value, &mut scratch.context]
        {
            states.resize(ids.len() * self.hidden, 0.0);
        }
        for layer in &self.layers {
            scratch.wide.resize(ids.len() * layer.feed_forward_in.outputs, 0.0);
            layer.apply(self.kernel, self.heads, self.hidden, scratch);
        }
        &scratch.x
    }

    fn embed(&self, ids: &[u32], x: &mut Vec<f32>) {
        x.resize(ids.len() * self.hidden, 0.0);
        self.embeddings.sum(ids, x);
        normalize(self.kernel, x, &self.embeddings.norm);
    }

    /// What the head multiplies with.
    pub fn kernel(&self) -> &'static dyn Kernel {
        self.kernel
    }
}
