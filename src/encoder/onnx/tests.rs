//! Files whose form is another than those that are read.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use prost::Message;

use super::proto::{AttributeProto, DataType, GraphProto, ModelProto};
use super::*;

const FIRST: &[u8] = include_bytes!("../../../tests/reference/tiny-first.onnx");
const WEIGHTS_CHANNEL: &[u8] =
    include_bytes!("../../../tests/reference/tiny-first-weights-channel.onnx");
const WEIGHTS_TENSOR: &[u8] =
    include_bytes!("../../../tests/reference/tiny-first-weights-tensor.onnx");
const DYNAMIC: &[u8] = include_bytes!("../../../tests/reference/tiny-first-dynamic-tensor.onnx");
const MEAN_INT4: &[u8] = include_bytes!("../../../tests/reference/tiny-mean-int4.onnx");

const WORDS: &str = "distilbert.embeddings.word_embeddings.weight";

#[test]
fn an_outline_and_its_pieces_are_the_whole_file() {
    for onnx in [FIRST, WEIGHTS_CHANNEL, DYNAMIC, MEAN_INT4] {
        let Outline { mut graph, places } = Outline::of(&onnx).unwrap();
        for (tensor, place) in graph.initializer.iter_mut().zip(places) {
            assert!(tensor.raw_data.is_empty());
            tensor.raw_data = onnx.piece(place);
        }
        assert_eq!(Some(graph), ModelProto::decode(onnx).unwrap().graph);
    }
}

#[test]
fn a_file_that_ends_early_is_refused() {
    for onnx in [FIRST, MEAN_INT4] {
        for length in (1..onnx.len()).step_by(997) {
            let error = Outline::of(&&onnx[..length]).map(|_| length).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelUnsupported);
        }
    }
}

#[test]
fn a_tensor_that_says_more_than_there_is_is_refused() {
    // A graph with one initializer, whose raw_data is said to have 100 bytes, and 2⁶⁴ − 1.
    let short: &[u8] = &[0x3a, 4, 0x2a, 2, 0x4a, 100];
    let mut endless = vec![0x3a, 13, 0x2a, 11, 0x4a];
    endless.extend([0xff; 9]);
    endless.push(1);
    for onnx in [short, &endless] {
        let error = Outline::of(&onnx).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("within a tensor"), "{error}");
    }
}

#[test]
fn what_is_written_twice_is_merged_as_the_format_says() {
    // A graph with a node, then one with a tensor of two raw_data.
    let onnx: &[u8] = &[0x3a, 2, 0x0a, 0, 0x3a, 8, 0x2a, 6, 0x4a, 1, 7, 0x4a, 1, 9];
    let Outline { mut graph, places } = Outline::of(&onnx).unwrap();
    graph.initializer[0].raw_data = onnx.piece(places[0].clone());
    assert_eq!(graph.initializer[0].raw_data, [9][..]);
    assert_eq!(Some(graph), ModelProto::decode(onnx).unwrap().graph);
}

/// What reading a file comes to after a change to its graph.
fn read_changed(onnx: &'static [u8], change: impl FnOnce(&mut GraphProto)) -> Result<Weights> {
    let mut model = ModelProto::decode(onnx).unwrap();
    change(model.graph.as_mut().unwrap());
    read(&model.encode_to_vec(), 4)
}

/// The nodes that read or give a value whose name has this in it.
fn nodes<'g>(
    graph: &'g mut GraphProto,
    op_type: &'g str,
    part: &'g str,
) -> impl Iterator<Item = &'g mut NodeProto> {
    let named = move |names: &[String]| names.iter().any(|name| name.contains(part));
    let wanted = move |node: &&mut NodeProto| {
        node.op_type == op_type && (named(&node.input) || named(&node.output))
    };
    graph.node.iter_mut().filter(wanted)
}

fn rename(graph: &mut GraphProto, op_type: &str, part: &str, new: &str) {
    let renamed = nodes(graph, op_type, part).map(|node| node.op_type = new.to_owned()).count();
    assert!(renamed > 0, "{op_type} {part}");
}

