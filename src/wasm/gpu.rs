//! DistilBERT's windows on a graphics processor, for a job of the other module.

use js_sys::{Array, Error as JsError, Float32Array, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::contents::JsContents;
use super::to_js;
use crate::artefact::{Manifest, Verified};
use crate::encoder::WebGpu;
use crate::error::{Error, ErrorKind};

/// A DistilBERT on an open device.
#[wasm_bindgen]
pub struct GpuEncoder {
    encoder: WebGpu,
}

#[wasm_bindgen]
impl GpuEncoder {
    /// Takes the text of `manifest.json` and the model file that it names, checked by
    /// size and SHA-256 before it is parsed, and opens the device that the browser
    /// prefers for heavy work.
    pub async fn open(
        manifest: String,
        bytes: Uint8Array,
        digest: Option<Uint8Array>,
    ) -> Result<GpuEncoder, JsError> {
        let digest = digest.and_then(|digest| digest.to_vec().try_into().ok());
        Self::read(&manifest, JsContents { bytes, digest }).await.map_err(to_js)
    }

    /// Runs windows of word pieces side by side; each gives what `Job.takeWindow`
    /// takes, whatever else is run.
    pub async fn run(&self, windows: Vec<Uint32Array>) -> Result<Array, JsError> {
        let windows: Vec<Vec<u32>> = windows.iter().map(Uint32Array::to_vec).collect();
        let answers = self.encoder.run(&windows).await.map_err(to_js)?;
        Ok(answers.iter().map(|window| Float32Array::from(window.pack().as_slice())).collect())
    }
}

impl GpuEncoder {
    async fn read(manifest: &str, contents: JsContents) -> Result<Self, Error> {
        let manifest = Manifest::read(manifest)?;
        let entry = manifest.distilbert.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::ModelMissing, "The model folder holds no DistilBERT.")
        })?;
        let verified = Verified::check(manifest.file(&entry.onnx)?, contents)?;
        let encoder = WebGpu::open(verified.contents(), entry.attention_heads).await?;
        Ok(Self { encoder })
    }
}
