//! Credit where it is due: what attention took from one token for another, handed
//! back.
//!
//! After the last layer a token's state holds much that attention brought from
//! others, and a share of the logit computed from the state alone would be
//! credited to the wrong word. With attention weights and standard deviations as they
//! are for this text, what token `t` was brought from token `s` is linear in the
//! value of `s`, all the way to the logits:
//!
//! ```text
//! brought(t, s) = r_t · C · γ₂ P γ₁ P W_o (a_ts v_s)      P x = x − mean(x)
//! ```
//!
//! with the head's weights `C`, the scales `γ₁`, `γ₂` of the last layer's two norms,
//! and `r_t` one over the product of their deviations. Each token's share gives up
//! what it was brought and takes what the others took from it; the sum stays. Layer
//! normalisation and attention are held fixed so by Ali et al. 2022, “XAI for
//! Transformers: Better Explanations through Conservative Propagation”; the parts of
//! an attention's output are those of Kobayashi et al. 2020.

use super::kernels::{Attention, Kernel, States};
use super::reading::Window;
use super::weights::{DenseLinear, Layer};

/// The mean-pooling head: each token's share of each logit is linear in its state and
/// in what is credited to it.
pub struct Pool {
    /// Of states: the head as the model has it.
    pub head: DenseLinear,
    /// Of values: `C γ₂ P γ₁ P W_o`, `[labels, hidden]`.
    pub of_values: Vec<f32>,
}

impl Pool {
    /// The head behind the last layer.
    pub fn new(head: DenseLinear, last: &Layer) -> Self {
        let of_values = through(&head, last);
        Self { head, of_values }
    }

    /// The answer of a window with `[tokens, hidden]` states and as many
    /// [`Credit::moved`] values.
    pub fn window(&self, kernel: &dyn Kernel, states: &[f32], moved: &[f32]) -> Window {
        let labels = self.head.bias.len();
        let width = self.head.weight.len() / labels;
        let tokens = states.len() / width;
        let mut contributions = Vec::with_capacity(tokens * labels);
        for (state, moved) in states.chunks_exact(width).zip(moved.chunks_exact(width)) {
            let rows = self.head.weight.chunks_exact(width).zip(self.of_values.chunks_exact(width));
            let share = |(own, of_values)| kernel.dot(own, state) + kernel.dot(of_values, moved);
            contributions.extend(rows.map(|row| share(row) / tokens as f32));
        }
        Window::of_contributions(contributions, &self.head.bias)
    }
}

/// `C γ₂ P γ₁ P W_o`, `[labels, hidden]`.
fn through(head: &DenseLinear, layer: &Layer) -> Vec<f32> {
    let out = layer.attention_out.weight.quantized();
    let mut product = Vec::with_capacity(head.weight.len());
    for label in 0..head.bias.len() {
        let factors = centred(head.row(label), &layer.output_norm.weight);
        let factors = centred(&factors, &layer.attention_norm.weight);
        let mut row = vec![0.0; out.inputs];
        for (output, (factor, scale)) in factors.iter().zip(&out.scales).enumerate() {
            let factor = factor * scale;
            let weights = row.iter_mut().zip(out.row(output));
            weights.for_each(|(sum, &weight)| *sum += factor * f32::from(weight));
        }
        product.extend(row);
    }
    product
}

/// `γ x`, less its mean.
fn centred(x: &[f32], scale: &[f32]) -> Vec<f32> {
    let scaled: Vec<f32> = x.iter().zip(scale).map(|(x, scale)| x * scale).collect();
    let mean = scaled.iter().sum::<f32>() / scaled.len() as f32;
    scaled.iter().map(|x| x - mean).collect()
}

/// Buffers of [`moved`].
#[derive(Default)]
pub struct Credit {
    handed_on: Vec<f32>,
    moved: Vec<f32>,
}

impl Credit {
    /// `[tokens, hidden]`: the values that others took from each token, less those
    /// that it was brought. `scales` are the `r_t`; `context` is what attention made
    /// of `states`.
    pub fn moved(
        &mut self,
        kernel: &dyn Kernel,
        states: States<'_>,
        context: &[f32],
        scales: &[f32],
        buffers: &mut Attention,
    ) -> &[f32] {
        let States { heads, hidden, value, .. } = states;
        let Self { handed_on, moved } = self;
        handed_on.resize(scales.len() * heads, 0.0);
        kernel.handed_on(states, scales, buffers, handed_on);
        moved.resize(value.len(), 0.0);
        let size = hidden / heads;
        let rows = moved.chunks_exact_mut(size).zip(value.chunks_exact(size));
        let parts = rows.zip(context.chunks_exact(size)).zip(&*handed_on);
        for (part, (((moved, value), context), given)) in parts.enumerate() {
            let scale = scales[part / heads];
            for ((moved, value), context) in moved.iter_mut().zip(value).zip(context) {
                *moved = given * value - scale * context;
            }
        }
        moved
    }
}
