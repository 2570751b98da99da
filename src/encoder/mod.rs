//! DistilBERT over a text of any length: word pieces, windows, logits, and
//! what each piece adds to them.

mod blocks;
mod credit;
mod forward;
pub mod kernels;
mod onnx;
mod reading;
mod shapes;
mod tokenize;
#[cfg(feature = "tract")]
mod tract;
#[cfg(feature = "gpu")]
mod webgpu;
mod weights;
mod windows;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use reading::{Contributions, Reading, Window};
pub use tokenize::{Pieces, WordPieces};
#[cfg(feature = "gpu")]
pub use webgpu::WebGpu;
pub use weights::{Linear, QuantizedMatrix, Weight};
pub use windows::Windows;

use crate::artefact::Contents;
use crate::error::{Error, ErrorKind, Result};
use crate::genre::LARGEST;
use credit::Pool;
use forward::{Encoder, Scratch};
use kernels::Kernel;
use shapes::misfit;
use weights::{DenseLinear, Embeddings, Head, Layers, Weights};

/// The most word pieces of a title that are read, as in training.
const MAX_TITLE_PIECES: usize = 24;

/// A classifier over word pieces, read from an ONNX file.
pub enum Model {
    /// Our engine.
    Fast(Box<Fast>),
    /// The second one.
    #[cfg(feature = "tract")]
    Tract(tract::TractModel),
    /// Ours on a graphics processor.
    #[cfg(feature = "webgpu")]
    WebGpu(Box<WebGpu>),
}

/// A DistilBERT on our kernels.
pub struct Fast {
    encoder: Encoder,
    readout: Readout,
    sizes: Sizes,
}

/// How the states of a window become its answer.
enum Readout {
    MeanPool(Pool),
    FirstToken { pre_classifier: DenseLinear, classifier: DenseLinear },
}

/// What a tokenizer and a manifest have to agree with.
#[derive(Clone, Copy)]
struct Sizes {
    vocabulary: usize,
    /// The most tokens of a window.
    max_positions: usize,
    labels: usize,
}

impl Sizes {
    fn of(embeddings: &Embeddings, head: &Head) -> Self {
        let [vocabulary, _] = embeddings.words.dims();
        Self { vocabulary, max_positions: embeddings.max_positions(), labels: head.labels() }
    }
}

impl Model {
    /// A DistilBERT with `heads` attention heads, for our engine on the fastest
    /// kernel that runs here. The file is read layer by layer.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`].
    pub fn fast(onnx: &impl Contents, heads: usize) -> Result<Self> {
        Ok(Self::Fast(Box::new(Fast::read(onnx, heads, kernels::best())?)))
    }

    /// Any text classifier, run by tract: an independent second opinion without
    /// contributions.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] where tract refuses the file.
    #[cfg(feature = "tract")]
    pub fn tract(onnx: bytes::Bytes) -> Result<Self> {
        tract::TractModel::new(onnx).map(Self::Tract)
    }

    /// A DistilBERT with `heads` attention heads on the graphics processor that the
    /// system prefers, through WebGPU.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`], [`ErrorKind::WebGpuUnavailable`],
    /// [`ErrorKind::WebGpuFailed`].
    #[cfg(feature = "webgpu")]
    pub fn webgpu(onnx: &impl Contents, heads: usize) -> Result<Self> {
        let model = pollster::block_on(WebGpu::open(onnx, heads))?;
        Ok(Self::WebGpu(Box::new(model)))
    }

    /// The sizes of a DistilBERT of ours.
    fn sizes(&self) -> Option<Sizes> {
        match self {
            Self::Fast(fast) => Some(fast.sizes),
            // What tract runs is not looked into.
            #[cfg(feature = "tract")]
            Self::Tract(_) => None,
            #[cfg(feature = "webgpu")]
            Self::WebGpu(model) => Some(model.sizes()),
        }
    }

