//! tract as a second engine: the independent reference.

use tract_onnx::prelude::*;

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
    pub fn new(onnx: &[u8]) -> Result<Self> {
        let plan = plan(onnx).map_err(|cause| failed("tract cannot run this ONNX file.", cause))?;
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

fn plan(onnx: &[u8]) -> TractResult<Arc<TypedRunnableModel>> {
    let mut model = tract_onnx::onnx()
        .with_ignore_value_info(true)
        .model_for_read(&mut std::io::Cursor::new(onnx))?;
    let tokens = model.symbols.sym("tokens");
    for input in 0..2 {
        let fact = InferenceFact::dt_shape(i64::datum_type(), tvec!(1.to_dim(), tokens.to_dim()));
        model.set_input_fact(input, fact)?;
    }
    model.into_optimized()?.into_runnable()
}

fn failed(message: &str, cause: TractError) -> Error {
    let cause: Box<dyn std::error::Error + Send + Sync> = format!("{cause:#}").into();
    Error::new(ErrorKind::ModelUnsupported, message).caused_by(cause)
}
