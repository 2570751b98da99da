//! Both models over one text: the function the rest exists for.

mod answer;
mod opinion;
mod trial;

use std::sync::Arc;

pub use answer::{Answer, GenreAnswer, ModelAnswer, Read};
pub use opinion::Opinion;
pub use trial::Trial;

pub use crate::artefact::Predictor;
use crate::artefact::{Contents, DistilBertEntry, EngineKind, Manifest, Verified, decision_rule};
use crate::encoder::{DistilBert, Model, Reading, Window, Windows, WordPieces, Workspace};
use crate::error::{Error, ErrorKind, Result};
use crate::explain::Explanation;
use crate::genre::{DecisionRule, GenreSet};
use crate::keywords::KeywordModel;
use crate::text::{Text, TextBudget};

/// The models of one folder, as far as they are loaded.
pub struct Classifier {
    manifest: Manifest,
    genres: GenreSet,
    budget: TextBudget,
    engine: EngineKind,
    keywords: Option<(KeywordModel, DecisionRule)>,
    tokenizer: Option<Arc<WordPieces>>,
    model: Option<Model>,
    distilbert: Option<(DistilBert, DecisionRule)>,
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The keyword model alone, at once.
    Keywords,
    /// Both.
    All,
}

/// What is read: a text and, where there is one, the film's title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plot {
    /// The title, which is read before the text.
    pub title: Option<String>,
    /// The description.
    pub text: String,
}

impl<T: Into<String>> From<T> for Plot {
    fn from(text: T) -> Self {
        Self { title: None, text: text.into() }
    }
}

/// The answer for one text.
#[derive(Clone, Debug)]
pub struct Classification {
    /// The text, its words and their places.
    pub text: Text,
    /// The keyword model's answer.
    pub keywords: Opinion,
    /// DistilBERT's, where it was asked.
    pub distilbert: Option<Opinion>,
    /// Both together, where the folder says how to mix them.
    pub blend: Option<Opinion>,
    /// Whether a model did not read the title to its end.
    pub title_is_cut: bool,
    /// Word pieces that DistilBERT read.
    pub tokens: usize,
    /// Windows that it read them in.
    pub windows: usize,
    /// The byte offset from which a model did not read, if any.
    pub truncated_at: Option<usize>,
}

/// A text between its arrival and its answer.
pub struct Job {
    title: Option<Text>,
    text: Text,
    reading: Option<Reading>,
}

impl Classifier {
    /// No models yet, only what the manifest says of them.
    ///
    /// # Errors
    /// [`ErrorKind::ManifestInvalid`].
    pub fn new(manifest: Manifest) -> Result<Self> {
        let engine = manifest.distilbert.as_ref().map(|entry| entry.engine);
        Self::with_engine(manifest, engine.unwrap_or_default())
    }

    /// The same with another engine than the manifest's.
    ///
    /// # Errors
    /// [`ErrorKind::ManifestInvalid`].
    pub fn with_engine(manifest: Manifest, engine: EngineKind) -> Result<Self> {
        Ok(Self {
            genres: manifest.genre_set()?,
            manifest,
            budget: TextBudget::default(),
            engine,
            keywords: None,
            tokenizer: None,
            model: None,
            distilbert: None,
        })
    }

    /// Takes one file of the manifest, checks it, and parses it.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnknownFile`], [`ErrorKind::ModelDamaged`], and the
    /// errors of the file's own format.
    pub fn load(&mut self, path: &str, contents: impl Contents) -> Result<()> {
        let verified = Verified::check(self.manifest.file(path)?, contents)?;
        if let Some(entry) = self.manifest.keywords.as_ref().filter(|entry| entry.file == path) {
            let model = KeywordModel::read(&verified.bytes())?;
            if model.bias().len() != self.genres.len() {
                let message = "The model has other genres than manifest.json says.";
                return Err(Error::new(ErrorKind::KeywordsInvalid, message));
            }
            self.keywords = Some((model, decision_rule(&entry.thresholds)));
        }
        let Some(entry) = &self.manifest.distilbert else { return Ok(()) };
        if entry.tokenizer == path {
            self.tokenizer = Some(Arc::new(WordPieces::read(&verified.bytes())?));
        } else if entry.onnx == path {
            // Two models at once would take twice the memory.
            self.distilbert = None;
            self.model = Some(match self.engine {
                EngineKind::Fast => Model::fast(verified.contents(), entry.attention_heads)?,
                EngineKind::Tract => with_tract(verified.bytes())?,
                EngineKind::WebGpu => with_webgpu(verified.contents(), entry.attention_heads)?,
            });
        }
        let Some(tokenizer) = self.tokenizer.clone() else { return Ok(()) };
        let Some(model) = self.model.take() else { return Ok(()) };
        let model = DistilBert::new(model, tokenizer, windows(entry)?, self.genres.len())?;
        self.distilbert = Some((model, decision_rule(&entry.thresholds)));
        Ok(())
    }

