//! Which way of multiplying is the faster one on a device: adapters without an
//! instruction for packed products do them step by step.

use super::activations::Activations;
use super::device::Device;
use super::network::{Network, Products};
use super::stopwatch::Stopwatch;
use crate::encoder::Weights;
use crate::error::Result;

/// Tokens that are multiplied to tell: enough to fill a device.
const TOKENS: usize = 256;
/// How often; the first time, shaders are compiled.
const ROUNDS: usize = 4;
/// The share of the other way's time below which packed products are worth their
/// rounding.
const CLEARLY: f64 = 0.9;

/// Runs the first layer both ways.
///
/// # Errors
/// As [`Network::new`] and [`Device::read`].
pub async fn fastest(device: &Device, weights: &Weights) -> Result<Products> {
    if !device.packs {
        return Ok(Products::Floats);
    }
    let layers = weights.layers.get(..1).unwrap_or_default();
    let norm = &weights.embeddings.norm;
    let ready = |products| -> Result<Activations> {
        let network = Network::new(device, products, weights.heads, norm, layers, None)?;
        Ok(Activations::new(device, &network, 0, TOKENS))
    };
    let (floats, packed) = (ready(Products::Floats)?, ready(Products::Packed)?);
    let mut best = [f64::INFINITY; 2];
    // In turn, so that whatever else runs slows both.
    for round in 0..ROUNDS {
        for (activations, best) in [&floats, &packed].into_iter().zip(&mut best) {
            let took = time(device, activations).await?;
            if round > 0 {
                *best = best.min(took);
            }
        }
    }
    let [floats, packed] = best;
    Ok(if packed < CLEARLY * floats { Products::Packed } else { Products::Floats })
}

/// Milliseconds that the layer takes.
async fn time(device: &Device, activations: &Activations) -> Result<f64> {
    let watch = Stopwatch::start();
    let mut encoder = device.device.create_command_encoder(&Default::default());
    activations.record(&mut encoder, TOKENS);
    device.queue.submit([encoder.finish()]);
    device.read(&activations.answer, 1).await?;
    Ok(watch.milliseconds())
}