fn set(graph: &mut GraphProto, op_type: &str, part: &str, attribute: AttributeProto) {
    let node = nodes(graph, op_type, part).next().unwrap();
    node.attribute.retain(|old| old.name != attribute.name);
    node.attribute.push(attribute);
}

fn integer(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), i, ..Default::default() }
}

fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.to_owned(), f, ..Default::default() }
}

fn tensor<'g>(graph: &'g mut GraphProto, name: &str) -> &'g mut TensorProto {
    graph.initializer.iter_mut().find(|tensor| tensor.name.ends_with(name)).unwrap()
}

fn constant<'g>(graph: &'g mut GraphProto, part: &'g str) -> &'g mut TensorProto {
    let node = nodes(graph, "Constant", part).next().unwrap();
    node.attribute[0].t.as_mut().unwrap()
}

type Change = fn(&mut GraphProto);

fn assert_refused(onnx: &'static [u8], changes: &[(&str, Change)]) {
    assert!(read_changed(onnx, |_| {}).is_ok());
    for (name, change) in changes {
        match read_changed(onnx, change) {
            Ok(_) => panic!("{name}: read"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ModelUnsupported, "{name}"),
        }
    }
}

#[test]
fn other_models_under_the_same_names_are_refused() {
    assert_refused(
        FIRST,
        &[
            ("GELU by tanh", |g| rename(g, "Erf", "layer.1", "Tanh")),
            ("ReLU for GELU", |g| rename(g, "Div", "layer.0/ffn/activation", "Relu")),
            ("approximate Gelu", |g| {
                rename(g, "Div", "layer.0/ffn/activation", "Gelu");
                let tanh = Bytes::from_static(b"tanh");
                let name = "approximate".to_owned();
                let approximate = AttributeProto { name, s: tanh, ..Default::default() };
                set(g, "Gelu", "layer.0", approximate);
            }),
            ("another token", |g| {
                let index = constant(g, "/word_embeddings/Constant_output_0");
                index.raw_data = Bytes::from_static(&[1, 0, 0, 0, 0, 0, 0, 0]);
            }),
            ("another axis", |g| set(g, "Gather", "layer_norm", integer("axis", 0))),
            ("mean under pre_classifier", |g| rename(g, "Gather", "layer_norm", "ReduceMean")),
            ("tanh in the head", |g| rename(g, "Relu", "/Relu_output_0", "Tanh")),
            ("no pre_classifier", |g| {
                tensor(g, "pre_classifier.bias").name = "pooler.bias".to_owned();
                let gemm = nodes(g, "Gemm", "pre_classifier.bias").next().unwrap();
                gemm.input[2] = "pooler.bias".to_owned();
            }),
            ("a scaled product", |g| set(g, "Gemm", "pre_cl", float("alpha", 0.5))),
            ("a scaled bias", |g| set(g, "Gemm", "pre_cl", float("beta", 0.0))),
            ("transposed activations", |g| set(g, "Gemm", "pre_cl", integer("transA", 1))),
            ("weights in another file", |g| tensor(g, WORDS).raw_data = Bytes::new()),
            ("half precision", |g| tensor(g, WORDS).data_type = 10),
        ],
    );
    assert_refused(
        MEAN_INT4,
        &[
            ("largest instead of mean", |g| rename(g, "Div", "/ReduceSum_output_0", "ReduceMax")),
            ("blocks of 8 bits", |g| set(g, "MatMulNBits", "layer.0", integer("bits", 8))),
            ("blocks with zero points", |g| {
                let node = nodes(g, "MatMulNBits", "layer.0").next().unwrap();
                node.input.push("zero_points".to_owned());
            }),
        ],
    );
}