    /// The genres, in the order of every vector of an answer.
    pub fn genres(&self) -> &GenreSet {
        &self.genres
    }

    /// What the folder says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The keyword model, where it is loaded.
    pub fn keywords(&self) -> Option<&KeywordModel> {
        self.keywords.as_ref().map(|(model, _)| model)
    }

    /// Whether DistilBERT is loaded.
    pub fn has_distilbert(&self) -> bool {
        self.distilbert.is_some()
    }

    /// The decision rule of a predictor, where the manifest has one.
    pub fn rule(&self, predictor: Predictor) -> Option<DecisionRule> {
        let thresholds = match predictor {
            Predictor::Keywords => &self.manifest.keywords.as_ref()?.thresholds,
            Predictor::DistilBert => &self.manifest.distilbert.as_ref()?.thresholds,
            Predictor::Blend => &self.manifest.blend.as_ref()?.thresholds,
        };
        Some(decision_rule(thresholds))
    }

    /// Finds the words of a text and cuts it into windows.
    ///
    /// # Errors
    /// The kinds of [`Text::read`], and [`ErrorKind::ModelMissing`].
    pub fn start(&self, plot: impl Into<Plot>, ask: Ask) -> Result<Job> {
        let Plot { title, text } = plot.into();
        let title = title.as_deref().and_then(Text::title);
        self.start_read(title, Text::read(text, self.budget)?, ask)
    }

    /// The same with a text whose words are found; it need not be readable.
    ///
    /// # Errors
    /// [`ErrorKind::ModelMissing`].
    pub fn start_read(&self, title: Option<Text>, text: Text, ask: Ask) -> Result<Job> {
        if self.keywords.is_none() {
            return Err(missing("The keyword model"));
        }
        let reading = match (ask, &self.distilbert) {
            (Ask::Keywords, _) => None,
            (Ask::All, Some((model, _))) => {
                Some(model.start(title.as_ref().map(Text::as_str), text.as_str())?)
            }
            (Ask::All, None) => return Err(missing("DistilBERT")),
        };
        Ok(Job { title, text, reading })
    }

    /// Runs the next window of a job; true when none is left.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] where the engine fails.
    pub fn step(&self, job: &mut Job, workspace: &mut Workspace) -> Result<bool> {
        match (&mut job.reading, &self.distilbert) {
            (Some(reading), Some((model, _))) => model.step(reading, workspace),
            _ => Ok(true),
        }
    }

    /// The word pieces of a job's next window, for those who run DistilBERT elsewhere;
    /// none where no window is left.
    pub fn next_window(&self, job: &Job) -> Option<Vec<u32>> {
        let (model, _) = self.distilbert.as_ref()?;
        model.next_window(job.reading.as_ref()?)
    }

    /// Takes what a job's [`Self::next_window`] came to; true when none is left.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] where it cannot be that window's answer,
    /// [`ErrorKind::JobState`] where none was left.
    pub fn take_window(&self, job: &mut Job, window: Window) -> Result<bool> {
        let asked = job.reading.as_mut().zip(self.distilbert.as_ref());
        let (reading, (model, _)) = asked.ok_or_else(|| {
            Error::new(ErrorKind::JobState, "DistilBERT was not asked about this text.")
        })?;
        model.take_window(reading, window)?;
        Ok(reading.is_done())
    }

