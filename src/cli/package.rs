//! `plotlens train package`: a manifest for the models of a folder.

use std::path::Path;

use plotlens::artefact::{
    BlendEntry, DistilBertEntry, FileEntry, KeywordsEntry, Manifest, ModelKind, sha256,
};
use plotlens::classify::Predictor;
use plotlens::evaluate::{Protocol, select};
use plotlens::genre::GenreSet;
use plotlens::metrics::tune_thresholds;
use plotlens::{Error, ErrorKind, Result};
use serde_json::Value;

use super::evaluate::score_parallel;
use super::{EngineArg, ModelArgs, TuningArgs, folder};

/// The keyword model's file.
pub const KEYWORDS: &str = "keywords.bin";
/// How it was trained.
pub const KEYWORDS_MADE: &str = "keywords.training.json";
const ONNX: &str = "distilbert.onnx";
const TOKENIZER: &str = "tokenizer.json";
const DISTILBERT_MADE: &str = "distilbert.training.json";
const MANIFEST: &str = "manifest.json";

/// The blend's share of DistilBERT, in logits.
const DISTILBERT_WEIGHT: f32 = 0.7;
/// Word pieces of a window, and of two neighbours in common.
const WINDOW: (usize, usize) = (126, 32);
/// Windows of a text: about 6,000 word pieces.
const WINDOW_LIMIT: usize = 64;

const GENRES: [&str; 21] = [
    "Action",
    "Adventure",
    "Animation",
    "Biography",
    "Comedy",
    "Crime",
    "Drama",
    "Family",
    "Fantasy",
    "Film-Noir",
    "History",
    "Horror",
    "Music",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Sport",
    "Thriller",
    "War",
    "Western",
];

/// The genres that models are trained on, in logit order.
pub fn default_genres() -> Result<GenreSet> {
    GenreSet::new(GENRES.map(String::from).to_vec())
}

/// Hashes the folder's files and tunes every predictor's thresholds.
pub fn run(model: &Path, tuning: &TuningArgs) -> Result<()> {
    let mut manifest = untuned(model)?;
    let path = model.join(MANIFEST);
    folder::write(&path, manifest.write()?.as_bytes())?;

    let args = ModelArgs { model: model.to_path_buf(), engine: EngineArg::Fast };
    let classifier = folder::classifier(&args)?;
    let file = folder::labelled(&tuning.valid, classifier.genres())?;
    let rows = select(&file.rows, classifier.genres(), &Protocol::default());
    let predictors: &[Predictor] = if manifest.distilbert.is_some() {
        &[Predictor::Keywords, Predictor::DistilBert, Predictor::Blend]
    } else {
        &[Predictor::Keywords]
    };
    let scores = score_parallel(&classifier, &rows, predictors)?;
    for (sample, predictor) in scores.samples.iter().zip(predictors) {
        let tuned = tune_thresholds(sample, tuning.jaccard_share)
            .into_iter()
            .map(|threshold| threshold.0)
            .collect();
        let thresholds = match predictor {
            Predictor::Keywords => manifest.keywords.as_mut().map(|entry| &mut entry.thresholds),
            Predictor::DistilBert => {
                manifest.distilbert.as_mut().map(|entry| &mut entry.thresholds)
            }
            Predictor::Blend => manifest.blend.as_mut().map(|entry| &mut entry.thresholds),
        };
        if let Some(thresholds) = thresholds {
            *thresholds = tuned;
        }
    }
    folder::write(&path, manifest.write()?.as_bytes())
}

/// The manifest with every threshold at 0.5.
fn untuned(model: &Path) -> Result<Manifest> {
    let genres = default_genres()?;
    let thresholds = vec![0.5; genres.len()];
    let mut manifest = Manifest::new(genres.names().to_vec());
    let mut add = |path: &str, kind: ModelKind| -> Result<()> {
        let bytes = folder::read(&model.join(path))?;
        manifest.files.push(FileEntry {
            path: path.into(),
            bytes: bytes.len() as u64,
            sha256: sha256(&bytes),
            model: kind,
        });
        Ok(())
    };
    add(KEYWORDS, ModelKind::Keywords)?;
    let has_distilbert = model.join(ONNX).exists();
    if has_distilbert {
        add(TOKENIZER, ModelKind::DistilBert)?;
        add(ONNX, ModelKind::DistilBert)?;
    }
    manifest.keywords = Some(KeywordsEntry {
        file: KEYWORDS.into(),
        thresholds: thresholds.clone(),
        made: made(&model.join(KEYWORDS_MADE))?,
    });
    if has_distilbert {
        let made = made(&model.join(DISTILBERT_MADE))?;
        if made["genres"] != serde_json::json!(genres.names()) {
            let message = format!("{DISTILBERT_MADE} names other genres, or in another order.");
            return Err(Error::new(ErrorKind::ManifestInvalid, message));
        }
        let heads = made["attention_heads"].as_u64().ok_or_else(|| {
            let message = format!("{DISTILBERT_MADE} does not say attention_heads.");
            Error::new(ErrorKind::ManifestInvalid, message)
        })?;
        manifest.distilbert = Some(DistilBertEntry {
            onnx: ONNX.into(),
            tokenizer: TOKENIZER.into(),
            attention_heads: heads as usize,
            window_pieces: WINDOW.0,
            window_overlap: WINDOW.1,
            window_limit: WINDOW_LIMIT,
            thresholds: thresholds.clone(),
            made,
        });
        manifest.blend = Some(BlendEntry { distilbert_weight: DISTILBERT_WEIGHT, thresholds });
    }
    Ok(manifest)
}

fn made(path: &Path) -> Result<Value> {
    let json = folder::read(path)?;
    serde_json::from_slice(&json).map_err(|cause| {
        let message = format!("{} is not JSON.", path.display());
        Error::new(ErrorKind::ManifestInvalid, message).caused_by(cause)
    })
}
