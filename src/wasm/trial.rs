//! “Test these words” at the boundary: one variant's window a step.

use std::rc::Rc;

use js_sys::{Array, Error as JsError, Float32Array, Object, Uint32Array};
use wasm_bindgen::prelude::*;

use super::engine::{Engine, Shared};
use super::{set, to_js};
use crate::classify::{self, Plot, Predictor};
use crate::encoder::Window;
use crate::error::Result;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What a trial has found so far: by how much a genre's logit falls when a word is taken away. */
export interface PackedEffects {
  /** The predictors that were tried, in the order of `vectors`. */
  explained: Predictor[];
  /** For each word one vector of one number a genre of each of `explained`. */
  vectors: Float32Array;
  /** Variants scored. */
  done: number;
  /** How many variants there are. */
  total: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// See the custom section above.
    #[wasm_bindgen(typescript_type = "PackedEffects")]
    pub type JsEffects;
}

type JsResult<T> = std::result::Result<T, JsError>;

/// A text whose words are taken away in turn.
#[wasm_bindgen]
pub struct Trial {
    shared: Rc<Shared>,
    trial: classify::Trial,
    /// Tokens of the windows that were handed out.
    asked: Vec<usize>,
}

#[wasm_bindgen]
impl Engine {
    /// Starts to try what the words of a text do.
    #[wasm_bindgen(js_name = startTrial)]
    pub fn start_trial(&self, text: String, title: Option<String>) -> JsResult<Trial> {
        let classifier = self.shared.classifier.borrow();
        let trial = classifier.start_trial(Plot { title, text }).map_err(to_js)?;
        Ok(Trial { shared: self.shared.clone(), trial, asked: Vec::new() })
    }
}

#[wasm_bindgen]
impl Trial {
    /// Runs the next window; true when none is left.
    pub fn step(&mut self) -> JsResult<bool> {
        let shared = &self.shared;
        let mut workspace = shared.workspace.borrow_mut();
        shared.classifier.borrow().step_trial(&mut self.trial, &mut workspace).map_err(to_js)
    }

    /// The next windows of at most so many variants, for the module `webgpu`.
    #[wasm_bindgen(js_name = nextWindows)]
    pub fn next_windows(&mut self, variants: usize) -> JsResult<Vec<Uint32Array>> {
        let classifier = self.shared.classifier.borrow();
        let windows = classifier.next_trial_windows(&mut self.trial, variants).map_err(to_js)?;
        self.asked = windows.iter().map(Vec::len).collect();
        Ok(windows.iter().map(|ids| Uint32Array::from(ids.as_slice())).collect())
    }

    /// Takes what the module `webgpu` gave for them, in their order; true when none is
    /// left.
    #[wasm_bindgen(js_name = takeWindows)]
    pub fn take_windows(&mut self, values: Vec<Float32Array>) -> JsResult<bool> {
        let classifier = self.shared.classifier.borrow();
        let labels = classifier.genres().len();
        let unpack = |(values, &tokens): (&Float32Array, &usize)| {
            Window::unpack(values.to_vec(), tokens, labels)
        };
        let windows: Result<Vec<Window>> = values.iter().zip(&self.asked).map(unpack).collect();
        windows
            .and_then(|windows| classifier.take_trial_windows(&mut self.trial, windows))
            .map_err(to_js)
    }

    /// Variants scored so far.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.trial.done()
    }

    /// What is known so far.
    pub fn effects(&self) -> JsEffects {
        let predictors = [Predictor::Keywords, Predictor::DistilBert, Predictor::Blend];
        let known: Vec<(Predictor, Vec<f32>)> = predictors
            .into_iter()
            .filter_map(|predictor| Some((predictor, self.trial.effects(predictor)?)))
            .collect();
        let genres = self.shared.classifier.borrow().genres().len();
        let words = known.first().map_or(0, |(_, effects)| effects.len() / genres);
        let mut vectors = Vec::with_capacity(words * known.len() * genres);
        for word in 0..words {
            for (_, effects) in &known {
                vectors.extend(&effects[word * genres..][..genres]);
            }
        }
        let names: Array = known.iter().map(|(name, _)| JsValue::from(name.name())).collect();
        let object = JsValue::from(Object::new());
        set(&object, "explained", &names);
        set(&object, "vectors", &Float32Array::from(vectors.as_slice()));
        set(&object, "done", &(self.trial.done() as u32).into());
        set(&object, "total", &(self.trial.variants() as u32).into());
        object.unchecked_into()
    }
}
