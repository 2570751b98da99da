//! Both models at the boundary: a text in, a classification out.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Error as JsError, Float32Array, Uint8Array, Uint32Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::contents::JsContents;
use super::{set, to_js};
use crate::artefact::{EngineKind, Manifest, sha256};
use crate::classify::{self, Answer, Ask, Classification, Classifier, Plot, Predictor};
use crate::encoder::{Window, Workspace};
use crate::error::{Error, ErrorKind};
use crate::explain::Explanation;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The models that a Job asks: the keyword model alone, or both. */
export type Ask = "keywords" | "all";

/** What runs the ONNX file: our own engine, or tract. */
export type EngineKind = "fast" | "tract";

/** Whose answer is meant; "blend" is both models together. */
export type Predictor = "keywords" | "distilbert" | "blend";

/** What one model says of one genre. */
export interface ModelAnswer {
  /** 0 to 1. */
  probability: number;
  /** From which probability the genre is chosen. */
  threshold: number;
  /** Whether the text is of this genre. */
  chosen: boolean;
}

/** One genre of an answer: what is shown, and what each model says. */
export interface GenreAnswer extends ModelAnswer {
  /** Its name. */
  genre: string;
  /** Its place in every Float32Array of contributions. */
  index: number;
  /** What the keyword model says. */
  keywords: ModelAnswer;
  /** What DistilBERT says; null where it was not asked. */
  distilbert: ModelAnswer | null;
  /** What both say together; null where DistilBERT was not asked. */
  blend: ModelAnswer | null;
}

/** A word of the text; contributions are logits, one for each genre. */
export interface WordAnswer {
  /** UTF-16 offset into the text given. */
  start: number;
  /** UTF-16 offset behind its last character. */
  end: number;
  /** What it adds for the keyword model. */
  keywords: Float32Array;
  /** What it adds for DistilBERT; null where that cannot tell. */
  distilbert: Float32Array | null;
  /** What it adds for both together; null where that cannot be told. */
  blend: Float32Array | null;
}

/** For each genre: bias + title + sum over words + other = logit. */
export interface Explanation {
  /** Where the sum starts. */
  bias: Float32Array;
  /** What the title adds; 0 without one. */
  title: Float32Array;
  /** What belongs to no word: punctuation and sentence marks. */
  other: Float32Array;
  /** What the probability is made from. */
  logit: Float32Array;
}

/** The answer for one text. */
export interface Classification {
  /** Who is behind genres[].probability, threshold and chosen. */
  model: Predictor;
  /** Every genre, most probable first. */
  genres: GenreAnswer[];
  /** At least one genre reached its threshold. */
  clear: boolean;
  /** Every word of the text, in order. */
  words: WordAnswer[];
  /** What the words' contributions add up to. */
  explanations: {
    /** The keyword model's sum. */
    keywords: Explanation;
    /** DistilBERT's; null where it was not asked, or cannot tell. */
    distilbert: Explanation | null;
    /** That of both together. */
    blend: Explanation | null;
  };
  /** How much of the text was read. */
  read: {
    /** Word pieces that DistilBERT read. */
    tokens: number;
    /** In how many windows it read them. */
    windows: number;
    /** Words, of those in `words`. */
    wordsRead: number;
    /** The UTF-16 offset from which something was not read. */
    truncatedAt: number | null;
    /** A title was given, and a model did not read it to its end. */
    titleIsCut: boolean;
  };
}
"#;

#[wasm_bindgen(typescript_custom_section)]
const PACKED: &str = r#"
/**
 * A Classification with all its numbers in two arrays: an object for each word would take longer to
 * make than the keyword model takes to answer.
 */
export interface PackedClassification
  extends Pick<Classification, "model" | "genres" | "clear" | "read"> {
  /** UTF-16 offsets where each word starts and ends, alternately. */
  spans: Uint32Array;
  /** The predictors that explain themselves, in the order of `vectors`. */
  explained: Predictor[];
  /**
   * Vectors of one number a genre: for each of `explained` its bias, title, other and logit; then for
   * each word one vector of each of them.
   */
  vectors: Float32Array;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// See the custom section above.
    #[wasm_bindgen(typescript_type = "PackedClassification")]
    pub type JsClassification;
    /// See the custom section above.
    #[wasm_bindgen(typescript_type = "Ask")]
    pub type JsAsk;
    /// See the custom section above.
    #[wasm_bindgen(typescript_type = "EngineKind")]
    pub type JsEngineKind;
}

/// What an engine and its jobs share.
pub(super) struct Shared {
    pub(super) classifier: RefCell<Classifier>,
    pub(super) workspace: RefCell<Workspace>,
}

/// The models of one folder.
#[wasm_bindgen]
pub struct Engine {
    pub(super) shared: Rc<Shared>,
    models: String,
}

/// One classification on its way, a window at a time.
#[wasm_bindgen]
pub struct Job {
    shared: Rc<Shared>,
    job: Option<classify::Job>,
    windows: usize,
}

