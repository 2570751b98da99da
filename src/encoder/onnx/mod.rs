//! An ONNX export of DistilBERT as typed [`Weights`].
//!
//! Layers are found by the names that PyTorch's exporter keeps for their
//! biases; from there the graph is walked to the matrix, which may be fp32,
//! int8 or uint8 behind `DequantizeLinear`, the same in `MatMulInteger`, or
//! 4-bit blocks in `MatMulNBits` and `GatherBlockQuantized`. What lies between
//! the matrices is not run but known, so the graph is checked where other
//! models with the same names differ.

mod file;
mod form;
mod matrix;
pub mod proto;
mod tensor;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

use bytes::Bytes;

use file::Outline;
use matrix::{Matrix, Steps};
use proto::{NodeProto, TensorProto};
#[cfg(feature = "tract")]
pub use tensor::transpose;
use tensor::{byte_values, dims, elements, float_values, held, int4_bytes, int8_values, int8_zero};

use super::blocks::{Blocks, Nibble};
use super::weights::{
    DenseLinear, Embeddings, Head, Layer, LayerNorm, Layers, Linear, Weight, Weights,
};
use crate::artefact::Contents;
use crate::error::{Error, ErrorKind, Result};

/// Makes something of the weights of a DistilBERT classifier with `heads` attention
/// heads. Layers are read from the file as they are asked for.
///
/// # Errors
/// [`ErrorKind::ModelUnsupported`] for anything but such an export, and those of `make`.
pub fn read_by_layer<T>(
    onnx: &impl Contents,
    heads: usize,
    make: impl FnOnce(Weights<Layers<'_>>) -> Result<T>,
) -> Result<T> {
    let outline = Outline::of(onnx)?;
    let read = |place| onnx.piece(place);
    let graph = Graph::new(&outline, &read);
    make(graph.weights(heads)?)
}

/// The weights of a DistilBERT classifier with `heads` attention heads.
///
/// # Errors
/// [`ErrorKind::ModelUnsupported`] for anything but such an export.
#[cfg(any(test, feature = "gpu"))]
pub fn read(onnx: &impl Contents, heads: usize) -> Result<Weights> {
    read_by_layer(onnx, heads, |weights| weights.with_all_layers())
}

/// The nodes of a file that read 4-bit blocks, by their places in the graph.
///
/// # Errors
/// [`ErrorKind::ModelUnsupported`].
#[cfg(feature = "tract")]
pub fn blocks(onnx: &impl Contents) -> Result<Vec<(usize, Blocks)>> {
    let outline = Outline::of(onnx)?;
    let read = |place| onnx.piece(place);
    let own = Graph::new(&outline, &read);
    let of_node = |(at, node): (usize, &NodeProto)| {
        let blocks = match node.op_type.as_str() {
            "MatMulNBits" => own.matmul_nbits(node),
            "GatherBlockQuantized" => own.gather_blocks(node),
            _ => return None,
        };
        Some(blocks.map(|blocks| (at, blocks)))
    };
    outline.graph.node.iter().enumerate().filter_map(of_node).collect()
}

fn unsupported(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::ModelUnsupported, message)
}

/// The exporter's prefix of the encoder's names ends where this begins.
const ENCODER_MARK: &str = "embeddings.LayerNorm.weight";

/// How many times over a file's tensors may be read: exporters store equal ones
/// once, but the model must not become a multiple of its file.
const MOST_READS: usize = 2;

/// Bytes of small tensors that may be read beyond that.
const SMALL_CHANGE: usize = 64 << 10;

struct Graph<'a> {
    tensors: HashMap<&'a str, Stored<'a>>,
    /// Reads a part of the file.
    read: &'a dyn Fn(Range<usize>) -> Bytes,
    /// Bytes of tensors that may still be read.
    left: Cell<usize>,
    producer: HashMap<&'a str, &'a NodeProto>,
    users: HashMap<&'a str, Vec<&'a NodeProto>>,
}

