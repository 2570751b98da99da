//! PlotLens: which genres a plot description belongs to, and which words say so.
//!
//! Data flows one way, from text to words and word pieces, through two models,
//! to one [`classify::Classification`]. Nothing imports upwards:
//!
//! - [`error`]: the one error type, with a stable code for each kind of failure.
//! - [`genre`]: genre sets, logits and probabilities, the decision rule.
//! - [`text`]: the user's text within its budget, as words with UTF-16 spans.
//! - [`metrics`]: multi-label metrics and threshold tuning over plain numbers.
//! - [`artefact`]: a model folder: its manifest, and files checked against it.
//! - [`keywords`]: tf-idf and logistic regression: score, explain, train, store.
//! - [`encoder`]: DistilBERT: ONNX to typed weights, word pieces, forward pass.
//! - [`explain`]: how much each word of the text adds to each logit.
//! - [`mod@classify`]: both models over one text: the function the rest exists for.
//! - [`evaluate`]: a labelled file in, a report out.
//! - `wasm`: the JavaScript boundary.

pub mod artefact;
pub mod classify;
pub mod encoder;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod genre;
pub mod keywords;
pub mod metrics;
pub mod text;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use error::{Error, ErrorKind, Result};
