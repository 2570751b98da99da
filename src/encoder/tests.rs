//! The forward pass against PyTorch and onnxruntime, on tiny models with random weights
//! (`tests/reference/make_models.py`).

use bytes::Bytes;
use serde::Deserialize;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

const MEAN_FP32: &[u8] = include_bytes!("../../tests/reference/tiny-mean-fp32.onnx");
const MEAN_INT8: &[u8] = include_bytes!("../../tests/reference/tiny-mean-int8.onnx");
const MEAN_INT4: &[u8] = include_bytes!("../../tests/reference/tiny-mean-int4.onnx");
const FIRST: &[u8] = include_bytes!("../../tests/reference/tiny-first.onnx");
const WEIGHTS_CHANNEL: &[u8] =
    include_bytes!("../../tests/reference/tiny-first-weights-channel.onnx");
const WEIGHTS_TENSOR: &[u8] =
    include_bytes!("../../tests/reference/tiny-first-weights-tensor.onnx");
const DYNAMIC_CHANNEL: &[u8] =
    include_bytes!("../../tests/reference/tiny-first-dynamic-channel.onnx");
const DYNAMIC_TENSOR: &[u8] =
    include_bytes!("../../tests/reference/tiny-first-dynamic-tensor.onnx");
const DYNAMIC_UINT8: &[u8] = include_bytes!("../../tests/reference/tiny-first-dynamic-uint8.onnx");

#[derive(Deserialize)]
struct Reference {
    heads: usize,
    ids: Vec<Vec<u32>>,
    mean: Vec<Vec<f32>>,
    credited: Vec<Vec<Vec<f32>>>,
    mean_int8: Vec<Vec<f32>>,
    mean_int4: Vec<Vec<f32>>,
    first: Vec<Vec<f32>>,
    first_weights_channel: Vec<Vec<f32>>,
    first_weights_tensor: Vec<Vec<f32>>,
    first_dynamic_channel: Vec<Vec<f32>>,
    first_dynamic_channel_in_fp32: Vec<Vec<f32>>,
    first_dynamic_tensor: Vec<Vec<f32>>,
    first_dynamic_tensor_in_fp32: Vec<Vec<f32>>,
    first_dynamic_uint8: Vec<Vec<f32>>,
    first_dynamic_uint8_in_fp32: Vec<Vec<f32>>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../tests/reference/tiny.json")).unwrap()
}

fn fast(onnx: &'static [u8], kernel: &'static dyn Kernel) -> Fast {
    Fast::read(&onnx, reference().heads, kernel).unwrap()
}

/// The largest difference to the expected logits, beside their spread.
fn errors(onnx: &'static [u8], expected: &[Vec<f32>]) -> (f32, f32) {
    let model = fast(onnx, kernels::best());
    let mut scratch = Scratch::default();
    let (mut error, mut spread) = (0f32, 0f32);
    for (ids, expected) in reference().ids.iter().zip(expected) {
        let logits = model.run(ids, &mut scratch).logits;
        assert_eq!(logits.len(), expected.len());
        for (actual, expected) in logits.iter().zip(expected) {
            error = error.max((actual - expected).abs());
            spread = spread.max(expected.abs());
        }
    }
    (error, spread)
}

#[test]
fn every_form_of_the_file_gives_pytorchs_logits() {
    let expected = reference();
    for (name, onnx, expected, tolerance) in [
        // Weights are rounded on load where the file has not rounded them.
        ("mean fp32", MEAN_FP32, &expected.mean, 0.02),
        ("mean int8", MEAN_INT8, &expected.mean_int8, 0.001),
        ("mean int4", MEAN_INT4, &expected.mean_int4, 0.001),
        ("first fp32", FIRST, &expected.first, 0.02),
    ] {
        let (error, spread) = errors(onnx, expected);
        assert!(error < tolerance * spread, "{name}: {error} of {spread}");
    }
}

#[test]
fn int8_forms_of_the_stock_file_give_onnxruntimes_logits() {
    let expected = reference();
    for (name, onnx, expected, tolerance) in [
        // Weights alone are quantised: all are exact.
        ("weights by channel", WEIGHTS_CHANNEL, &expected.first_weights_channel, 0.001),
        ("weights by tensor", WEIGHTS_TENSOR, &expected.first_weights_tensor, 0.001),
        // The weights of dynamic files, which onnxruntime ran in fp32.
        ("channel in fp32", DYNAMIC_CHANNEL, &expected.first_dynamic_channel_in_fp32, 0.001),
        ("tensor in fp32", DYNAMIC_TENSOR, &expected.first_dynamic_tensor_in_fp32, 0.001),
        // Zeros off the middle leave int8 no room: these weights are rounded on load.
        ("uint8 in fp32", DYNAMIC_UINT8, &expected.first_dynamic_uint8_in_fp32, 0.02),
        // The files as they are: onnxruntime gives the activations 8 bits, and one
        // scale for all tokens, where here each token has 14 bits. That alone moves
        // its logits from those in fp32 by 0.012 to 0.015 of their spread.
        ("dynamic by channel", DYNAMIC_CHANNEL, &expected.first_dynamic_channel, 0.03),
        ("dynamic by tensor", DYNAMIC_TENSOR, &expected.first_dynamic_tensor, 0.03),
        ("dynamic uint8", DYNAMIC_UINT8, &expected.first_dynamic_uint8, 0.03),
    ] {
        let (error, spread) = errors(onnx, expected);
        assert!(error < tolerance * spread, "{name}: {error} of {spread}");
    }
}

