//! Which way of multiplying is the fastest on a device: adapters without an
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
/// The share of plain floats' time below which another way is worth its rounding.
const CLEARLY: f64 = 0.9;

/// Runs the first layer every way that the device knows.
///
/// # Errors
/// As [`Network::new`] and [`Device::read`].
pub async fn fastest(device: &Device, weights: &Weights) -> Result<Products> {
    let ways = [(true, Products::Floats), (device.halves, Products::Halves)];
    let ways = ways.into_iter().chain([(device.packs, Products::Packed)]);
    let ways: Vec<Products> = ways.filter(|(known, _)| *known).map(|(_, way)| way).collect();
    if ways.len() == 1 {
        return Ok(Products::Floats);
    }
    let layers = weights.layers.get(..1).unwrap_or_default();
    let norm = &weights.embeddings.norm;
    let ready = |&products: &Products| -> Result<Activations> {
        let network = Network::new(device, products, weights.heads, norm, layers, None)?;
        Ok(Activations::new(device, &network, 0, TOKENS))
    };
    let networks = ways.iter().map(ready).collect::<Result<Vec<_>>>()?;
    let mut best = vec![f64::INFINITY; ways.len()];
    // In turn, so that whatever else runs slows all.
    for round in 0..ROUNDS {
        for (activations, best) in networks.iter().zip(&mut best) {
            let took = time(device, activations).await?;
            if round > 0 {
                *best = best.min(took);
            }
        }
    }
    Ok(chosen(&ways, &best))
}

/// The fastest way, but the first where none is clearly faster.
fn chosen(ways: &[Products], times: &[f64]) -> Products {
    let fastest = ways.iter().zip(times).min_by(|a, b| a.1.total_cmp(b.1));
    match fastest {
        Some((&way, time)) if *time < CLEARLY * times[0] => way,
        _ => ways[0],
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_way_than_floats_has_to_be_clearly_faster() {
        let ways = [Products::Floats, Products::Halves, Products::Packed];
        for (times, expected) in [
            ([10.0, 9.5, 9.2], Products::Floats),
            ([10.0, 8.0, 8.5], Products::Halves),
            ([10.0, 8.0, 7.9], Products::Packed),
            ([10.0, 12.0, 5.0], Products::Packed),
        ] {
            assert_eq!(chosen(&ways, &times), expected, "{times:?}");
        }
    }
}