#[test]
fn other_forms_of_int8_are_refused() {
    let by_block: Change = |g| set(g, "DequantizeLinear", "MatMul", integer("block_size", 16));
    assert_refused(
        WEIGHTS_CHANNEL,
        &[
            ("scales by block", by_block),
            ("scales in a matrix", |g| tensor(g, "270_scale").dims = vec![1, 32]),
            ("another axis", |g| set(g, "DequantizeLinear", "MatMul", integer("axis", 2))),
            ("the other axis", |g| set(g, "DequantizeLinear", WORDS, integer("axis", 1))),
            ("16 bits", |g| tensor(g, "270_quantized").data_type = 5),
            ("8-bit floats", |g| tensor(g, "270_quantized").data_type = 17),
            ("quantised sums", |g| {
                rename(g, "MatMul", "layer.1/attention/q_lin", "QLinearMatMul");
            }),
        ],
    );
    assert_refused(
        WEIGHTS_TENSOR,
        &[
            ("a zero point of another type", |g| {
                tensor(g, "word_embeddings.weight_zero_point").data_type = DataType::Int8 as i32;
            }),
            ("a zero point that is computed", |g| {
                let node = nodes(g, "DequantizeLinear", "270").next().unwrap();
                node.input[2] = "computed".to_owned();
            }),
        ],
    );
    assert_refused(
        DYNAMIC,
        &[
            ("activations quantised before", |g| {
                rename(g, "DynamicQuantizeLinear", "layer_norm", "QuantizeLinear");
            }),
            ("two stored scales", |g| {
                let mul = nodes(g, "Mul", "MatMul_270_scale").next().unwrap();
                mul.input = vec![format!("{WORDS}_scale"), "onnx::MatMul_270_scale".to_owned()];
            }),
            ("a fused product", |g| rename(g, "MatMulInteger", "270", "MatMulIntegerToFloat")),
            ("gathered columns", |g| {
                set(g, "Gather", "word_embeddings.weight_quantized", integer("axis", 1));
            }),
            ("a table that more is read from", |g| {
                let again = nodes(g, "Gather", "word_embeddings.weight_quantized").next().unwrap();
                let again = again.clone();
                g.node.push(again);
            }),
        ],
    );
}

#[test]
fn the_same_file_written_otherwise_gives_the_same_weights() {
    let some = |weights: Result<Weights>| {
        let weights = weights.unwrap();
        (weights.embeddings.words, weights.layers[0].query.weight.clone())
    };
    let without_zero = read_changed(WEIGHTS_TENSOR, |g| {
        nodes(g, "DequantizeLinear", "MatMul_270").for_each(|node| node.input.truncate(2));
    });
    assert_eq!(some(without_zero), some(read_changed(WEIGHTS_TENSOR, |_| {})));
    let from_the_end = read_changed(WEIGHTS_CHANNEL, |g| {
        for (part, axis) in [("MatMul_270", -1), (WORDS, -2)] {
            set(g, "DequantizeLinear", part, integer("axis", axis));
        }
    });
    assert_eq!(some(from_the_end), some(read_changed(WEIGHTS_CHANNEL, |_| {})));
}

/// The tiny model with `layers` layers more, all of the tensors of its first.
fn with_shared_layers(layers: usize) -> impl FnOnce(&mut GraphProto) {
    const LAYER: &str = "distilbert.transformer.layer.0.";
    let renamed = move |names: &mut [String], index: usize| {
        for name in names {
            *name = name.replace(LAYER, &format!("distilbert.transformer.layer.{index}."));
        }
    };
    move |graph| {
        let own = |tensor: &&TensorProto| tensor.name.starts_with(LAYER);
        let tensors: Vec<_> = graph.initializer.iter().filter(own).cloned().collect();
        let reads = |node: &&NodeProto| node.input.iter().any(|name| name.starts_with(LAYER));
        let nodes: Vec<_> = graph.node.iter().filter(reads).cloned().collect();
        for index in 2..2 + layers {
            for mut tensor in tensors.iter().cloned() {
                renamed(std::slice::from_mut(&mut tensor.name), index);
                graph.initializer.push(tensor);
            }
            for mut node in nodes.iter().cloned() {
                renamed(&mut node.input, index);
                graph.node.push(node);
            }
        }
    }
}

#[test]
fn one_matrix_for_many_layers_is_refused() {
    let some = read_changed(FIRST, with_shared_layers(2)).unwrap();
    assert_eq!(some.layers[2].query.weight, some.layers[0].query.weight);
    let error = read_changed(FIRST, with_shared_layers(200)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelUnsupported);
    assert!(error.to_string().contains("over and over"), "{error}");
}
