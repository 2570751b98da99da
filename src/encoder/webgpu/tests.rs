//! On whatever device there is, which may be one of software: these fail where
//! there is none.

use bytes::Bytes;

use super::super::kernels;
use super::super::onnx;
use super::super::{Fast, Scratch, Window};
use super::*;
use crate::ErrorKind;

const MEAN_INT8: &[u8] = include_bytes!("../../../tests/reference/tiny-mean-int8.onnx");
const MEAN_INT4: &[u8] = include_bytes!("../../../tests/reference/tiny-mean-int4.onnx");
const FIRST: &[u8] = include_bytes!("../../../tests/reference/tiny-first.onnx");
const HEADS: usize = 4;

fn weights(onnx: &'static [u8]) -> Weights {
    onnx::read(Bytes::from_static(onnx), HEADS).unwrap()
}

fn gpu(onnx: &'static [u8]) -> WebGpu {
    pollster::block_on(WebGpu::new(weights(onnx))).unwrap()
}

/// Windows of one to 50 tokens, of pieces that the tiny models know.
fn windows() -> Vec<Vec<u32>> {
    let piece = |window: u32, at: u32| (window * 31 + at * 17) % 50;
    [3, 1, 17, 50, 2, 33]
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
    for onnx in [MEAN_INT8, MEAN_INT4, FIRST] {
        let model = Fast::new(weights(onnx), kernels::best());
        let answers = gpu(onnx).run(&windows()).unwrap();
        assert_eq!(answers.len(), windows().len());
        for (ids, answer) in windows().iter().zip(answers) {
            let expected = model.run(ids, &mut Scratch::default());
            // The kernels round activations to 14 bits, and these do not.
            assert!(close(&answer.logits, &expected.logits, 2e-3), "{} tokens", ids.len());
            match (answer.contributions, expected.contributions) {
                (Some((shares, bias)), Some((expected, expected_bias))) => {
                    assert!(close(&shares, &expected, 2e-3));
                    assert_eq!(bias, expected_bias);
                }
                (None, None) => (),
                _ => panic!("only one of them tells what tokens add"),
            }
        }
    }
}

#[test]
fn what_stands_beside_a_window_changes_no_bit_of_it() {
    for onnx in [MEAN_INT8, FIRST] {
        let model = gpu(onnx);
        let together = model.run(&windows()).unwrap();
        for (ids, together) in windows().into_iter().zip(together) {
            let alone: Vec<Window> = model.run(&[ids]).unwrap();
            assert_eq!(alone[0].logits, together.logits);
        }
    }
}

#[test]
fn more_than_one_submission_holds_is_several() {
    let model = gpu(MEAN_INT8);
    let window: Vec<u32> = windows().swap_remove(3);
    let alone = model.run(std::slice::from_ref(&window)).unwrap();
    let many = model.run(&vec![window; MAX_TOKENS / 50 + 2]).unwrap();
    assert_eq!(many.len(), MAX_TOKENS / 50 + 2);
    assert!(many.iter().all(|answer| answer.logits == alone[0].logits));
}

#[test]
fn a_lost_device_is_an_error_and_stays_one() {
    let model = gpu(MEAN_INT8);
    model.run(&windows()).unwrap();
    model.device.device.destroy();
    for _ in 0..2 {
        let error = model.run(&windows()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::WebGpuFailed);
    }
}

#[test]
fn what_cannot_be_logits_is_an_error() {
    let mut broken = weights(MEAN_INT8);
    let Head::MeanPool(linear) = &mut broken.head else { panic!("another head") };
    linear.bias[1] = f32::NAN;
    let model = pollster::block_on(WebGpu::new(broken)).unwrap();
    assert_eq!(model.run(&windows()).err().unwrap().kind(), ErrorKind::WebGpuFailed);

    let mut flat = weights(MEAN_INT8);
    let Head::MeanPool(linear) = &mut flat.head else { panic!("another head") };
    linear.weight.fill(0.0);
    linear.bias.fill(0.5);
    let model = pollster::block_on(WebGpu::new(flat)).unwrap();
    assert_eq!(model.run(&windows()).err().unwrap().kind(), ErrorKind::WebGpuFailed);
}