    fn fits(&self, tokenizer: &WordPieces, windows: Windows, labels: usize) -> bool {
        self.sizes().is_none_or(|sizes| {
            windows.pieces() + 2 <= sizes.max_positions
                && tokenizer.vocabulary() <= sizes.vocabulary
                && (tokenizer.cls.max(tokenizer.sep) as usize) < sizes.vocabulary
                && sizes.labels == labels
        })
    }
}

/// A loaded classifier.
pub struct DistilBert {
    tokenizer: Arc<WordPieces>,
    model: Model,
    windows: Windows,
    labels: usize,
}

/// Buffers that outlive a call, one set for each thread.
#[derive(Default)]
pub struct Workspace(Scratch);

impl DistilBert {
    /// A model with its tokenizer, for texts cut into `windows`, that gives
    /// `labels` logits.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] where they do not belong together.
    pub fn new(
        model: Model,
        tokenizer: Arc<WordPieces>,
        windows: Windows,
        labels: usize,
    ) -> Result<Self> {
        if model.fits(&tokenizer, windows, labels) {
            return Ok(Self { tokenizer, model, windows, labels });
        }
        let message = "The model, its tokenizer and its manifest do not belong together.";
        Err(Error::new(ErrorKind::ModelUnsupported, message))
    }

    /// How many logits it gives.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// Splits a text into pieces and windows, ready to be run. A title stands,
    /// with a colon, before every window of its text.
    ///
    /// # Errors
    /// [`ErrorKind::TokenizerInvalid`].
    pub fn start(&self, title: Option<&str>, text: &str) -> Result<Reading> {
        let mut pieces = self.split(text)?;
        let mut title = match title {
            Some(title) => self.split(&format!("{title}:"))?,
            None => Pieces::default(),
        };
        let title_pieces = title.ids.len();
        title.ids.truncate(MAX_TITLE_PIECES.min(self.windows.pieces() / 2));
        let windows = self.windows.beside(title.ids.len());
        let read = windows.read(pieces.ids.len());
        let unread_from = pieces.bytes.get(read).map(|bytes| bytes.start);
        pieces.ids.truncate(read);
        pieces.bytes.truncate(read);
        let title_is_cut = title.ids.len() < title_pieces;
        let windows = windows.cut(read);
        Ok(Reading::new(title.ids, title_is_cut, pieces, windows, unread_from, self.labels))
    }

    /// The pieces of a text, all of which the model knows.
    fn split(&self, text: &str) -> Result<Pieces> {
        let pieces = self.tokenizer.split(text)?;
        let known = self.model.sizes().map_or(usize::MAX, |sizes| sizes.vocabulary);
        if pieces.ids.iter().any(|&id| id as usize >= known) {
            let message = "The tokenizer knows word pieces that the model does not.";
            return Err(Error::new(ErrorKind::TokenizerInvalid, message));
        }
        Ok(pieces)
    }

    /// Runs the next window of a reading; true when none is left.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] where tract fails, or a logit is not a number
    /// within ± [`LARGEST`]; [`ErrorKind::WebGpuFailed`] where a graphics processor
    /// fails.
    pub fn step(&self, reading: &mut Reading, workspace: &mut Workspace) -> Result<bool> {
        self.step_all([&mut *reading], workspace)?;
        Ok(reading.is_done())
    }

