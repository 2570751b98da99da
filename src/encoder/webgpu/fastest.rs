//! Which way of multiplying is the faster one on a device: adapters without an
//! instruction for packed products do them step by step.

use super::activations::Activations;
use super::device::Device;
use super::network::{Network, Products};
use crate::encoder::Weights;
use crate::error::Result;

/// Tokens that are multiplied to tell: enough to fill a device.
const TOKENS: usize = 256;
/// How often; the first time, shaders are compiled.
const ROUNDS: usize = 4;

/// Runs the first layer both ways.
///
/// # Errors
/// As [`Network::new`] and [`Device::read`].
pub async fn fastest(device: &Device, weights: &Weights) -> Result<Products> {
    if !device.packs {
        return Ok(Products::Floats);
    }
    let layers = weights.layers.get(..1).unwrap_or_default();
    let mut best = (f64::INFINITY, Products::Floats);
    for products in [Products::Floats, Products::Packed] {
        let norm = &weights.embeddings.norm;
        let network = Network::new(device, products, weights.heads, norm, layers, None)?;
        let activations = Activations::new(device, &network, 0, TOKENS);
        for round in 0..ROUNDS {
            let watch = Stopwatch::start();
            let mut encoder = device.device.create_command_encoder(&Default::default());
            activations.record(&mut encoder, TOKENS);
            device.queue.submit([encoder.finish()]);
            device.read(&activations.answer, 1).await?;
            let took = watch.milliseconds();
            if round > 0 && took < best.0 {
                best = (took, products);
            }
        }
    }
    Ok(best.1)
}

#[cfg(not(target_arch = "wasm32"))]
struct Stopwatch(std::time::Instant);

#[cfg(not(target_arch = "wasm32"))]
impl Stopwatch {
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn milliseconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1e3
    }
}

#[cfg(target_arch = "wasm32")]
struct Stopwatch(f64);

#[cfg(target_arch = "wasm32")]
impl Stopwatch {
    fn start() -> Self {
        Self(Self::now())
    }

    fn milliseconds(&self) -> f64 {
        Self::now() - self.0
    }

    fn now() -> f64 {
        use wasm_bindgen::JsCast;
        let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into());
        performance.map_or(0.0, |found| found.unchecked_into::<web_sys::Performance>().now())
    }
}