#[wasm_bindgen]
impl Engine {
    /// Takes the text of `manifest.json`, and which engine to use where not the
    /// manifest's own.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &str, engine: Option<JsEngineKind>) -> Result<Engine, JsError> {
        let engine = engine.and_then(|engine| JsValue::from(engine).as_string());
        let classifier = Manifest::read(manifest).and_then(|manifest| match engine.as_deref() {
            Some("tract") => Classifier::with_engine(manifest, EngineKind::Tract),
            Some("fast") => Classifier::with_engine(manifest, EngineKind::Fast),
            _ => Classifier::new(manifest),
        });
        let classifier = classifier.map_err(to_js)?;
        let workspace = RefCell::default();
        let shared = Rc::new(Shared { classifier: classifier.into(), workspace });
        Ok(Self { shared, models: sha256(manifest.as_bytes()) })
    }

    /// Takes one file of the manifest; its size and SHA-256 are checked before
    /// it is parsed. The digest is computed here where the browser has not.
    pub fn load(
        &self,
        path: &str,
        bytes: Uint8Array,
        digest: Option<Uint8Array>,
    ) -> Result<(), JsError> {
        let digest = digest.and_then(|digest| digest.to_vec().try_into().ok());
        let contents = JsContents { bytes, digest };
        self.shared.classifier.borrow_mut().load(path, contents).map_err(to_js)
    }

    /// SHA-256 of the manifest: the models' identity.
    #[wasm_bindgen(getter)]
    pub fn models(&self) -> String {
        self.models.clone()
    }

    /// The keyword model can answer.
    #[wasm_bindgen(getter, js_name = hasKeywords)]
    pub fn has_keywords(&self) -> bool {
        self.shared.classifier.borrow().keywords().is_some()
    }

    /// DistilBERT can answer.
    #[wasm_bindgen(getter, js_name = hasDistilbert)]
    pub fn has_distilbert(&self) -> bool {
        self.shared.classifier.borrow().has_distilbert()
    }

    /// Starts to read a text, with its title where there is one.
    pub fn start(&self, text: String, title: Option<String>, model: JsAsk) -> Result<Job, JsError> {
        let ask = match model.as_string().as_deref() {
            Some("keywords") => Ask::Keywords,
            _ => Ask::All,
        };
        let job =
            self.shared.classifier.borrow().start(Plot { title, text }, ask).map_err(to_js)?;
        Ok(Job { shared: self.shared.clone(), windows: job.windows(), job: Some(job) })
    }
}

#[wasm_bindgen]
impl Job {
    /// How many windows DistilBERT reads; 0 for the keyword model alone.
    #[wasm_bindgen(getter)]
    pub fn windows(&self) -> usize {
        self.windows
    }

    /// Runs the next window; true when none is left.
    pub fn step(&mut self) -> Result<bool, JsError> {
        let job = self.job.as_mut().ok_or_else(finished).map_err(to_js)?;
        let shared = &self.shared;
        shared.classifier.borrow().step(job, &mut shared.workspace.borrow_mut()).map_err(to_js)
    }

    /// The word pieces of the next window, for the module `webgpu`; none where no
    /// window is left.
    #[wasm_bindgen(js_name = nextWindow)]
    pub fn next_window(&self) -> Option<Uint32Array> {
        let ids = self.shared.classifier.borrow().next_window(self.job.as_ref()?)?;
        Some(Uint32Array::from(ids.as_slice()))
    }

    /// Takes what the module `webgpu` gave for the next window; true when none is left.
    #[wasm_bindgen(js_name = takeWindow)]
    pub fn take_window(&mut self, values: Float32Array) -> Result<bool, JsError> {
        let job = self.job.as_mut().ok_or_else(finished).map_err(to_js)?;
        let classifier = self.shared.classifier.borrow();
        let tokens = classifier.next_window(job).map_or(0, |ids| ids.len());
        Window::unpack(values.to_vec(), tokens, classifier.genres().len())
            .and_then(|window| classifier.take_window(job, window))
            .map_err(to_js)
    }

    /// The answer, once every window has run; call it once.
    pub fn finish(&mut self) -> Result<JsClassification, JsError> {
        let classification = self.classification().map_err(to_js)?;
        let classifier = self.shared.classifier.borrow();
        let answer = Answer::new(&classifier, &classification);
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        let object =
            answer.serialize(&serializer).map_err(|error| JsError::new(&error.to_string()))?;
        let explained = explained(&classification);
        let vectors = vectors(&classification, &explained);
        let names: Array = explained.iter().map(|(name, _)| JsValue::from(name.name())).collect();
        set(&object, "spans", &spans(&classification));
        set(&object, "explained", &names);
        set(&object, "vectors", &Float32Array::from(vectors.as_slice()));
        Ok(object.unchecked_into())
    }
}

impl Job {
    /// The answer, once every window has run; call it once.
    pub(super) fn classification(&mut self) -> crate::Result<Classification> {
        let job = self.job.take().ok_or_else(finished)?;
        self.shared.classifier.borrow().finish(job)
    }
}

/// UTF-16 offsets where words start and end, alternately.
fn spans(classification: &Classification) -> Uint32Array {
    let words = classification.text.words().iter();
    let spans: Vec<u32> = words.flat_map(|word| [word.utf16.start.0, word.utf16.end.0]).collect();
    Uint32Array::from(spans.as_slice())
}

/// The predictors that explain themselves.
fn explained(classification: &Classification) -> Vec<(Predictor, &Explanation)> {
    let predictors = [Predictor::Keywords, Predictor::DistilBert, Predictor::Blend];
    let explanation = |predictor| {
        let explanation = classification.opinion(predictor)?.explanation.as_ref()?;
        Some((predictor, explanation))
    };
    predictors.into_iter().filter_map(explanation).collect()
}

/// All that the predictors say, in the order that `PackedClassification` tells.
fn vectors(classification: &Classification, explained: &[(Predictor, &Explanation)]) -> Vec<f32> {
    let mut vectors = Vec::new();
    for (_, explanation) in explained {
        let Explanation { bias, title, other, logits, .. } = explanation;
        [bias, title, other, logits].into_iter().for_each(|part| vectors.extend(part));
    }
    for index in 0..classification.text.words().len() {
        for (_, explanation) in explained {
            let genres = explanation.bias.len();
            vectors.extend(&explanation.words[index * genres..][..genres]);
        }
    }
    vectors
}

fn finished() -> Error {
    Error::new(ErrorKind::JobState, "This job has given its answer; start another.")
}