/// A tensor, and the place in the file of what it holds, where it does not itself.
type Stored<'a> = (&'a TensorProto, Range<usize>);

/// A product of activations and a stored matrix.
struct Product<'a> {
    /// The name of the activations, as they were before any quantisation.
    input: &'a str,
    weight: Factor,
}

enum Factor {
    /// `[inputs, outputs]`.
    Matrix(Matrix),
    /// `[outputs, inputs]`.
    Blocks(Blocks),
}

impl<'a> Graph<'a> {
    fn new(outline: &'a Outline, read: &'a dyn Fn(Range<usize>) -> Bytes) -> Self {
        let Outline { graph, places } = outline;
        let tensors = graph.initializer.iter().zip(places);
        let tensors =
            tensors.map(|(tensor, place)| (tensor.name.as_str(), (tensor, place.clone())));
        let constants =
            graph.node.iter().filter(|node| node.op_type == "Constant").filter_map(|node| {
                let value = node.attribute.iter().find(|a| a.name == "value")?;
                Some((node.output.first()?.as_str(), (value.t.as_ref()?, 0..0)))
            });
        let outputs = |node: &'a NodeProto| node.output.iter().map(move |o| (o.as_str(), node));
        let mut users: HashMap<&str, Vec<&NodeProto>> = HashMap::new();
        for node in &graph.node {
            node.input.iter().for_each(|input| users.entry(input).or_default().push(node));
        }
        let tensors: HashMap<_, _> = tensors.chain(constants).collect();
        let stored: usize =
            tensors.values().map(|(tensor, place)| held(tensor) + place.len()).sum();
        Self {
            tensors,
            read,
            left: stored.saturating_mul(MOST_READS).saturating_add(SMALL_CHANGE).into(),
            producer: graph.node.iter().flat_map(outputs).collect(),
            users,
        }
    }

