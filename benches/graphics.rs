//! DistilBERT on this machine's graphics processor, beside the processor's engine and
//! beside a plain matrix product in the same API:
//! `cargo bench --no-default-features --features webgpu --bench graphics`.

mod shipped;

use std::fs;
use std::time::Instant;

use plotlens::classify::Ask;
use plotlens::encoder::{WebGpu, Workspace};
use pollster::block_on;
use wgpu::BufferUsages as Usage;
use wgpu::util::DeviceExt;

/// How often each is timed; the median is told.
const ROUNDS: usize = 30;
/// Of the shipped model.
const HEADS: usize = 12;
const LAYERS: usize = 6;
/// Inputs and outputs of a layer's products.
const PRODUCTS: [(usize, usize); 4] = [(384, 1152), (384, 384), (384, 1536), (1536, 384)];

/// Seconds that something takes in the median.
fn median(mut run: impl FnMut()) -> f64 {
    (0..3).for_each(|_| run());
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

/// Multiplications and additions of the linear layers for one token.
fn operations() -> usize {
    LAYERS * PRODUCTS.iter().map(|(inner, columns)| 2 * inner * columns).sum::<usize>()
}

fn windows(count: usize, tokens: usize) -> Vec<Vec<u32>> {
    let piece = |window: usize, at: usize| (1000 + (window * 7919 + at * 104_729) % 14_000) as u32;
    (0..count).map(|window| (0..tokens).map(|at| piece(window, at)).collect()).collect()
}

fn ours(model: &WebGpu) {
    println!("\nMilliseconds of one window, by its tokens, what each token adds included.\n");
    println!("| tokens | milliseconds |\n|---:|---:|");
    for tokens in [8, 32, 64, 128, 256, 512] {
        let windows = windows(1, tokens);
        let seconds = median(|| drop(block_on(model.run(&windows)).expect("an answer")));
        println!("| {tokens} | {:.2} |", seconds * 1e3);
    }
    println!("\nWindows a second, by how many make one call.\n");
    println!(
        "| tokens | at once | a second | TFLOP/s of the linear layers |\n|---:|---:|---:|---:|"
    );
    for tokens in [64, 128] {
        for count in [1, 8, 32, 128, 512] {
            let windows = windows(count, tokens);
            let seconds = median(|| drop(block_on(model.run(&windows)).expect("an answer")));
            let work = (count * tokens * operations()) as f64;
            let rate = work / seconds / 1e12;
            println!("| {tokens} | {count} | {:.0} | {rate:.2} |", count as f64 / seconds);
        }
    }
}

/// Seconds of all layers' products for so many tokens, in plain floats.
fn plain(device: &wgpu::Device, queue: &wgpu::Queue, tokens: usize) -> f64 {
    let source = wgpu::ShaderSource::Wgsl(include_str!("product.wgsl").into());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: Default::default(),
        cache: None,
    });
    let buffer = |floats: usize| {
        let values: Vec<u8> =
            (0..floats).flat_map(|at| ((at as f32 * 0.37).sin()).to_le_bytes()).collect();
        device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: None,
            contents: &values,
            usage: Usage::STORAGE,
        })
    };
    let products: Vec<_> = PRODUCTS
        .iter()
        .map(|&(inner, columns)| {
            let shape: Vec<u8> = [tokens, inner, columns, 0]
                .iter()
                .flat_map(|&n| (n as u32).to_le_bytes())
                .collect();
            let shape = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: None,
                contents: &shape,
                usage: Usage::UNIFORM,
            });
            let buffers =
                [shape, buffer(tokens * inner), buffer(inner * columns), buffer(tokens * columns)];
            let entries: Vec<_> = (0..)
                .zip(&buffers)
                .map(|(binding, buffer)| wgpu::BindGroupEntry {
                    binding,
                    resource: buffer.as_entire_binding(),
                })
                .collect();
            let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries,
            });
            (bindings, columns / 64)
        })
        .collect();
    median(|| {
        let mut encoder = device.create_command_encoder(&Default::default());
        for _ in 0..LAYERS {
            for (bindings, groups) in &products {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                pass.set_pipeline(&pipeline);
                pass.set_bind_group(0, bindings, &[]);
                pass.dispatch_workgroups(*groups as u32, (tokens / 64) as u32, 1);
            }
        }
        queue.submit([encoder.finish()]);
        device.poll(wgpu::PollType::wait_indefinitely()).expect("a device that works");
    })
}

fn plain_products() {
    let instance =
        wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..Default::default()
    };
    let adapter = block_on(instance.request_adapter(&options)).expect("a graphics processor");
    let info = adapter.get_info();
    println!("\n{} ({:?}, {})", info.name, info.backend, info.driver_info);
    let (device, queue) = block_on(adapter.request_device(&Default::default())).expect("a device");
    println!("\nThe same products in plain floats and nothing else.\n");
    println!("| tokens | TFLOP/s |\n|---:|---:|");
    for tokens in [2048, 4096, 8192] {
        let seconds = plain(&device, &queue, tokens);
        println!("| {tokens} | {:.2} |", (tokens * operations()) as f64 / seconds / 1e12);
    }
}

fn processor() {
    let classifier = shipped::classifier();
    let mut workspace = Workspace::default();
    let text = shipped::text(62);
    let seconds = median(|| {
        classifier.classify(text.as_str(), Ask::All, &mut workspace).expect("an answer");
    });
    println!(
        "\nThe processor's engine, one thread, 64 tokens, both models: {:.0} texts a second.",
        1.0 / seconds
    );
}

fn main() {
    plain_products();
    let onnx = fs::read("www/model/distilbert.onnx").expect("the model folder");
    let model = block_on(WebGpu::open(&onnx, HEADS)).expect("a graphics processor");
    ours(&model);
    processor();
}
