//! An ONNX export of DistilBERT as typed [`Weights`].
//!
//! Layers are found by the names that PyTorch's exporter keeps for their
//! biases; from there the graph is walked to the matrix, which may be fp32,
//! int8 behind `DequantizeLinear`, int8 in `MatMulInteger`, or 4-bit blocks in
//! `MatMulNBits` and `GatherBlockQuantized`.

mod blocks;
mod matrix;
pub mod proto;
mod tensor;

use std::collections::HashMap;

use bytes::Bytes;
use prost::Message;

pub use blocks::Blocks;
use blocks::Nibble;
use matrix::Matrix;
use proto::{GraphProto, ModelProto, NodeProto, TensorProto};
#[cfg(feature = "tract")]
pub use tensor::transpose;
use tensor::{byte_values, dims, float_values, int4_bytes, int8_values};

use super::weights::{
    DenseLinear, Embeddings, Head, Layer, LayerNorm, Linear, QuantizedMatrix, Weights,
};
use crate::error::{Error, ErrorKind, Result};

/// Reads the weights of a DistilBERT classifier with `heads` attention heads.
///
/// # Errors
/// [`ErrorKind::ModelUnsupported`] for anything but such an export.
pub fn read(onnx: Bytes, heads: usize) -> Result<Weights> {
    Graph::new(&decode(onnx)?).weights(heads)
}

/// The nodes of a file that read 4-bit blocks, by their places in the graph.
///
/// # Errors
/// [`ErrorKind::ModelUnsupported`].
#[cfg(feature = "tract")]
pub fn blocks(onnx: Bytes) -> Result<Vec<(usize, Blocks)>> {
    let graph = decode(onnx)?;
    let own = Graph::new(&graph);
    let of_node = |(at, node): (usize, &NodeProto)| {
        let blocks = match node.op_type.as_str() {
            "MatMulNBits" => own.matmul_nbits(node),
            "GatherBlockQuantized" => own.gather_blocks(node),
            _ => return None,
        };
        Some(blocks.map(|blocks| (at, blocks)))
    };
    graph.node.iter().enumerate().filter_map(of_node).collect()
}

fn decode(onnx: Bytes) -> Result<GraphProto> {
    let model = ModelProto::decode(onnx)
        .map_err(|cause| unsupported("This is not an ONNX file.").caused_by(cause))?;
    model.graph.ok_or_else(|| unsupported("This ONNX file has no graph."))
}

fn unsupported(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::ModelUnsupported, message)
}

/// The exporter's prefix of the encoder's names ends where this begins.
const ENCODER_MARK: &str = "embeddings.LayerNorm.weight";

struct Graph<'a> {
    tensors: HashMap<&'a str, &'a TensorProto>,
    producer: HashMap<&'a str, &'a NodeProto>,
    bias_user: HashMap<&'a str, &'a NodeProto>,
}

/// The stored side of a matrix product.
enum Product {
    Matrix(Matrix),
    Blocks(Blocks),
}

impl<'a> Graph<'a> {
    fn new(graph: &'a GraphProto) -> Self {
        let tensors = graph.initializer.iter().map(|t| (t.name.as_str(), t));
        let constants =
            graph.node.iter().filter(|node| node.op_type == "Constant").filter_map(|node| {
                let value = node.attribute.iter().find(|a| a.name == "value")?;
                Some((node.output.first()?.as_str(), value.t.as_ref()?))
            });
        let outputs = |node: &'a NodeProto| node.output.iter().map(move |o| (o.as_str(), node));
        let inputs = |node: &'a NodeProto| node.input.iter().map(move |i| (i.as_str(), node));
        let adds = graph.node.iter().filter(|n| n.op_type == "Add" || n.op_type == "Gemm");
        Self {
            tensors: tensors.chain(constants).collect(),
            producer: graph.node.iter().flat_map(outputs).collect(),
            bias_user: adds.flat_map(inputs).collect(),
        }
    }

