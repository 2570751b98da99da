//! On whatever device there is, which may be one of software: these fail where
//! there is none.

use bytes::Bytes;
use pollster::block_on;

use super::super::kernels;
use super::super::onnx;
use super::super::{Fast, Scratch, WordPieces};
use super::*;
use crate::ErrorKind;

const MEAN_INT8: &[u8] = include_bytes!("../../../tests/reference/tiny-mean-int8.onnx");
const MEAN_INT4: &[u8] = include_bytes!("../../../tests/reference/tiny-mean-int4.onnx");
const FIRST: &[u8] = include_bytes!("../../../tests/reference/tiny-first.onnx");
const HEADS: usize = 4;

fn weights(onnx: &'static [u8]) -> Weights {
    onnx::read(&onnx, HEADS).unwrap()
}

fn gpu(onnx: &'static [u8], products: Products) -> WebGpu {
    WebGpu::with(block_on(Device::open()).unwrap(), products, weights(onnx)).unwrap()
}

const WAYS: [Products; 3] = [Products::Floats, Products::Halves, Products::Packed];

fn run(model: &WebGpu, windows: &[Vec<u32>]) -> Result<Vec<Window>> {
    block_on(model.run(windows))
}

/// Windows of one to 40 tokens, of pieces that the tiny models know.
fn windows() -> Vec<Vec<u32>> {
    let piece = |window: u32, at: u32| (window * 31 + at * 17) % 50;
    [3, 1, 17, 40, 2, 33]
        .into_iter()
        .enumerate()
        .map(|(window, tokens)| (0..tokens).map(|at| piece(window as u32, at)).collect())
        .collect()
}

fn close(a: &[f32], b: &[f32], tolerance: f32) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance)
}

#[test]
fn it_gives_the_logits_of_the_kernels() {
    for (products, tolerance) in [
        // The kernels round activations to 14 bits, and these do not.
        (Products::Floats, 2e-3),
        // Floats of 16 bits keep 11 of them.
        (Products::Halves, 5e-3),
        // These do; attention alone is not rounded.
        (Products::Packed, 1e-3),
    ] {
        for onnx in [MEAN_INT8, MEAN_INT4, FIRST] {
            agrees(onnx, products, tolerance);
        }
    }
}

fn agrees(onnx: &'static [u8], products: Products, tolerance: f32) {
    let model = Fast::read(&onnx, HEADS, kernels::best()).unwrap();
    let answers = run(&gpu(onnx, products), &windows()).unwrap();
    assert_eq!(answers.len(), windows().len());
    for (ids, answer) in windows().iter().zip(answers) {
        let expected = model.run(ids, &mut Scratch::default());
        let tokens = ids.len();
        assert!(close(&answer.logits, &expected.logits, tolerance), "{products:?}, {tokens}");
        match (answer.contributions, expected.contributions) {
            (Some((shares, bias)), Some((expected, expected_bias))) => {
                assert!(close(&shares, &expected, tolerance));
                assert_eq!(bias, expected_bias);
            }
            (None, None) => (),
            _ => panic!("only one of them tells what tokens add"),
        }
    }
}

/// A probability moves by at most a quarter of its logit: 2e-3 there is what is
/// promised of any device.
#[test]
fn every_way_gives_the_shipped_models_probabilities() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("www/model");
    let file = |name| Bytes::from(std::fs::read(folder.join(name)).unwrap());
    let tokenizer = WordPieces::read(&file("tokenizer.json")).unwrap();
    let windows: Vec<Vec<u32>> = [
        "A lone gunslinger rides into a frontier town that a cattle baron rules.",
        "In 1944 a platoon is trapped behind the lines and fights through the winter.",
        "Ghosts!",
    ]
    .map(|text| tokenizer.split(text).unwrap().ids)
    .to_vec();
    let onnx = file("distilbert.onnx");
    let weights = || onnx::read(&onnx, 12).unwrap();
    let model = Fast::read(&onnx, 12, kernels::best()).unwrap();
    for products in WAYS {
        let device = block_on(Device::open()).unwrap();
        let answers = run(&WebGpu::with(device, products, weights()).unwrap(), &windows).unwrap();
        for (ids, answer) in windows.iter().zip(answers) {
            let expected = model.run(ids, &mut Scratch::default()).logits;
            assert!(close(&answer.logits, &expected, 8e-3), "{products:?}");
        }
    }
}

#[test]
fn what_stands_beside_a_window_changes_no_bit_of_it() {
    for (onnx, products) in
        [MEAN_INT8, FIRST].into_iter().flat_map(|onnx| WAYS.map(|way| (onnx, way)))
    {
        let model = gpu(onnx, products);
        let together = run(&model, &windows()).unwrap();
        for (ids, together) in windows().into_iter().zip(together) {
            let alone: Vec<Window> = run(&model, &[ids]).unwrap();
            assert_eq!(alone[0].logits, together.logits);
        }
    }
}

#[test]
fn more_than_one_submission_holds_is_several() {
    let model = gpu(MEAN_INT8, Products::Packed);
    let window: Vec<u32> = windows().swap_remove(3);
    let alone = run(&model, std::slice::from_ref(&window)).unwrap();
    let many = run(&model, &vec![window; MAX_TOKENS / 40 + 2]).unwrap();
    assert_eq!(many.len(), MAX_TOKENS / 40 + 2);
    assert!(many.iter().all(|answer| answer.logits == alone[0].logits));
}

#[test]
fn a_lost_device_is_an_error_and_stays_one() {
    let model = gpu(MEAN_INT8, Products::Packed);
    run(&model, &windows()).unwrap();
    model.device.device.destroy();
    for _ in 0..2 {
        let error = run(&model, &windows()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::WebGpuFailed);
    }
}

#[test]
fn what_cannot_be_logits_is_an_error() {
    let mut broken = weights(MEAN_INT8);
    let Head::MeanPool(linear) = &mut broken.head else { panic!("another head") };
    linear.bias[1] = f32::NAN;
    let model = block_on(WebGpu::new(broken)).unwrap();
    assert_eq!(run(&model, &windows()).err().unwrap().kind(), ErrorKind::WebGpuFailed);

    let mut flat = weights(MEAN_INT8);
    let Head::MeanPool(linear) = &mut flat.head else { panic!("another head") };
    linear.weight.fill(0.0);
    linear.bias.fill(0.5);
    let model = block_on(WebGpu::new(flat)).unwrap();
    assert_eq!(run(&model, &windows()).err().unwrap().kind(), ErrorKind::WebGpuFailed);
}

#[test]
fn what_is_no_window_of_the_model_is_refused() {
    let model = gpu(MEAN_INT8, Products::Packed);
    for ids in [vec![], vec![u32::MAX], vec![1; 100_000]] {
        let error = run(&model, &[ids]).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::ModelUnsupported);
    }
}
