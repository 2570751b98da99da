//! The linear layers by themselves, timed by `benches/browser`.

use wasm_bindgen::prelude::*;

use crate::encoder::kernels::{PackedLinear, QuantizedRows, Then, best};
use crate::encoder::{Linear, QuantizedMatrix};

/// One linear layer over some rows.
#[wasm_bindgen]
pub struct LinearBench {
    layer: PackedLinear,
    x: QuantizedRows,
    panel: Vec<i16>,
    out: Vec<f32>,
}

#[wasm_bindgen]
impl LinearBench {
    /// A layer of numbers that mean nothing.
    #[wasm_bindgen(constructor)]
    pub fn new(rows: usize, inputs: usize, outputs: usize) -> Self {
        let wave = |count: usize| -> Vec<f32> { (0..count).map(|i| (i as f32).sin()).collect() };
        let weight = QuantizedMatrix::quantize(inputs, &wave(inputs * outputs));
        let mut x = QuantizedRows::default();
        best().quantize(&wave(rows * inputs), inputs, &mut x);
        Self {
            layer: PackedLinear::new(Linear { weight, bias: wave(outputs) }, best()),
            x,
            panel: Vec::new(),
            out: vec![0.0; rows * outputs],
        }
    }

    /// The layer as the forward pass runs it.
    pub fn layer(&mut self) {
        best().linear(&self.layer, &self.x, &mut self.panel, &mut self.out, Then::Store);
    }

    /// As many bare tiles as the layer has.
    pub fn bare(&mut self) -> i32 {
        best().bare(&self.layer, &self.x, &mut self.panel)
    }
}
