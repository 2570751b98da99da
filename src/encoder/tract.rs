//! tract as a second engine: the independent reference.

use bytes::Bytes;
use prost::Message;
use tract_onnx::pb;
use tract_onnx::prelude::*;

use super::blocks::Blocks;
use super::onnx;
use crate::error::{Error, ErrorKind, Result};

/// A text classifier whose first output is its logits.
pub struct TractModel {
    plan: Arc<TypedRunnableModel>,
    inputs: Vec<Input>,
}

/// `[1, tokens]` integers that a classifier may ask for.
enum Input {
    /// Word pieces.
    Ids,
    /// Ones: a window holds nothing but its own tokens.
    Mask,
    /// Zeros: all of a window is one sentence, as BERT calls it.
    Types,
}

impl TractModel {
    /// Reads and optimises an ONNX file for windows of any length.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`].
    pub fn new(onnx: Bytes) -> Result<Self> {
        let blocks = onnx::blocks(&onnx)?;
        plan(onnx, blocks).map_err(|cause| failed("tract cannot run this ONNX file.", cause))
    }

    /// The logits of one window.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`].
    pub fn run(&self, ids: &[u32]) -> Result<Vec<f32>> {
        self.logits(ids).map_err(|cause| failed("tract failed on this text.", cause))
    }

    fn logits(&self, ids: &[u32]) -> TractResult<Vec<f32>> {
        let shape = [1, ids.len()];
        let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
        let input = |input: &Input| match input {
            Input::Ids => Tensor::from_shape(&shape, &ids),
            Input::Mask => Tensor::from_shape(&shape, &vec![1i64; ids.len()]),
            Input::Types => Tensor::from_shape(&shape, &vec![0i64; ids.len()]),
        };
        let inputs = self.inputs.iter().map(|kind| input(kind).map(TValue::from));
        let outputs = self.plan.run(inputs.collect::<TractResult<_>>()?)?;
        let logits = outputs[0].cast_to::<f32>()?;
        Ok(logits.to_plain_array_view::<f32>()?.iter().copied().collect())
    }
}

impl Input {
    /// What Hugging Face's exports call it.
    fn named(name: &str) -> TractResult<Self> {
        match name {
            "input_ids" => Ok(Self::Ids),
            "attention_mask" => Ok(Self::Mask),
            "token_type_ids" => Ok(Self::Types),
            other => Err(TractError::msg(format!("the model asks for an unknown input: {other}"))),
        }
    }
}

fn plan(onnx: Bytes, blocks: Vec<(usize, Blocks)>) -> TractResult<TractModel> {
    let mut file = pb::ModelProto::decode(onnx)?;
    if let Some(graph) = &mut file.graph {
        blocks.into_iter().for_each(|(node, blocks)| widen(graph, node, blocks));
    }
    let mut model = tract_onnx::onnx().with_ignore_value_info(true).model_for_proto_model(&file)?;
    let tokens = model.symbols.sym("tokens");
    let mut inputs = Vec::new();
    for (at, outlet) in model.input_outlets()?.to_vec().into_iter().enumerate() {
        inputs.push(Input::named(&model.node(outlet.node).name)?);
        let fact = InferenceFact::dt_shape(i64::datum_type(), tvec!(1.to_dim(), tokens.to_dim()));
        model.set_input_fact(at, fact)?;
    }
    Ok(TractModel { plan: model.into_optimized()?.into_runnable()?, inputs })
}

/// Makes a node over 4-bit blocks, which tract does not know, one over `f32`.
fn widen(graph: &mut pb::GraphProto, node: usize, blocks: Blocks) {
    let node = &mut graph.node[node];
    let gathers = node.op_type == "GatherBlockQuantized";
    let (op_type, data, other) = if gathers { ("Gather", 0, 1) } else { ("MatMul", 1, 0) };
    let packed = node.input[data].clone();
    let wide = format!("{packed}_wide");
    let (dims, floats) = if gathers {
        (blocks.dims(), blocks.floats())
    } else {
        let [outputs, inputs] = blocks.dims();
        ([inputs, outputs], onnx::transpose(&blocks.floats(), [outputs, inputs]))
    };
    let mut inputs = [String::new(), String::new()];
    inputs[data] = wide.clone();
    inputs[other] = node.input[other].clone();
    *node = pb::NodeProto {
        input: inputs.to_vec(),
        output: node.output.clone(),
        name: node.name.clone(),
        op_type: op_type.into(),
        ..Default::default()
    };
    graph.initializer.retain(|tensor| tensor.name != packed);
    graph.initializer.push(pb::TensorProto {
        name: wide,
        dims: dims.map(|dim| dim as i64).to_vec(),
        data_type: pb::tensor_proto::DataType::Float as i32,
        float_data: floats,
        ..Default::default()
    });
}

fn failed(message: &str, cause: TractError) -> Error {
    let cause: Box<dyn std::error::Error + Send + Sync> = format!("{cause:#}").into();
    Error::new(ErrorKind::ModelUnsupported, message).caused_by(cause)
}
