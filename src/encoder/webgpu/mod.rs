//! DistilBERT on a graphics processor, over the weights of the processor's engine:
//! int8, by output, multiplied four at once or unpacked as they are multiplied, to
//! floats of 32 or of 16 bits, whichever is the fastest on the device.
//!
//! Several windows make one submission. They lie one after the other without
//! padding, and every number is computed in the same order wherever its window
//! lies: what stands beside a text changes none of its scores.

mod activations;
mod device;
mod fastest;
mod network;
mod stopwatch;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use super::credit::Pool;
use super::weights::{Embeddings, Head, Weights};
use super::{Sizes, Window, onnx};
use crate::artefact::Contents;
use crate::error::{Error, ErrorKind, Result};
use activations::Activations;
use device::{Device, failed};
use network::{Network, Products, floats};

/// The most tokens of one submission; buffers stay within what every WebGPU
/// device has.
const MAX_TOKENS: usize = 8192;
/// The fewest that buffers are made for: they double from there.
const MIN_TOKENS: usize = 256;

/// A DistilBERT on an open device.
pub struct WebGpu {
    device: Device,
    network: Network,
    embeddings: Embeddings,
    head: Head,
    sizes: Sizes,
    /// Grown to the longest submission; taken out while a call uses them.
    activations: Mutex<Option<Activations>>,
}

impl WebGpu {
    /// Reads a DistilBERT with `heads` attention heads, opens the device that the
    /// system prefers for heavy work, and sends it the weights.
    ///
    /// # Errors
    /// [`crate::ErrorKind::WebGpuUnavailable`] without a device,
    /// [`crate::ErrorKind::WebGpuFailed`] where it refuses a shader or the weights,
    /// [`crate::ErrorKind::ModelUnsupported`] for shapes that the shaders cannot run.
    pub async fn open(onnx: &impl Contents, heads: usize) -> Result<Self> {
        Self::new(onnx::read(onnx, heads)?).await
    }

    async fn new(weights: Weights) -> Result<Self> {
        let device = Device::open().await?;
        let products = fastest::fastest(&device, &weights).await?;
        Self::with(device, products, weights)
    }

    fn with(device: Device, products: Products, weights: Weights) -> Result<Self> {
        let pool = match (&weights.head, weights.layers.last()) {
            (Head::MeanPool(linear), Some(last)) => Some(Pool::new(linear.clone(), last)),
            _ => None,
        };
        let (norm, layers) = (&weights.embeddings.norm, &weights.layers);
        let network = Network::new(&device, products, weights.heads, norm, layers, pool.as_ref())?;
        device.check()?;
        let sizes = Sizes::of(&weights.embeddings, &weights.head);
        Ok(Self {
            device,
            network,
            embeddings: weights.embeddings,
            head: weights.head,
            sizes: Sizes { max_positions: sizes.max_positions.min(MAX_TOKENS), ..sizes },
            activations: Mutex::default(),
        })
    }

    /// What a tokenizer has to agree with.
    #[cfg(feature = "webgpu")]
    pub(super) fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// Runs windows of word pieces, each as if it were alone.
    ///
    /// # Errors
    /// [`crate::ErrorKind::WebGpuFailed`]: the device is lost, out of memory,
    /// hung, or gives what cannot be logits; [`crate::ErrorKind::ModelUnsupported`]
    /// for pieces that the model does not know, and for windows that are empty or
    /// longer than its positions.
    pub async fn run(&self, windows: &[Vec<u32>]) -> Result<Vec<Window>> {
        let known = |ids: &Vec<u32>| ids.iter().all(|&id| (id as usize) < self.sizes.vocabulary);
        let fits = |ids: &Vec<u32>| (1..=self.sizes.max_positions).contains(&ids.len());
        if !windows.iter().all(|ids| fits(ids) && known(ids)) {
            let message = "These are no windows of this model.";
            return Err(Error::new(ErrorKind::ModelUnsupported, message));
        }
        let mut answers = Vec::with_capacity(windows.len());
        let mut rest = windows;
        while !rest.is_empty() {
            let mut tokens = 0;
            let fits = rest.iter().take_while(|ids| {
                tokens += ids.len();
                tokens <= MAX_TOKENS
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            answers.extend(self.submit(now).await?);
            rest = later;
        }
        Ok(answers)
    }

    async fn submit(&self, windows: &[Vec<u32>]) -> Result<Vec<Window>> {
        let width = self.network.width;
        let tokens = windows.iter().map(Vec::len).sum();
        let mut states = vec![0.0; tokens * width];
        let mut ranges = Vec::with_capacity(tokens * 8);
        let mut start = 0;
        for ids in windows {
            let end = start + ids.len();
            self.embeddings.sum(ids, &mut states[start * width..end * width]);
            let range = [start as u32, end as u32].map(u32::to_le_bytes).concat();
            ids.iter().for_each(|_| ranges.extend(&range));
            start = end;
        }

        let kept = self.activations.lock().unwrap_or_else(PoisonError::into_inner).take();
        let own = kept.filter(|kept| kept.capacity >= tokens).unwrap_or_else(|| {
            let capacity = tokens.next_power_of_two().max(MIN_TOKENS);
            Activations::new(&self.device, &self.network, self.sizes.labels, capacity)
        });
        let queue = &self.device.queue;
        queue.write_buffer(&own.shape, 0, &[tokens as u32, 0, 0, 0].map(u32::to_le_bytes).concat());
        queue.write_buffer(&own.windows, 0, &ranges);
        queue.write_buffer(&own.x, 0, &floats(&states));
        let mut encoder = self.device.device.create_command_encoder(&Default::default());
        own.record(&mut encoder, tokens);
        let values = match &self.head {
            Head::MeanPool(_) => {
                let values = tokens * self.sizes.labels;
                encoder.copy_buffer_to_buffer(&own.shares, 0, &own.answer, 0, values as u64 * 4);
                values
            }
            Head::FirstToken { .. } => {
                let bytes = width as u64 * 4;
                let mut first = 0;
                for (at, ids) in (0..).zip(windows) {
                    let from = first * bytes;
                    encoder.copy_buffer_to_buffer(&own.x, from, &own.answer, at * bytes, bytes);
                    first += ids.len() as u64;
                }
                windows.len() * width
            }
        };
        queue.submit([encoder.finish()]);
        // After a failure they may be half mapped: they are not kept.
        let values = self.device.read(&own.answer, values).await?;
        *self.activations.lock().unwrap_or_else(PoisonError::into_inner) = Some(own);
        self.answers(windows, &values)
    }

    fn answers(&self, windows: &[Vec<u32>], values: &[f32]) -> Result<Vec<Window>> {
        let mut rest = values;
        let per_window = |ids: &Vec<u32>| {
            let length = match &self.head {
                Head::MeanPool(linear) => ids.len() * linear.bias.len(),
                Head::FirstToken { .. } => self.network.width,
            };
            let (own, later) = rest.split_at(length);
            rest = later;
            let window = match &self.head {
                Head::MeanPool(linear) => Window::of_contributions(own.to_vec(), &linear.bias),
                Head::FirstToken { pre_classifier, classifier } => {
                    Window::of_first_token(pre_classifier, classifier, own)
                }
            };
            let sound = plausible(own) && plausible(&window.logits);
            sound.then_some(window).ok_or_else(failed)
        };
        windows.iter().map(per_window).collect()
    }
}

/// Whether a network can have given these: numbers, and not all the same.
fn plausible(values: &[f32]) -> bool {
    let all_equal = values.len() > 1 && values.iter().all(|value| *value == values[0]);
    values.iter().all(|value| value.is_finite()) && !all_equal
}
