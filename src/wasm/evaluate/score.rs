//! What a scoring worker asks.

use js_sys::{Error as JsError, Float32Array};
use wasm_bindgen::prelude::*;

use super::MODELS;
use crate::classify::{Ask, Plot};
use crate::wasm::engine::Engine;
use crate::wasm::to_js;

#[wasm_bindgen]
impl Engine {
    /// A text's probabilities as `classify` gives them, `[models, genres]`: of
    /// DistilBERT, the keyword model and both.
    pub fn score(
        &self,
        text: String,
        title: Option<String>,
    ) -> std::result::Result<Float32Array, JsError> {
        let shared = &self.shared;
        let classifier = shared.classifier.borrow();
        let plot = Plot { title, text };
        let answer = classifier.classify(plot, Ask::All, &mut shared.workspace.borrow_mut());
        let answer = answer.map_err(to_js)?;
        let opinions = MODELS.iter().filter_map(|&model| answer.opinion(model));
        let scores: Vec<f32> = opinions.flat_map(|o| o.probabilities.iter().map(|p| p.0)).collect();
        Ok(Float32Array::from(scores.as_slice()))
    }
}
