//! tract as a second engine: the independent reference.

use bytes::Bytes;
use prost::Message;
use tract_onnx::pb;
use tract_onnx::prelude::*;

use super::onnx;
use crate::error::{Error, ErrorKind, Result};

/// A text classifier with inputs `input_ids` and `attention_mask`, and logits
/// as its first output.
pub struct TractModel {
    plan: Arc<TypedRunnableModel>,
}

impl TractModel {
    /// Reads and optimises an ONNX file for windows of any length.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`].
    pub fn new(onnx: Bytes) -> Result<Self> {
        let blocks = onnx::blocks(onnx.clone())?;
        let plan = plan(onnx, blocks)
            .map_err(|cause| failed("tract cannot run this ONNX file.", cause))?;
        Ok(Self { plan })
    }

    /// The logits of one window.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`].
    pub fn run(&self, ids: &[u32]) -> Result<Vec<f32>> {
        self.logits(ids).map_err(|cause| failed("tract failed on this text.", cause))
    }

    fn logits(&self, ids: &[u32]) -> TractResult<Vec<f32>> {
        let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
        let shape = [1, ids.len()];
        let mask = Tensor::from_shape(&shape, &vec![1i64; ids.len()])?;
        let ids = Tensor::from_shape(&shape, &ids)?;
        let outputs = self.plan.run(tvec!(ids.into(), mask.into()))?;
        let logits = outputs[0].cast_to::<f32>()?;
        Ok(logits.to_plain_array_view::<f32>()?.iter().copied().collect())
    }
}

fn plan(onnx: Bytes, blocks: Vec<(usize, onnx::Blocks)>) -> TractResult<Arc<TypedRunnableModel>> {
    let mut file = pb::ModelProto::decode(onnx)?;
    if let Some(graph) = &mut file.graph {
        blocks.into_iter().for_each(|(node, blocks)| widen(graph, node, blocks));
    }
    let mut model = tract_onnx::onnx().with_ignore_value_info(true).model_for_proto_model(&file)?;
    let tokens = model.symbols.sym("tokens");
    for input in 0..2 {
        let fact = InferenceFact::dt_shape(i64::datum_type(), tvec!(1.to_dim(), tokens.to_dim()));
        model.set_input_fact(input, fact)?;
    }
    model.into_optimized()?.into_runnable()
}

/// Makes a node over 4-bit blocks, which tract does not know, one over `f32`.
fn widen(graph: &mut pb::GraphProto, node: usize, blocks: onnx::Blocks) {
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
