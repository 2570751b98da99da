//! The kernels by themselves, and whole answers: `cargo bench`.

mod shipped;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use plotlens::classify::Ask;
use plotlens::encoder::kernels::{
    Attention, PackedLinear, QuantizedRows, States, Then, best, reference,
};
use plotlens::encoder::{Linear, QuantizedMatrix, Workspace};

/// The layer that takes most of the time: hidden size to feed-forward size.
const HIDDEN: usize = 384;
const WIDE: usize = 1536;
const TOKENS: usize = 128;

fn wave(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i as f32 * 0.37).sin()).collect()
}

fn kernels(c: &mut Criterion) {
    let weight = QuantizedMatrix::quantize(HIDDEN, &wave(HIDDEN * WIDE)).into();
    let linear = Linear { weight, bias: wave(WIDE) };
    let x = wave(TOKENS * HIDDEN);
    for kernel in [best(), reference()] {
        let layer = PackedLinear::new(linear.clone(), kernel);
        let mut group = c.benchmark_group(kernel.name());
        let (mut rows, mut panel) = (QuantizedRows::default(), Vec::new());
        group.bench_function("quantize", |b| b.iter(|| kernel.quantize(&x, HIDDEN, &mut rows)));
        let mut out = vec![0.0; TOKENS * WIDE];
        // One element is one operation: a multiplication or an addition.
        group.throughput(Throughput::Elements((2 * TOKENS * HIDDEN * WIDE) as u64));
        for (name, then) in [("linear", Then::Store), ("linear, gelu", Then::Gelu)] {
            group.bench_function(name, |b| {
                b.iter(|| kernel.linear(&layer, &rows, &mut panel, &mut out, then));
            });
        }
        group.throughput(Throughput::Elements((4 * TOKENS * TOKENS * HIDDEN) as u64));
        let states = States { heads: 12, hidden: HIDDEN, query: &x, key: &x, value: &x };
        let (mut buffers, mut context) = (Attention::default(), vec![0.0; TOKENS * HIDDEN]);
        group.bench_function("attend", |b| {
            b.iter(|| kernel.attend(states, &mut buffers, &mut context));
        });
    }
}

fn answers(c: &mut Criterion) {
    let classifier = shipped::classifier();
    let mut workspace = Workspace::default();
    let mut group = c.benchmark_group("classify");
    for words in [8, 32, 128, 250] {
        let text = shipped::text(words);
        for (name, ask) in [("both models", Ask::All), ("keywords", Ask::Keywords)] {
            group.bench_with_input(BenchmarkId::new(name, words), &text, |b, text| {
                b.iter(|| black_box(classifier.classify(text.as_str(), ask, &mut workspace)));
            });
        }
    }
}

criterion_group!(benches, kernels, answers);
criterion_main!(benches);
