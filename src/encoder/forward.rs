//! The forward pass: one window of word pieces to hidden states.

use super::credit::Credit;
use super::kernels::{Attention, Kernel, PackedLinear, QuantizedRows, States, Then};
use super::weights::{Embeddings, Layer, LayerNorm};

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
    /// `[tokens]` each: one over the deviation of a token's state, before either of a
    /// layer's norms.
    inverse_deviations: [Vec<f32>; 2],
    credit: Credit,
}

impl PackedLayer {
    fn new(layer: Layer, kernel: &dyn Kernel) -> Self {
        let pack = |linear| PackedLinear::new(linear, kernel);
        Self {
            query: pack(layer.query),
            key: pack(layer.key),
            value: pack(layer.value),
            attention_out: pack(layer.attention_out),
            attention_norm: layer.attention_norm,
            feed_forward_in: pack(layer.feed_forward_in),
            feed_forward_out: pack(layer.feed_forward_out),
            output_norm: layer.output_norm,
        }
    }

    fn apply(&self, kernel: &dyn Kernel, heads: usize, hidden: usize, s: &mut Scratch) {
        let Scratch { x, quantized, panel, query, key, value, context, wide, .. } = s;
        let [after_attention, after_feed_forward] = &mut s.inverse_deviations;
        kernel.quantize(x, hidden, quantized);
        for (layer, out) in
            [(&self.query, &mut *query), (&self.key, &mut *key), (&self.value, &mut *value)]
        {
            kernel.linear(layer, quantized, panel, out, Then::Store);
        }
        kernel.attend(States { heads, hidden, query, key, value }, &mut s.attention, context);

        kernel.quantize(context, hidden, quantized);
        kernel.linear(&self.attention_out, quantized, panel, x, Then::AddTo);
        normalize(kernel, x, &self.attention_norm, after_attention);

        kernel.quantize(x, hidden, quantized);
        kernel.linear(&self.feed_forward_in, quantized, panel, wide, Then::Gelu);
        kernel.quantize(wide, self.feed_forward_in.outputs, quantized);
        kernel.linear(&self.feed_forward_out, quantized, panel, x, Then::AddTo);
        normalize(kernel, x, &self.output_norm, after_feed_forward);
    }
}

fn normalize(kernel: &dyn Kernel, x: &mut [f32], norm: &LayerNorm, inverses: &mut [f32]) {
    kernel.normalize(x, &norm.weight, &norm.bias, inverses);
}

impl Encoder {
    /// An encoder without layers.
    pub fn new(heads: usize, embeddings: Embeddings, kernel: &'static dyn Kernel) -> Self {
        Self { kernel, heads, hidden: embeddings.hidden(), embeddings, layers: Vec::new() }
    }

    /// Packs a layer, which goes on top of the others.
    pub fn push(&mut self, layer: Layer) {
        self.layers.push(PackedLayer::new(layer, self.kernel));
    }

    /// The hidden states `[tokens, hidden]` of one window.
    ///
    /// `ids` are below the vocabulary size and at most the model's positions
    /// in number; [`super::DistilBert`] sees to both.
    pub fn hidden_states<'s>(&self, ids: &[u32], scratch: &'s mut Scratch) -> &'s [f32] {
        scratch.inverse_deviations.iter_mut().for_each(|inverses| inverses.resize(ids.len(), 0.0));
        self.embed(ids, scratch);
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

    /// The same, and `[tokens, hidden]` of what is to be credited to other tokens than
    /// those that hold it: see [`Credit::moved`].
    pub fn credited_states<'s>(
        &self,
        ids: &[u32],
        scratch: &'s mut Scratch,
    ) -> (&'s [f32], &'s [f32]) {
        self.hidden_states(ids, scratch);
        let Scratch {
            x, query, key, value, context, attention, inverse_deviations, credit, ..
        } = scratch;
        let [scales, others] = inverse_deviations;
        scales.iter_mut().zip(others).for_each(|(scale, other)| *scale *= *other);
        let states = States { heads: self.heads, hidden: self.hidden, query, key, value };
        (x, credit.moved(self.kernel, states, context, scales, attention))
    }

    fn embed(&self, ids: &[u32], scratch: &mut Scratch) {
        let Scratch { x, inverse_deviations: [inverses, _], .. } = scratch;
        x.resize(ids.len() * self.hidden, 0.0);
        self.embeddings.sum(ids, x);
        normalize(self.kernel, x, &self.embeddings.norm, inverses);
    }

    /// What the head multiplies with.
    pub fn kernel(&self) -> &'static dyn Kernel {
        self.kernel
    }
}
