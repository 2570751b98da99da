//! Whether the shapes in a file make a DistilBERT.

use super::weights::{DenseLinear, Embeddings, Head, Layer, LayerNorm, Linear, Weights};
use crate::error::{Error, ErrorKind, Result};

impl<L> Weights<L> {
    /// Checks that all shapes but those of the layers fit together.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`].
    pub fn check(self) -> Result<Self> {
        let Embeddings { positions, norm, .. } = &self.embeddings;
        let d = self.embeddings.hidden();
        let fits = d > 0
            && self.heads > 0
            && d.is_multiple_of(self.heads)
            && positions.len() >= d
            && positions.len().is_multiple_of(d)
            && norm.fits(d)
            && self.head.fits(d);
        checked(fits, self)
    }
}

impl Layer {
    /// Checks that its shapes fit a hidden size.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`].
    pub fn check(self, hidden: usize) -> Result<Self> {
        let [wide, _] = self.feed_forward_in.weight.dims();
        let fits = [&self.query, &self.key, &self.value, &self.attention_out]
            .into_iter()
            .all(|square| square.fits(hidden, hidden))
            && self.feed_forward_in.fits(hidden, wide)
            && self.feed_forward_out.fits(wide, hidden)
            && self.attention_norm.fits(hidden)
            && self.output_norm.fits(hidden);
        checked(fits, self)
    }
}

impl Linear {
    fn fits(&self, inputs: usize, outputs: usize) -> bool {
        self.weight.dims() == [outputs, inputs] && self.bias.len() == outputs
    }
}

impl DenseLinear {
    fn fits(&self, inputs: usize) -> bool {
        !self.bias.is_empty() && self.weight.len() == self.bias.len() * inputs
    }
}

impl LayerNorm {
    fn fits(&self, hidden: usize) -> bool {
        self.weight.len() == hidden && self.bias.len() == hidden
    }
}

impl Head {
    fn fits(&self, hidden: usize) -> bool {
        match self {
            Self::MeanPool(linear) => linear.fits(hidden),
            Self::FirstToken { pre_classifier, classifier } => {
                pre_classifier.fits(hidden)
                    && pre_classifier.bias.len() == hidden
                    && classifier.fits(hidden)
            }
        }
    }
}

/// What is checked, where it fits.
///
/// # Errors
/// [`misfit`].
pub fn checked<T>(fits: bool, whole: T) -> Result<T> {
    if fits { Ok(whole) } else { Err(misfit()) }
}

/// What is said of a file whose parts do not fit together.
pub fn misfit() -> Error {
    Error::new(
        ErrorKind::ModelUnsupported,
        "The shapes in this ONNX file do not make a DistilBERT; export it again.",
    )
}
