//! What a scoring worker asks.

use js_sys::{Error as JsError, Float32Array};
use wasm_bindgen::prelude::*;

use super::{MODELS, stand_ins};
use crate::wasm::engine::Job;
use crate::wasm::to_js;

#[wasm_bindgen]
impl Job {
    /// The answer's probabilities alone, `[models, genres]`: of DistilBERT, the keyword
    /// model and both. Instead of `finish`.
    pub fn scores(&mut self) -> std::result::Result<Float32Array, JsError> {
        let answer = self.classification().map_err(to_js)?;
        let opinion = |&model| stand_ins(model).into_iter().find_map(|one| answer.opinion(one));
        let opinions = MODELS.iter().filter_map(opinion);
        let scores: Vec<f32> = opinions.flat_map(|o| o.probabilities.iter().map(|p| p.0)).collect();
        Ok(Float32Array::from(scores.as_slice()))
    }
}
