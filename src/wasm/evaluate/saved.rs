//! A report as it is saved, in parts, so that no part is large.

use wasm_bindgen::prelude::*;

use super::{Evaluator, JsResult, from_value};
use crate::error::Result;
use crate::evaluate::{SavedLine, Setting, write_end};
use crate::wasm::to_js;

#[wasm_bindgen]
impl Evaluator {
    /// The first part: the head, and the lines that could not be used.
    #[wasm_bindgen(js_name = saveHead)]
    pub fn save_head(&self, name: String, setting: JsValue) -> JsResult<String> {
        // Another file's scores stay those of the models that gave them.
        let models = self.head.as_ref().map_or(&self.models, |head| &head.models).clone();
        let (columns, own) = (self.columns.clone(), self.own_thresholds().clone());
        let head = self.sheet.head(name, models, columns, own, from_value(setting)?);
        Ok(head.write() + &self.write(self.sheet.saved_others()))
    }

    /// The next: some of the rows.
    #[wasm_bindgen(js_name = saveRows)]
    pub fn save_rows(&self, from: usize, to: usize) -> JsResult<String> {
        let rows = from..to.min(self.sheet.rows.len());
        let lines = rows.map(|row| Ok(self.sheet.saved_row(row, self.again(row)?)));
        let lines: Result<Vec<_>> = lines.collect();
        Ok(self.write(lines.map_err(to_js)?.into_iter()))
    }

    /// The last: the report itself, with the intervals that were drawn.
    #[wasm_bindgen(js_name = saveEnd)]
    pub fn save_end(&mut self, setting: JsValue) -> JsResult<String> {
        let Setting { thresholds, without, .. } = from_value(setting)?;
        let view = self.view(without);
        let (decisions, curves) = (view.decisions(&thresholds), view.curves());
        Ok(write_end(&decisions, &curves, &self.drawn(&thresholds)))
    }
}

impl Evaluator {
    fn write(&self, lines: impl Iterator<Item = SavedLine>) -> String {
        lines.map(|line| line.write(&self.columns, &self.genres)).collect()
    }
}
