//! The states of one submission, and the work that turns one into the next.

use wgpu::BufferUsages as Usage;

use super::device::Device;
use super::network::{Contributions, GpuLinear, Network};

/// Buffers for up to `capacity` tokens, bound to every shader once.
pub struct Activations {
    pub capacity: usize,
    /// How many tokens there are.
    pub shape: wgpu::Buffer,
    /// `[tokens][2]`: where each token's window starts and ends.
    pub windows: wgpu::Buffer,
    /// `[tokens, width]`.
    pub x: wgpu::Buffer,
    /// `[tokens, labels]`; nothing where the head does not tell.
    pub shares: wgpu::Buffer,
    /// What is read back.
    pub answer: wgpu::Buffer,
    steps: Vec<Step>,
}

/// One dispatch.
struct Step {
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    /// Tokens of a workgroup.
    tokens: usize,
    /// Workgroups for the same tokens.
    beside: usize,
}

impl Activations {
    /// Makes and binds the buffers.
    pub fn new(device: &Device, network: &Network, labels: usize, capacity: usize) -> Self {
        let state = |columns: usize, usage: Usage| {
            device.zeros(capacity * columns.max(1) * 4, Usage::STORAGE | usage)
        };
        let shape = device.zeros(16, Usage::UNIFORM | Usage::COPY_DST);
        let windows = state(2, Usage::COPY_DST);
        let x = state(network.width, Usage::COPY_DST | Usage::COPY_SRC);
        let (states, context) =
            (state(3 * network.width, Usage::empty()), state(network.width, Usage::empty()));
        let wide = state(network.wide, Usage::empty());
        let shares = state(labels, Usage::COPY_SRC);
        let answer = device
            .zeros(capacity * labels.max(network.width) * 4, Usage::MAP_READ | Usage::COPY_DST);

        let widest = network.width.max(network.wide);
        let digits = state(widest / 2, Usage::empty());
        let row_steps = state(1, Usage::empty());

        let weighed = state(2 * network.heads, Usage::empty());
        let [after_attention, after_feed_forward] =
            [state(1, Usage::empty()), state(1, Usage::empty())];
        let normalize = |norm: &wgpu::Buffer, inverses: &wgpu::Buffer| Step {
            bindings: device.bind(&network.normalize, &[norm, &x, inverses]),
            pipeline: network.normalize.clone(),
            tokens: 1,
            beside: 1,
        };
        let linear = |layer: &GpuLinear, from: &wgpu::Buffer, to: &wgpu::Buffer| {
            let quantize = layer.quantize.as_ref().map(|pipeline| Step {
                bindings: device.bind(pipeline, &[from, &digits, &row_steps]),
                pipeline: pipeline.clone(),
                tokens: 1,
                beside: 1,
            });
            let fixed = [&shape, &layer.weights, &layer.scales, &layer.biases, to];
            let read: &[_] = match quantize {
                Some(_) => &[&digits, &row_steps],
                None => &[from],
            };
            let multiply = Step {
                bindings: device.bind(&layer.pipeline, &[&fixed, read].concat()),
                pipeline: layer.pipeline.clone(),
                tokens: GpuLinear::TOKENS,
                beside: layer.outputs.div_ceil(GpuLinear::OUTPUTS),
            };
            quantize.into_iter().chain([multiply])
        };
        let mut steps = vec![normalize(&network.embedding_norm, &after_feed_forward)];
        for layer in &network.layers {
            steps.extend(linear(&layer.states, &x, &states));
            steps.push(Step {
                bindings: device
                    .bind(&network.attend, &[&shape, &windows, &states, &context, &weighed]),
                pipeline: network.attend.clone(),
                tokens: Network::ATTENDING,
                beside: network.heads,
            });
            steps.extend(linear(&layer.attention_out, &context, &x));
            steps.push(normalize(&layer.attention_norm, &after_attention));
            steps.extend(linear(&layer.feed_forward_in, &x, &wide));
            steps.extend(linear(&layer.feed_forward_out, &wide, &x));
            steps.push(normalize(&layer.output_norm, &after_feed_forward));
        }
        if let Some(Contributions { moved, add_up, weights, of_values }) = &network.contributions {
            let moves = state(network.width, Usage::empty());
            let read = [&shape, &windows, &states, &weighed, &context];
            let scales = [&after_attention, &after_feed_forward];
            steps.push(Step {
                bindings: device.bind(moved, &[&read[..], &scales, &[&moves]].concat()),
                pipeline: moved.clone(),
                tokens: Network::ATTENDING,
                beside: network.heads,
            });
            let read = [&windows, weights, of_values, &x, &moves, &shares];
            steps.push(Step {
                bindings: device.bind(add_up, &read),
                pipeline: add_up.clone(),
                tokens: 1,
                beside: 1,
            });
        }
        Self { capacity, shape, windows, x, shares, answer, steps }
    }

    /// Writes the whole forward pass over so many tokens.
    pub fn record(&self, encoder: &mut wgpu::CommandEncoder, tokens: usize) {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for step in &self.steps {
            pass.set_pipeline(&step.pipeline);
            pass.set_bind_group(0, &step.bindings, &[]);
            let groups = tokens.div_ceil(step.tokens);
            pass.dispatch_workgroups(groups as u32, step.beside as u32, 1);
        }
    }
}