    fn weights(&self, heads: usize) -> Result<Weights> {
        let prefix = self.encoder_prefix()?;
        let embeddings = Embeddings {
            words: self.embedding(&format!("{prefix}embeddings.word_embeddings.weight"))?,
            positions: self
                .embedding_floats(&format!("{prefix}embeddings.position_embeddings.weight"))?,
            norm: self.norm(&format!("{prefix}embeddings.LayerNorm"))?,
        };
        let layers = (0..)
            .map(|index| format!("{prefix}transformer.layer.{index}."))
            .take_while(|layer| self.tensors.keys().any(|name| name.starts_with(layer)))
            .map(|layer| self.layer(&layer))
            .collect::<Result<_>>()?;
        let head = if self.tensors.contains_key("pre_classifier.bias") {
            Head::FirstToken {
                pre_classifier: self.dense("pre_classifier")?,
                classifier: self.dense("classifier")?,
            }
        } else {
            self.check_mean_pooled("classifier.bias")?;
            Head::MeanPool(self.dense("classifier")?)
        };
        Weights { heads, embeddings, layers, head }.check()
    }

    /// A head that reads a single token would be read wrongly as one that
    /// reads their mean.
    fn check_mean_pooled(&self, bias: &str) -> Result<()> {
        let head = self.bias_user.get(bias).and_then(|node| node.input.first());
        let pooled = head.and_then(|input| self.producer.get(input.as_str()));
        match pooled {
            Some(node) if node.op_type == "Gather" => {
                Err(unsupported("The classifier reads one token without a pre_classifier."))
            }
            _ => Ok(()),
        }
    }

