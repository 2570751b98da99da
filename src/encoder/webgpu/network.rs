//! The weights on the device, and the shaders made for their shapes.

use super::device::{Device, Shader};
use crate::encoder::credit::Pool;
use crate::encoder::kernels::{Then, largest_step};
use crate::encoder::weights::{Layer, LayerNorm, Linear, QuantizedMatrix};
use crate::error::{Error, ErrorKind, Result};

/// The most that a head is wide: it lies in registers.
const MAX_HEAD: usize = 64;

/// How linear layers multiply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Products {
    /// Weights are unpacked, activations stay as they are.
    Floats,
    /// The same four at a time in floats of 16 bits, where the device has them; the
    /// sums have 32.
    Halves,
    /// Four int8 products an instruction, where the shading language has them;
    /// activations are rounded as the processor's kernels round them.
    Packed,
}

/// A linear layer.
pub struct GpuLinear {
    pub pipeline: wgpu::ComputePipeline,
    /// What packs its inputs, where products are packed.
    pub quantize: Option<wgpu::ComputePipeline>,
    pub weights: wgpu::Buffer,
    pub scales: wgpu::Buffer,
    pub biases: wgpu::Buffer,
    pub outputs: usize,
}

/// A transformer layer.
pub struct GpuLayer {
    /// Queries, keys and values side by side.
    pub states: GpuLinear,
    pub attention_out: GpuLinear,
    pub attention_norm: wgpu::Buffer,
    pub feed_forward_in: GpuLinear,
    pub feed_forward_out: GpuLinear,
    pub output_norm: wgpu::Buffer,
}

/// All that does not depend on a text.
pub struct Network {
    pub width: usize,
    pub heads: usize,
    pub wide: usize,
    pub normalize: wgpu::ComputePipeline,
    pub attend: wgpu::ComputePipeline,
    pub embedding_norm: wgpu::Buffer,
    pub layers: Vec<GpuLayer>,
    /// Of a head that tells what each token adds.
    pub contributions: Option<Contributions>,
}

/// What makes them, and the head's weights: of states and of values.
pub struct Contributions {
    pub moved: wgpu::ComputePipeline,
    pub add_up: wgpu::ComputePipeline,
    pub weights: wgpu::Buffer,
    pub of_values: wgpu::Buffer,
}

/// One shader for each shape of linear layer.
struct Linears<'a> {
    device: &'a Device,
    products: Products,
    made: Vec<(Shader, wgpu::ComputePipeline)>,
}

impl Linears<'_> {
    fn make(&mut self, parts: &[&Linear], then: Then) -> GpuLinear {
        let [_, inputs] = parts[0].weight.dims();
        let weights: Vec<_> = parts.iter().map(|part| part.weight.quantized()).collect();
        let outputs = weights.iter().map(|weight| weight.outputs).sum();
        let scales = weights.iter().flat_map(|weight| &weight.scales);
        let biases = parts.iter().flat_map(|part| &part.bias);
        let packed = self.products == Products::Packed;
        let (prelude, source) = match self.products {
            Products::Floats => ("alias Quad = vec4f;\n", LINEAR),
            Products::Halves => ("enable f16;\nalias Quad = vec4h;\n", LINEAR),
            Products::Packed => ("", PACKED),
        };
        let weights = match packed {
            true => by_four_inputs(&weights, inputs, outputs),
            false => by_input(&weights, inputs, outputs),
        };
        let constants = vec![("INPUTS", inputs), ("OUTPUTS", outputs), ("THEN", then as usize)];
        let steps = usize::from(largest_step(inputs).unsigned_abs());
        let quantize = || Shader::new(QUANTIZE, &[("INPUTS", inputs), ("STEPS", steps)]);
        GpuLinear {
            pipeline: self.pipeline(Shader { prelude, source, constants }),
            quantize: packed.then(quantize).map(|shader| self.pipeline(shader)),
            weights: self.device.constant(&weights),
            scales: self.device.constant(&floats(scales)),
            biases: self.device.constant(&floats(biases)),
            outputs,
        }
    }

    fn pipeline(&mut self, shader: Shader) -> wgpu::ComputePipeline {
        if let Some((_, pipeline)) = self.made.iter().find(|(made, _)| *made == shader) {
            return pipeline.clone();
        }
        let pipeline = self.device.pipeline(&shader);
        self.made.push((shader, pipeline.clone()));
        pipeline
    }
}