    /// Runs the next window of each reading that has one; a graphics processor runs
    /// them side by side. No score depends on what else is run.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn step_all<'r>(
        &self,
        readings: impl IntoIterator<Item = &'r mut Reading>,
        workspace: &mut Workspace,
    ) -> Result<()> {
        let (mut readings, ids): (Vec<_>, Vec<_>) = readings
            .into_iter()
            .filter_map(|reading| self.next_window(reading).map(|ids| (reading, ids)))
            .unzip();
        for (reading, window) in readings.iter_mut().zip(self.run(&ids, workspace)?) {
            self.take_window(reading, window)?;
        }
        Ok(())
    }

    /// The word pieces of a reading's next window, `[CLS]` and `[SEP]` included, for
    /// those who run it elsewhere; none at its end.
    pub fn next_window(&self, reading: &Reading) -> Option<Vec<u32>> {
        let own = reading.next_window()?;
        let mut ids = vec![self.tokenizer.cls];
        ids.extend(own);
        ids.push(self.tokenizer.sep);
        Some(ids)
    }

    /// Takes what [`Self::next_window`] came to.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] where it cannot be this model's answer;
    /// [`ErrorKind::JobState`] where no window is left.
    pub fn take_window(&self, reading: &mut Reading, window: Window) -> Result<()> {
        if window.logits.len() != self.labels {
            let message = "The model gives another number of logits than there are genres.";
            return Err(Error::new(ErrorKind::ModelUnsupported, message));
        }
        if !window.logits.iter().all(|logit| logit.abs() <= LARGEST) {
            let message = "The model gives numbers that mean nothing; take another model.";
            return Err(Error::new(ErrorKind::ModelUnsupported, message));
        }
        reading.add(window)
    }

    fn run(&self, windows: &[Vec<u32>], workspace: &mut Workspace) -> Result<Vec<Window>> {
        match &self.model {
            Model::Fast(fast) => {
                Ok(windows.iter().map(|ids| fast.run(ids, &mut workspace.0)).collect())
            }
            #[cfg(feature = "tract")]
            Model::Tract(model) => {
                let window = |logits| Window { logits, contributions: None };
                windows.iter().map(|ids| model.run(ids).map(window)).collect()
            }
            #[cfg(feature = "webgpu")]
            Model::WebGpu(model) => pollster::block_on(model.run(windows)),
        }
    }

    /// How many texts are worth reading at once.
    pub fn batch(&self) -> usize {
        match &self.model {
            #[cfg(feature = "webgpu")]
            Model::WebGpu(_) => 32,
            _ => 1,
        }
    }

    /// Reads a whole text.
    ///
    /// # Errors
    /// As [`Self::start`] and [`Self::step`].
    pub fn read(
        &self,
        title: Option<&str>,
        text: &str,
        workspace: &mut Workspace,
    ) -> Result<Reading> {
        let mut reading = self.start(title, text)?;
        while !self.step(&mut reading, workspace)? {}
        Ok(reading)
    }
}

impl Fast {
    fn read(onnx: &impl Contents, heads: usize, kernel: &'static dyn Kernel) -> Result<Self> {
        onnx::read_by_layer(onnx, heads, |weights| Self::new(weights, kernel))
    }

    /// Packs a layer once the next is read: the last is needed as the file has it, and no
    /// more than two lie in memory so.
    fn new(weights: Weights<Layers<'_>>, kernel: &'static dyn Kernel) -> Result<Self> {
        let Weights { heads, embeddings, layers, head } = weights;
        let sizes = Sizes::of(&embeddings, &head);
        let mut encoder = Encoder::new(heads, embeddings, kernel);
        let mut last = None;
        for layer in layers {
            if let Some(below) = last.replace(layer?) {
                encoder.push(below);
            }
        }
        let last = last.ok_or_else(misfit)?;
        let readout = match head {
            Head::MeanPool(head) => Readout::MeanPool(Pool::new(head, &last)),
            Head::FirstToken { pre_classifier, classifier } => {
                Readout::FirstToken { pre_classifier, classifier }
            }
        };
        encoder.push(last);
        Ok(Self { encoder, readout, sizes })
    }

    fn run(&self, ids: &[u32], scratch: &mut Scratch) -> Window {
        match &self.readout {
            Readout::MeanPool(pool) => {
                let (states, moved) = self.encoder.credited_states(ids, scratch);
                pool.window(self.encoder.kernel(), states, moved)
            }
            Readout::FirstToken { pre_classifier, classifier } => {
                let states = self.encoder.hidden_states(ids, scratch);
                let first = &states[..states.len() / ids.len()];
                Window::of_first_token(pre_classifier, classifier, first)
            }
        }
    }
}