    fn encoder_prefix(&self) -> Result<&'a str> {
        self.tensors
            .keys()
            .find_map(|name| name.strip_suffix(ENCODER_MARK))
            .ok_or_else(|| unsupported("This ONNX file is not a DistilBERT classifier."))
    }

    /// The layer whose tensors start with `name`.
    fn layer(&self, name: &str) -> Result<Layer> {
        Ok(Layer {
            query: self.linear(&format!("{name}attention.q_lin"))?,
            key: self.linear(&format!("{name}attention.k_lin"))?,
            value: self.linear(&format!("{name}attention.v_lin"))?,
            attention_out: self.linear(&format!("{name}attention.out_lin"))?,
            attention_norm: self.norm(&format!("{name}sa_layer_norm"))?,
            feed_forward_in: self.linear(&format!("{name}ffn.lin1"))?,
            feed_forward_out: self.linear(&format!("{name}ffn.lin2"))?,
            output_norm: self.norm(&format!("{name}output_layer_norm"))?,
        })
    }

    fn norm(&self, name: &str) -> Result<LayerNorm> {
        Ok(LayerNorm {
            weight: self.floats(&format!("{name}.weight"))?,
            bias: self.floats(&format!("{name}.bias"))?,
        })
    }

    fn linear(&self, name: &str) -> Result<Linear> {
        let bias_name = format!("{name}.bias");
        let weight = match self.product_with(&bias_name)? {
            Product::Blocks(blocks) => blocks.quantized(),
            Product::Matrix(matrix) => matrix.quantized(),
        };
        Ok(Linear { weight, bias: self.floats(&bias_name)? })
    }

    fn dense(&self, name: &str) -> Result<DenseLinear> {
        let bias_name = format!("{name}.bias");
        let weight = match self.product_with(&bias_name)? {
            Product::Blocks(blocks) => blocks.floats(),
            Product::Matrix(matrix) => matrix.floats_by_output(),
        };
        Ok(DenseLinear { weight, bias: self.floats(&bias_name)? })
    }

    /// The matrix whose product with the activations this bias is added to.
    fn product_with(&self, bias: &str) -> Result<Product> {
        let missing = || unsupported(format!("No matrix product is added to '{bias}'."));
        let add = self.bias_user.get(bias).ok_or_else(missing)?;
        if add.op_type == "Gemm" {
            let transposed = attribute(add, "transB") == Some(1);
            let matrix = self.matrix(add.input.get(1).ok_or_else(missing)?)?;
            return Ok(Product::Matrix(if transposed { matrix.transposed() } else { matrix }));
        }
        let product = add.input.iter().find(|input| *input != bias).ok_or_else(missing)?;
        let node = self.producer.get(product.as_str()).ok_or_else(missing)?;
        let matrix = match (node.op_type.as_str(), node.input.as_slice()) {
            ("MatMulNBits", _) => return self.matmul_nbits(node).map(Product::Blocks),
            ("MatMul", [_, weight]) => self.matrix(weight),
            ("Mul", [a, b]) => self.matmul_integer(a, b).or_else(|_| self.matmul_integer(b, a)),
            _ => Err(missing()),
        };
        matrix.map(Product::Matrix)
    }

    /// `[outputs, inputs]` of a `MatMulNBits`.
    fn matmul_nbits(&self, node: &NodeProto) -> Result<Blocks> {
        let bad = || unsupported("A 4-bit matrix product has an unknown form.");
        let [_, packed, scales, rest @ ..] = node.input.as_slice() else { return Err(bad()) };
        let symmetric = rest.iter().all(String::is_empty);
        let whole = attribute(node, "bits").unwrap_or(4) == 4 && symmetric;
        let inputs = size(node, "K").filter(|_| whole).ok_or_else(bad)?;
        let block = size(node, "block_size").ok_or_else(bad)?;
        let bytes = byte_values(self.tensor(packed)?)?;
        Blocks::unpack(&bytes, Nibble::Offset, self.floats(scales)?, inputs, block).ok_or_else(bad)
    }

    /// The table of a `GatherBlockQuantized`.
    fn gather_blocks(&self, node: &NodeProto) -> Result<Blocks> {
        let bad = || unsupported("A 4-bit table has an unknown form.");
        let [data, _, scales] = node.input.as_slice() else { return Err(bad()) };
        let by_row = attribute(node, "gather_axis").unwrap_or(0) == 0
            && matches!(attribute(node, "quantize_axis"), Some(1 | -1));
        let block = size(node, "block_size").filter(|_| by_row).ok_or_else(bad)?;
        let tensor = self.tensor(data)?;
        let bytes = int4_bytes(tensor)?;
        let [_, columns] = dims(tensor)?;
        Blocks::unpack(&bytes, Nibble::Signed, self.floats(scales)?, columns, block).ok_or_else(bad)
    }

    /// A table that is read from 4-bit blocks, where it is one.
    fn block_table(&self, name: &str) -> Result<Option<Blocks>> {
        let reads_it = |node: &&&NodeProto| {
            node.op_type == "GatherBlockQuantized"
                && node.input.first().is_some_and(|data| data.starts_with(name))
        };
        let node = self.producer.values().find(reads_it);
        node.map(|node| self.gather_blocks(node)).transpose()
    }

    /// `Mul(Cast(MatMulInteger(x, w, zx, zw)), Mul(scale of x, scale of w))`.
    fn matmul_integer(&self, product: &str, scales: &str) -> Result<Matrix> {
        let missing = || unsupported("A quantised matrix product has an unknown form.");
        let producer =
            |value: &str, op_type| self.producer.get(value).filter(|node| node.op_type == op_type);
        let cast = producer(product, "Cast").and_then(|cast| cast.input.first());
        let node = producer(cast.ok_or_else(missing)?, "MatMulInteger").ok_or_else(missing)?;
        let weight = node.input.get(1).ok_or_else(missing)?;
        let zero_point = node.input.get(3).map(String::as_str).unwrap_or_default();
        let scale = producer(scales, "Mul").ok_or_else(missing)?.input.iter();
        let mut stored = scale.filter(|name| self.tensors.contains_key(name.as_str()));
        self.int8(weight, stored.next().ok_or_else(missing)?, zero_point, 1)
    }

    /// A stored fp32 matrix, or an int8 one behind `DequantizeLinear`.
    fn matrix(&self, name: &str) -> Result<Matrix> {
        if let Some(tensor) = self.tensors.get(name) {
            return Ok(Matrix::Float { dims: dims(tensor)?, values: self.floats(name)? });
        }
        let node = self.producer.get(name).filter(|node| node.op_type == "DequantizeLinear");
        let Some((node, [weight, scale, rest @ ..])) = node.map(|n| (n, n.input.as_slice())) else {
            return Err(unsupported(format!("The matrix '{name}' is not stored in the file.")));
        };
        let axis = usize::try_from(attribute(node, "axis").unwrap_or(1)).unwrap_or(usize::MAX);
        self.int8(weight, scale, rest.first().map(String::as_str).unwrap_or_default(), axis)
    }

    fn int8(&self, weight: &str, scale: &str, zero_point: &str, axis: usize) -> Result<Matrix> {
        let tensor = self.tensor(weight)?;
        let dims = dims(tensor)?;
        let values = int8_values(tensor)?;
        let mut scales = self.floats(scale)?;
        let channels = *dims.get(axis).ok_or_else(|| unsupported("A scale has a bad axis."))?;
        if scales.len() == 1 {
            scales = vec![scales[0]; channels];
        }
        let symmetric = match self.tensors.get(zero_point) {
            Some(tensor) => int8_values(tensor)?.iter().all(|&zero| zero == 0),
            None => true,
        };
        if scales.len() != channels || values.len() != dims[0] * dims[1] || !symmetric {
            return Err(unsupported(format!(
                "The int8 matrix '{weight}' needs symmetric scales, one or one per channel."
            )));
        }
        Ok(Matrix::Int8 { dims, values, scales, axis })
    }

    /// An embedding table `[rows, hidden]`, quantised by row.
    fn embedding(&self, name: &str) -> Result<QuantizedMatrix> {
        if let Some(blocks) = self.block_table(name)? {
            return Ok(blocks.quantized());
        }
        match self.table(name)? {
            Matrix::Int8 { dims: [outputs, inputs], values, scales, axis: 0 } => {
                Ok(QuantizedMatrix { inputs, outputs, values, scales })
            }
            other => {
                let [_, hidden] = other.dims();
                Ok(QuantizedMatrix::quantize(hidden, &other.floats()))
            }
        }
    }

    fn embedding_floats(&self, name: &str) -> Result<Vec<f32>> {
        if let Some(blocks) = self.block_table(name)? {
            return Ok(blocks.floats());
        }
        Ok(self.table(name)?.floats())
    }

    /// A table under its own name, or quantised under the name with a suffix.
    fn table(&self, name: &str) -> Result<Matrix> {
        if self.tensors.contains_key(name) {
            return self.matrix(name);
        }
        let part = |suffix: &str| format!("{name}_{suffix}");
        let tensor = self.tensor(&part("quantized"))?;
        let scales = self.floats(&part("scale"))?.len();
        let axis = if scales == dims(tensor)?[0] { 0 } else { 1 };
        self.int8(&part("quantized"), &part("scale"), &part("zero_point"), axis)
    }

    fn tensor(&self, name: &str) -> Result<&'a TensorProto> {
        let tensor = self.tensors.get(name).copied();
        tensor.ok_or_else(|| unsupported(format!("This ONNX file has no tensor '{name}'.")))
    }

    fn floats(&self, name: &str) -> Result<Vec<f32>> {
        float_values(self.tensor(name)?)
    }
}

/// An integer attribute of a node.
fn attribute(node: &NodeProto, name: &str) -> Option<i64> {
    node.attribute.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.i)
}

/// An attribute that is a size.
fn size(node: &NodeProto, name: &str) -> Option<usize> {
    attribute(node, name).and_then(|value| usize::try_from(value).ok())
}