const LINEAR: &str = concat!(include_str!("linear.wgsl"), include_str!("layer.wgsl"));
const PACKED: &str = concat!(include_str!("packed.wgsl"), include_str!("layer.wgsl"));
const ATTENTION: &str = concat!(include_str!("heads.wgsl"), include_str!("attention.wgsl"));
const MOVED: &str = concat!(include_str!("heads.wgsl"), include_str!("moved.wgsl"));
const QUANTIZE: &str = include_str!("quantize.wgsl");

impl GpuLinear {
    /// Tokens of a workgroup of `linear.wgsl` and of `packed.wgsl`.
    pub const TOKENS: usize = 16;
    /// Outputs of one.
    pub const OUTPUTS: usize = 128;
}

impl Network {
    /// Tokens of a workgroup of `attention.wgsl` and of `moved.wgsl`.
    pub const ATTENDING: usize = 64;

    /// Sends the weights to the device.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] for shapes that the shaders cannot run.
    pub fn new(
        device: &Device,
        products: Products,
        heads: usize,
        embedding_norm: &LayerNorm,
        layers: &[Layer],
        pool: Option<&Pool>,
    ) -> Result<Self> {
        let width = embedding_norm.bias.len();
        let wides = || layers.iter().map(|layer| layer.feed_forward_in.bias.len());
        let fits = width.is_multiple_of(4 * heads)
            && width / heads <= MAX_HEAD
            && wides().all(|wide| wide.is_multiple_of(4));
        if !fits {
            let message =
                "This model's shape does not suit the graphics processor; use the engine 'fast'.";
            return Err(Error::new(ErrorKind::ModelUnsupported, message));
        }
        let mut linears = Linears { device, products, made: Vec::new() };
        let norm = |norm: &LayerNorm| device.constant(&pairs(norm.weight.iter().zip(&norm.bias)));
        let layers: Vec<_> = layers
            .iter()
            .map(|layer| GpuLayer {
                states: linears.make(&[&layer.query, &layer.key, &layer.value], Then::Store),
                attention_out: linears.make(&[&layer.attention_out], Then::AddTo),
                attention_norm: norm(&layer.attention_norm),
                feed_forward_in: linears.make(&[&layer.feed_forward_in], Then::Gelu),
                feed_forward_out: linears.make(&[&layer.feed_forward_out], Then::AddTo),
                output_norm: norm(&layer.output_norm),
            })
            .collect();
        let attention = [("HEADS", heads), ("SIZE", width / heads)];
        let pipeline = |source, constants: &[_]| device.pipeline(&Shader::new(source, constants));
        Ok(Self {
            width,
            heads,
            wide: layers.iter().map(|layer| layer.feed_forward_in.outputs).max().unwrap_or(0),
            normalize: pipeline(include_str!("normalize.wgsl"), &[("WIDTH", width)]),
            attend: pipeline(ATTENTION, &attention),
            embedding_norm: norm(embedding_norm),
            layers,
            contributions: pool.map(|pool| {
                let constants = [("WIDTH", width), ("LABELS", pool.head.bias.len())];
                Contributions {
                    moved: pipeline(MOVED, &attention),
                    add_up: pipeline(include_str!("contributions.wgsl"), &constants),
                    weights: device.constant(&floats(&pool.head.weight)),
                    of_values: device.constant(&floats(&pool.of_values)),
                }
            }),
        })
    }
}

/// `[inputs][outputs]` weights of layers side by side.
fn by_input(weights: &[QuantizedMatrix], inputs: usize, outputs: usize) -> Vec<u8> {
    placed(weights, inputs, outputs, |input, output| input * outputs + output)
}

/// `[inputs / 4][outputs][4]`.
fn by_four_inputs(weights: &[QuantizedMatrix], inputs: usize, outputs: usize) -> Vec<u8> {
    placed(weights, inputs, outputs, |input, output| (input / 4 * outputs + output) * 4 + input % 4)
}

fn placed(
    weights: &[QuantizedMatrix],
    inputs: usize,
    outputs: usize,
    place: impl Fn(usize, usize) -> usize,
) -> Vec<u8> {
    let mut values = vec![0; inputs * outputs];
    let rows = weights.iter().flat_map(|weight| weight.values.chunks_exact(inputs));
    for (output, row) in rows.enumerate() {
        for (input, &value) in row.iter().enumerate() {
            values[place(input, output)] = value as u8;
        }
    }
    values
}

/// Floats as the device reads them.
pub fn floats<'a>(values: impl IntoIterator<Item = &'a f32>) -> Vec<u8> {
    values.into_iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn pairs<'a>(values: impl Iterator<Item = (&'a f32, &'a f32)>) -> Vec<u8> {
    values.flat_map(|(a, b)| [a.to_le_bytes(), b.to_le_bytes()].concat()).collect()
}
