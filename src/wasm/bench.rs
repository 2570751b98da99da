//! The linear layers by themselves, timed by `benches/browser`.

use wasm_bindgen::prelude::*;

use crate::encoder::kernels::{Kernel, PackedLinear, QuantizedRows, Then, best};
use crate::encoder::{Linear, QuantizedMatrix};

/// One linear layer over some rows.
#[wasm_bindgen]
pub struct LinearBench {
    kernel: &'static dyn Kernel,
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
        let weight = QuantizedMatrix::quantize(inputs, &wave(inputs * outputs)).into();
        let (kernel, mut x) = (best(), QuantizedRows::default());
        kernel.quantize(&wave(rows * inputs), inputs, &mut x);
        Self {
            kernel,
            layer: PackedLinear::new(Linear { weight, bias: wave(outputs) }, kernel),
            x,
            panel: Vec::new(),
            out: vec![0.0; rows * outputs],
        }
    }

    /// The name of the kernel that the browser gets.
    pub fn kernel(&self) -> String {
        self.kernel.name().to_owned()
    }

    /// The layer as the forward pass runs it.
    pub fn layer(&mut self) {
        self.kernel.linear(&self.layer, &self.x, &mut self.panel, &mut self.out, Then::Store);
    }

    /// As many bare tiles as the layer has.
    pub fn bare(&mut self) -> i32 {
        self.kernel.bare(&self.layer, &self.x, &mut self.panel)
    }
}