    fn weights(&self, heads: usize) -> Result<Weights<Layers<'_>>> {
        let prefix = self.encoder_prefix()?;
        let embeddings = Embeddings {
            words: self.embedding(&format!("{prefix}embeddings.word_embeddings.weight"))?,
            positions: self
                .embedding_floats(&format!("{prefix}embeddings.position_embeddings.weight"))?,
            norm: self.norm(&format!("{prefix}embeddings.LayerNorm"))?,
        };
        let hidden = embeddings.hidden();
        let layers = (0..)
            .map(move |index| format!("{prefix}transformer.layer.{index}."))
            .take_while(|layer| self.tensors.keys().any(|name| name.starts_with(layer)))
            .map(move |layer| self.layer(&layer)?.check(hidden));
        Weights { heads, embeddings, layers: Box::new(layers) as Layers, head: self.head()? }
            .check()
    }

    fn head(&self) -> Result<Head> {
        let (classifier, pooled) = self.dense("classifier")?;
        if self.tensors.contains_key("pre_classifier.bias") {
            let (pre_classifier, state) = self.dense("pre_classifier")?;
            self.check_first_token(state)?;
            self.check_relu(pooled, "pre_classifier.bias")?;
            Ok(Head::FirstToken { pre_classifier, classifier })
        } else {
            self.check_mean(pooled)?;
            Ok(Head::MeanPool(classifier))
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
        self.check_gelu(&format!("{name}ffn.lin1.bias"))?;
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
        let weight = match self.product_with(&bias_name)?.weight {
            Factor::Blocks(blocks) => Weight::Blocks(blocks),
            Factor::Matrix(matrix) => matrix.quantized().into(),
        };
        Ok(Linear { weight, bias: self.floats(&bias_name)? })
    }

    /// A layer and the name of what it is applied to.
    fn dense(&self, name: &str) -> Result<(DenseLinear, &'a str)> {
        let bias_name = format!("{name}.bias");
        let Product { input, weight } = self.product_with(&bias_name)?;
        let weight = match weight {
            Factor::Blocks(blocks) => blocks.floats(),
            Factor::Matrix(matrix) => matrix.floats_by_output(),
        };
        Ok((DenseLinear { weight, bias: self.floats(&bias_name)? }, input))
    }

    /// The node that adds a bias.
    fn sum_with(&self, bias: &str) -> Result<&'a NodeProto> {
        let mut users = self.users.get(bias).into_iter().flatten();
        let sum = users.find(|node| matches!(node.op_type.as_str(), "Add" | "Gemm"));
        sum.copied().ok_or_else(|| unsupported(format!("No matrix product is added to '{bias}'.")))
    }

    /// The matrix product that this bias is added to.
    fn product_with(&self, bias: &str) -> Result<Product<'a>> {
        let missing = || unsupported(format!("No matrix product is added to '{bias}'."));
        let add = self.sum_with(bias)?;
        if add.op_type == "Gemm" {
            return self.gemm(add, bias);
        }
        let product = add.input.iter().find(|input| *input != bias).ok_or_else(missing)?;
        let node = self.producer.get(product.as_str()).ok_or_else(missing)?;
        match (node.op_type.as_str(), node.input.as_slice()) {
            ("MatMulNBits", [input, ..]) => {
                Ok(Product { input, weight: Factor::Blocks(self.matmul_nbits(node)?) })
            }
            ("MatMul", [input, weight]) => {
                Ok(Product { input, weight: Factor::Matrix(self.matrix(weight)?) })
            }
            ("Mul", [a, b]) => self.matmul_integer(a, b).or_else(|_| self.matmul_integer(b, a)),
            _ => Err(missing()),
        }
    }

    /// `Gemm(x, w, bias)` without factors, where only `w` may be transposed.
    fn gemm(&self, node: &'a NodeProto, bias: &str) -> Result<Product<'a>> {
        let plain = attribute(node, "transA").unwrap_or(0) == 0
            && factor(node, "alpha") == 1.0
            && factor(node, "beta") == 1.0;
        match node.input.as_slice() {
            [input, weight, added] if plain && added == bias => {
                let matrix = self.matrix(weight)?;
                let transposed = attribute(node, "transB").unwrap_or(0) != 0;
                let matrix = if transposed { matrix.transposed() } else { matrix };
                Ok(Product { input, weight: Factor::Matrix(matrix) })
            }
            _ => Err(unsupported(format!("The product that '{bias}' is added to is scaled."))),
        }
    }

    /// `[outputs, inputs]` of a `MatMulNBits`.
    fn matmul_nbits(&self, node: &NodeProto) -> Result<Blocks> {
        let bad = || unsupported("A 4-bit matrix product has an unknown form.");
        let [_, packed, scales, rest @ ..] = node.input.as_slice() else { return Err(bad()) };
        let symmetric = rest.iter().all(String::is_empty);
        let whole = attribute(node, "bits").unwrap_or(4) == 4 && symmetric;
        let inputs = size(node, "K").filter(|_| whole).ok_or_else(bad)?;
        let block = size(node, "block_size").ok_or_else(bad)?;
        let bytes = byte_values(&self.filled(packed)?)?;
        Blocks::new(bytes, Nibble::Offset, self.floats(scales)?, inputs, block).ok_or_else(bad)
    }

    /// The table of a `GatherBlockQuantized`.
    fn gather_blocks(&self, node: &NodeProto) -> Result<Blocks> {
        let bad = || unsupported("A 4-bit table has an unknown form.");
        let [data, _, scales] = node.input.as_slice() else { return Err(bad()) };
        let by_row = attribute(node, "gather_axis").unwrap_or(0) == 0
            && matches!(attribute(node, "quantize_axis"), Some(1 | -1));
        let block = size(node, "block_size").filter(|_| by_row).ok_or_else(bad)?;
        let tensor = self.filled(data)?;
        let (bytes, [_, columns]) = (int4_bytes(&tensor)?, dims(&tensor)?);
        Blocks::new(bytes, Nibble::Signed, self.floats(scales)?, columns, block).ok_or_else(bad)
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

    /// `Mul(Cast(MatMulInteger(x, w, zx, zw)), Mul(scale of x, scale of w))`,
    /// as `quantize_dynamic` of onnxruntime writes it.
    fn matmul_integer(&self, product: &str, scales: &str) -> Result<Product<'a>> {
        let missing = || unsupported("A quantised matrix product has an unknown form.");
        let inputs = |value: &str, op_type| {
            let node = self.producer.get(value).filter(|node| node.op_type == op_type);
            node.map(|node| node.input.as_slice()).ok_or_else(missing)
        };
        let [sums, ..] = inputs(product, "Cast")? else { return Err(missing()) };
        let [x, weight, zeros @ ..] = inputs(sums, "MatMulInteger")? else { return Err(missing()) };
        let [input, ..] = inputs(x, "DynamicQuantizeLinear")? else { return Err(missing()) };
        // Of both scales only that of the weight is stored.
        let stored = |name: &&String| self.tensors.contains_key(name.as_str());
        let scales: Vec<_> = inputs(scales, "Mul")?.iter().filter(stored).collect();
        let [scale] = scales[..] else { return Err(missing()) };
        let matrix = self.int8(weight, scale, zeros.get(1), 1)?;
        Ok(Product { input, weight: Factor::Matrix(matrix) })
    }

    /// A stored fp32 matrix, or an int8 one behind `DequantizeLinear`.
    fn matrix(&self, name: &str) -> Result<Matrix> {
        if let Some((tensor, _)) = self.tensors.get(name) {
            return Ok(Matrix::Float { dims: dims(tensor)?, values: self.floats(name)? });
        }
        match self.producer.get(name) {
            Some(node) if node.op_type == "DequantizeLinear" => self.dequantized(node),
            _ => Err(unsupported(format!("The matrix '{name}' is not stored in the file."))),
        }
    }

    /// What a `DequantizeLinear` makes of a stored matrix.
    fn dequantized(&self, node: &NodeProto) -> Result<Matrix> {
        let axis = match attribute(node, "axis").unwrap_or(1) {
            0 | -2 => Some(0),
            1 | -1 => Some(1),
            _ => None,
        };
        let by_slice = attribute(node, "block_size").unwrap_or(0) == 0;
        match (node.input.as_slice(), axis.filter(|_| by_slice)) {
            ([weight, scale, zeros @ ..], Some(axis)) => {
                self.int8(weight, scale, zeros.first(), axis)
            }
            _ => Err(unsupported("A dequantised matrix has an unknown form.")),
        }
    }

    /// A stored matrix of int8 or uint8 with one scale and zero point, or one
    /// for each slice along `axis`; no zero points are zeros.
    fn int8(
        &self,
        weight: &str,
        scale: &str,
        zero_point: Option<&String>,
        axis: usize,
    ) -> Result<Matrix> {
        let tensor = self.filled(weight)?;
        let dims = dims(&tensor)?;
        let values = int8_values(&tensor)?;
        let scales = self.floats(scale)?;
        let zeros = match zero_point.filter(|name| !name.is_empty()) {
            Some(name) => int8_values(&self.same_type(name, &tensor)?)?,
            None => vec![int8_zero(&tensor)?; scales.len()],
        };
        let whole = scales.len() == 1 || scales.len() == dims[axis];
        if !whole || zeros.len() != scales.len() || self.tensor(scale)?.dims.len() > 1 {
            return Err(unsupported(format!(
                "The int8 matrix '{weight}' needs one scale, or one for each channel."
            )));
        }
        Ok(Matrix::Int8 { dims, values, steps: Steps { scales, zeros, axis } })
    }

    /// A tensor that has to be of the same type as another.
    fn same_type(&self, name: &str, other: &TensorProto) -> Result<TensorProto> {
        let tensor = self.filled(name)?;
        if tensor.data_type == other.data_type {
            Ok(tensor)
        } else {
            Err(unsupported(format!("'{name}' and '{}' are of different types.", other.name)))
        }
    }

    /// An embedding table `[rows, hidden]`, quantised by row.
    fn embedding(&self, name: &str) -> Result<Weight> {
        if let Some(blocks) = self.block_table(name)? {
            return Ok(Weight::Blocks(blocks));
        }
        Ok(self.table(name)?.table_before_norm().into())
    }

    fn embedding_floats(&self, name: &str) -> Result<Vec<f32>> {
        if let Some(blocks) = self.block_table(name)? {
            return Ok(blocks.floats());
        }
        Ok(self.table(name)?.floats())
    }

    /// A table under its own name, or quantised under the name with a suffix
    /// and dequantised before its rows are gathered, or after.
    fn table(&self, name: &str) -> Result<Matrix> {
        if self.tensors.contains_key(name) {
            return self.matrix(name);
        }
        let unknown = || unsupported(format!("The table '{name}' has an unknown form."));
        let quantized = format!("{name}_quantized");
        let reader = self.reader(&quantized).ok_or_else(unknown)?;
        if reader.op_type == "DequantizeLinear" {
            return self.dequantized(reader);
        }
        let by_row = reader.op_type == "Gather" && attribute(reader, "axis").unwrap_or(0) == 0;
        let rows = reader.output.first().filter(|_| by_row).and_then(|rows| self.reader(rows));
        match rows.map(|node| (node.op_type.as_str(), node.input.as_slice())) {
            // With one scale, what is true of the rows is true of the table.
            Some(("DequantizeLinear", [_, scale, zeros @ ..]))
                if elements(self.tensor(scale)?) == Some(1) =>
            {
                self.int8(&quantized, scale, zeros.first(), 0)
            }
            _ => Err(unknown()),
        }
    }

    /// The only node that reads a value.
    fn reader(&self, name: &str) -> Option<&'a NodeProto> {
        match self.users.get(name)?.as_slice() {
            [node] => Some(node),
            _ => None,
        }
    }

    fn stored(&self, name: &str) -> Result<&Stored<'a>> {
        let stored = self.tensors.get(name);
        stored.ok_or_else(|| unsupported(format!("This ONNX file has no tensor '{name}'.")))
    }

    /// A tensor without what it holds.
    fn tensor(&self, name: &str) -> Result<&'a TensorProto> {
        self.stored(name).map(|&(tensor, _)| tensor)
    }

    fn floats(&self, name: &str) -> Result<Vec<f32>> {
        float_values(&self.filled(name)?)
    }

    /// A tensor with what it holds.
    fn filled(&self, name: &str) -> Result<TensorProto> {
        let (tensor, place) = self.stored(name)?;
        let left = self.left.get().checked_sub(held(tensor) + place.len());
        self.left.set(left.ok_or_else(|| {
            unsupported("This ONNX file uses the same tensors over and over; export it again.")
        })?);
        let mut filled = TensorProto::clone(tensor);
        if !place.is_empty() {
            filled.raw_data = (self.read)(place.clone());
        }
        Ok(filled)
    }
}

/// An integer attribute of a node.
fn attribute(node: &NodeProto, name: &str) -> Option<i64> {
    node.attribute.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.i)
}

/// A float attribute of a node, by default 1.
fn factor(node: &NodeProto, name: &str) -> f32 {
    let attribute = node.attribute.iter().find(|attribute| attribute.name == name);
    attribute.map_or(1.0, |attribute| attribute.f)
}

/// An attribute that is a size.
fn size(node: &NodeProto, name: &str) -> Option<usize> {
    attribute(node, name).and_then(|value| usize::try_from(value).ok())
}