    /// The answer of a job whose windows have all run.
    ///
    /// # Errors
    /// [`ErrorKind::JobState`] where they have not,
    /// [`ErrorKind::ModelUnsupported`] where a logit is not a number.
    pub fn finish(&self, job: Job) -> Result<Classification> {
        let Job { title, text, reading } = job;
        if reading.as_ref().is_some_and(|reading| !reading.is_done()) {
            let message = "This text is not read to its end; step until that is done.";
            return Err(Error::new(ErrorKind::JobState, message));
        }
        let entry = self.manifest.keywords.as_ref();
        let loaded = self.keywords.as_ref().zip(entry);
        let ((model, rule), entry) = loaded.ok_or_else(|| missing("The keyword model"))?;
        let scored = model.score(title.as_ref(), &text);
        let explained = Explanation::of_keywords(scored, model.bias(), text.words());
        let keywords = Opinion::explained(explained.calibrated(&entry.calibration), rule)?;
        let entry = self.manifest.distilbert.as_ref();
        let read = reading.as_ref().zip(self.distilbert.as_ref()).zip(entry);
        let distilbert = read
            .map(|((reading, (_, rule)), entry)| {
                match Explanation::of_distilbert(reading, text.words()) {
                    Some(explained) => {
                        Opinion::explained(explained.calibrated(&entry.calibration), rule)
                    }
                    None => Opinion::new(reading.logits(), &entry.calibration, rule),
                }
            })
            .transpose()?;
        let blend = distilbert
            .as_ref()
            .zip(self.manifest.blend.as_ref())
            .map(|(distilbert, entry)| Opinion::blend(distilbert, &keywords, entry))
            .transpose()?;
        let unread = reading.as_ref().and_then(Reading::unread_from);
        Ok(Classification {
            truncated_at: unread.or_else(|| text.truncated_at()),
            tokens: reading.as_ref().map_or(0, |reading| reading.pieces().ids.len()),
            windows: reading.as_ref().map_or(0, Reading::windows),
            title_is_cut: reading.as_ref().is_some_and(Reading::title_is_cut)
                || title.is_some_and(|title| title.truncated_at().is_some()),
            keywords,
            distilbert,
            blend,
            text,
        })
    }

    /// Reads a whole text.
    ///
    /// # Errors
    /// As [`Self::start`], [`Self::step`] and [`Self::finish`].
    pub fn classify(
        &self,
        plot: impl Into<Plot>,
        ask: Ask,
        workspace: &mut Workspace,
    ) -> Result<Classification> {
        let mut job = self.start(plot, ask)?;
        while !self.step(&mut job, workspace)? {}
        self.finish(job)
    }
}

impl Classifier {
    /// Reads texts side by side where the engine gains by it; each answer is that
    /// of [`Self::classify`].
    ///
    /// # Errors
    /// Of each text as [`Self::start`]; of all where the engine fails.
    pub fn classify_all(
        &self,
        plots: impl IntoIterator<Item = Plot>,
        ask: Ask,
        workspace: &mut Workspace,
    ) -> Result<Vec<Result<Classification>>> {
        let mut jobs: Vec<_> = plots.into_iter().map(|plot| self.start(plot, ask)).collect();
        if let Some((model, _)) = &self.distilbert {
            loop {
                let readings = jobs.iter_mut().flatten().filter_map(|job| job.reading.as_mut());
                let mut left: Vec<_> = readings.filter(|reading| !reading.is_done()).collect();
                if left.is_empty() {
                    break;
                }
                model.step_all(left.iter_mut().map(|reading| &mut **reading), workspace)?;
            }
        }
        Ok(jobs.into_iter().map(|job| self.finish(job?)).collect())
    }

    /// How many texts are worth reading at once.
    pub fn batch(&self) -> usize {
        self.distilbert.as_ref().map_or(1, |(model, _)| model.batch())
    }
}

impl Job {
    /// How many windows DistilBERT reads.
    pub fn windows(&self) -> usize {
        self.reading.as_ref().map_or(0, Reading::windows)
    }
}

impl Classification {
    /// The answer of a predictor; none where it gave none.
    pub fn opinion(&self, predictor: Predictor) -> Option<&Opinion> {
        match predictor {
            Predictor::Keywords => Some(&self.keywords),
            Predictor::DistilBert => self.distilbert.as_ref(),
            Predictor::Blend => self.blend.as_ref(),
        }
    }
}

#[cfg(feature = "tract")]
fn with_tract(onnx: bytes::Bytes) -> Result<Model> {
    Model::tract(onnx)
}

#[cfg(not(feature = "tract"))]
fn with_tract(_: bytes::Bytes) -> Result<Model> {
    Err(Error::new(
        ErrorKind::ModelUnsupported,
        "This build has no tract; build it with the feature 'tract'.",
    ))
}

#[cfg(feature = "webgpu")]
fn with_webgpu(onnx: &impl Contents, heads: usize) -> Result<Model> {
    Model::webgpu(onnx, heads)
}

#[cfg(not(feature = "webgpu"))]
fn with_webgpu(_: &impl Contents, _: usize) -> Result<Model> {
    Err(Error::new(
        ErrorKind::WebGpuUnavailable,
        "This build has no WebGPU; build it with the feature 'webgpu'.",
    ))
}

/// The windows that a manifest asks for.
///
/// # Errors
/// [`ErrorKind::ManifestInvalid`].
fn windows(entry: &DistilBertEntry) -> Result<Windows> {
    Windows::new(entry.window_pieces, entry.window_overlap, entry.window_limit)
}

fn missing(model: &str) -> Error {
    Error::new(
        ErrorKind::ModelMissing,
        format!("{model} is not loaded; load the model folder first."),
    )
}