#[test]
fn every_kernel_gives_the_same_bits_or_nearly_where_rounding_is_relaxed() {
    let [a, b] = [kernels::reference(), kernels::best()].map(|kernel| {
        let model = fast(MEAN_INT8, kernel);
        model.run(&reference().ids[1], &mut Scratch::default()).logits
    });
    if cfg!(target_feature = "relaxed-simd") {
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-3), "{a:?} {b:?}");
    } else {
        assert_eq!(a, b);
    }
}

#[test]
fn a_window_does_not_depend_on_what_ran_before() {
    let model = fast(MEAN_INT8, kernels::best());
    let ids = reference().ids;
    let alone = model.run(&ids[0], &mut Scratch::default()).logits;
    let mut scratch = Scratch::default();
    model.run(&ids[1], &mut scratch);
    assert_eq!(model.run(&ids[0], &mut scratch).logits, alone);
}

#[test]
fn contributions_add_up_to_the_logits() {
    let model = fast(MEAN_INT8, kernels::best());
    for ids in &reference().ids {
        let window = model.run(ids, &mut Scratch::default());
        let (tokens, mut sums) = window.contributions.unwrap();
        for token in tokens.chunks_exact(sums.len()) {
            sums.iter_mut().zip(token).for_each(|(sum, share)| *sum += share);
        }
        let pairs = sums.iter().zip(&window.logits);
        assert!(pairs.into_iter().all(|(sum, logit)| (sum - logit).abs() < 1e-5));
    }
}

#[test]
fn contributions_are_those_that_every_pair_of_tokens_comes_to() {
    let model = fast(MEAN_FP32, kernels::best());
    let expected = reference();
    for (ids, expected) in expected.ids.iter().zip(&expected.credited) {
        let window = model.run(ids, &mut Scratch::default());
        let (actual, _) = window.contributions.unwrap();
        let expected = expected.concat();
        let spread = expected.iter().fold(0f32, |most, share| most.max(share.abs()));
        assert_eq!(actual.len(), expected.len());
        for (actual, expected) in actual.iter().zip(&expected) {
            // Weights are rounded on load.
            assert!((actual - expected).abs() < 0.02 * spread, "{actual} {expected} {spread}");
        }
    }
}

#[test]
fn what_is_not_a_distilbert_is_refused() {
    let kind = |bytes: Vec<u8>, heads| onnx::read(&bytes, heads).unwrap_err().kind();
    assert_eq!(kind(b"not onnx at all".to_vec(), 4), ErrorKind::ModelUnsupported);
    assert_eq!(kind(Vec::new(), 4), ErrorKind::ModelUnsupported);
    assert_eq!(kind(MEAN_INT8.to_vec(), 5), ErrorKind::ModelUnsupported);
    assert_eq!(kind(MEAN_INT8[..MEAN_INT8.len() / 2].to_vec(), 4), ErrorKind::ModelUnsupported);
}

#[test]
fn a_flipped_byte_never_panics() {
    for whole in [MEAN_INT8, MEAN_INT4, WEIGHTS_TENSOR, DYNAMIC_UINT8] {
        for at in (0..whole.len()).step_by(97) {
            let mut damaged = whole.to_vec();
            damaged[at] ^= 0xff;
            let damaged = Bytes::from(damaged);
            // Weights may change unseen here: the manifest's hash is what notices.
            let _ = onnx::read(&damaged, 4);
            #[cfg(feature = "tract")]
            let _ = onnx::blocks(&damaged);
        }
    }
}

#[cfg(feature = "tract")]
mod against_tract {
    use prost::Message;

    use super::*;

    #[test]
    fn tract_gives_the_same_logits() {
        let expected = reference();
        for (onnx, expected) in [
            (MEAN_FP32, &expected.mean),
            (MEAN_INT4, &expected.mean_int4),
            (FIRST, &expected.first),
        ] {
            let model = tract::TractModel::new(Bytes::from_static(onnx)).unwrap();
            for (ids, expected) in reference().ids.iter().zip(expected) {
                let logits = model.run(ids).unwrap();
                let pairs = logits.iter().zip(expected);
                assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-4));
            }
        }
    }

    #[test]
    fn our_messages_are_those_of_the_whole_format() {
        let whole = tract_onnx::pb::ModelProto::decode(MEAN_INT8).unwrap().graph.unwrap();
        let ours = onnx::proto::ModelProto::decode(MEAN_INT8).unwrap().graph.unwrap();
        assert_eq!(ours.node.len(), whole.node.len());
        assert_eq!(ours.initializer.len(), whole.initializer.len());
        for (ours, whole) in ours.node.iter().zip(&whole.node) {
            assert_eq!((&ours.input, &ours.output), (&whole.input, &whole.output));
            assert_eq!(ours.op_type, whole.op_type);
        }
        for (ours, whole) in ours.initializer.iter().zip(&whole.initializer) {
            assert_eq!((&ours.name, &ours.dims), (&whole.name, &whole.dims));
            assert_eq!(ours.data_type, whole.data_type);
            assert_eq!(ours.raw_data, whole.raw_data);
        }
    }
}
