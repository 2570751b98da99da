//! `plotlens train package`: a manifest for the models of a folder.

use std::collections::HashMap;
use std::path::Path;

use plotlens::artefact::{
    BlendEntry, DistilBertEntry, EngineKind, FileEntry, KeywordsEntry, Manifest, ModelKind,
    Predictor, decision_rule, sha256,
};
use plotlens::classify::Classifier;
use plotlens::evaluate::{LabelledFile, LabelledRow, Protocol, select};
use plotlens::genre::{Calibration, GenreSet};
use plotlens::metrics::{Interval, Sample, fit_calibration, resampled_weights, tune_thresholds};
use plotlens::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::evaluate::score_parallel;
use super::{TuningArgs, folder, parallel};

/// The keyword model's file.
pub const KEYWORDS: &str = "keywords.bin";
/// How it was trained.
pub const KEYWORDS_MADE: &str = "keywords.training.json";
/// What the folder holds, and how it is used.
pub const MANIFEST: &str = "manifest.json";
const ONNX: &str = "distilbert.onnx";
const TOKENIZER: &str = "tokenizer.json";
const DISTILBERT_MADE: &str = "distilbert.training.json";

/// Windows of a text: about 6,000 word pieces.
const WINDOW_LIMIT: usize = 64;
/// What is tried for DistilBERT's share of the blend, in logits.
const BLEND_WEIGHTS: [f32; 9] = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9];
/// Resamples that say whether the blend is better.
const RESAMPLES: usize = 1000;
/// Resamples that thresholds are averaged over.
const RETUNED: usize = 30;

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

/// A keyword model, which need not be in its folder yet.
pub struct Keywords {
    /// Its file.
    pub bytes: Vec<u8>,
    /// How it was trained.
    pub made: Value,
}

/// Runs the command.
pub fn run(model: &Path, tuning: &TuningArgs) -> Result<()> {
    let bytes = folder::read(&model.join(KEYWORDS))?;
    let keywords = Keywords { bytes, made: made(&model.join(KEYWORDS_MADE))? };
    let valid = folder::labelled(&tuning.valid, &default_genres()?)?;
    let manifest = manifest(model, &keywords, &valid, tuning)?;
    folder::write(&model.join(MANIFEST), manifest.as_bytes())
}

/// Hashes the folder's files, then calibrates every predictor and tunes its
/// thresholds on the same rows, read once with their titles and once without.
pub fn manifest(
    model: &Path,
    keywords: &Keywords,
    file: &LabelledFile,
    tuning: &TuningArgs,
) -> Result<String> {
    let read = |path: &str| match path {
        KEYWORDS => Ok(keywords.bytes.clone()),
        path => folder::read(&model.join(path)),
    };
    let mut manifest = untuned(model, read, &keywords.made, tuning)?;
    let classifier = Classifier::new(manifest.clone())?;
    let classifier = folder::loaded(classifier, &manifest.files, read)?;
    let rows: Vec<_> = [true, false]
        .into_iter()
        .map(|no_title| Protocol { no_title, ..Protocol::default() })
        .flat_map(|protocol| select(&file.rows, classifier.genres(), &protocol))
        .collect();
    let with_distilbert = manifest.distilbert.is_some();
    let predictors: &[Predictor] = match with_distilbert {
        true => &[Predictor::Keywords, Predictor::DistilBert],
        false => &[Predictor::Keywords],
    };
    let scores = score_parallel(&classifier, &rows, predictors)?;
    if scores.rows.is_empty() {
        return Err(Error::new(ErrorKind::FileInvalid, "No row of --valid can be read."));
    }
    let weight = |&row: &usize| match file.rows[row].capped {
        true => 1,
        false => tuning.whole_list_weight,
    };
    let weights: Vec<u32> = scores.rows.iter().map(weight).collect();
    let resampled = resampled_weights(&weights, &films(&file.rows, &scores.rows), RETUNED, 1);
    let tune = |sample: Sample| {
        let calibration = fit_calibration(&sample, &weights);
        let sample = sample.calibrated(&calibration);
        let thresholds = averaged_thresholds(&sample, &resampled, tuning.jaccard_share);
        Tuned { thresholds, calibration, sample }
    };
    let mut tuned = scores.samples.into_iter().map(tune);
    let (keywords, distilbert) = (tuned.next(), tuned.next());
    if let (Some(entry), Some(keywords)) = (&mut manifest.keywords, &keywords) {
        entry.thresholds = keywords.thresholds.clone();
        entry.calibration = keywords.calibration.clone();
    }
    if let (Some(entry), Some(distilbert)) = (&mut manifest.distilbert, &distilbert) {
        entry.thresholds = distilbert.thresholds.clone();
        entry.calibration = distilbert.calibration.clone();
    }
    if let (Some(keywords), Some(distilbert)) = (keywords, distilbert) {
        let mixed = |weight: f32| distilbert.sample.mixed(&keywords.sample, weight);
        let by_map = |weight: &f32| (mixed(*weight).mean_average_precision(), *weight);
        let best = BLEND_WEIGHTS.iter().map(by_map).max_by(|a, b| a.0.total_cmp(&b.0));
        let (_, distilbert_weight) = best.unwrap_or((0.0, 1.0));
        let blend = tune(mixed(distilbert_weight));
        let gain = gain(&blend, &distilbert);
        let better = gain.iter().any(|interval| interval.low > 0.0);
        manifest.answer = if better { Predictor::Blend } else { Predictor::DistilBert };
        manifest.blend = Some(BlendEntry {
            distilbert_weight,
            calibration: blend.calibration,
            thresholds: blend.thresholds,
            made: json!({ "map_over_distilbert": gain }),
        });
    }
    manifest.write()
}

/// The film of each scored row, counted from 0: by its id, or each row by itself
/// without one.
fn films(rows: &[LabelledRow], scored: &[usize]) -> Vec<usize> {
    let mut films = HashMap::new();
    let film = |&row: &usize| {
        let next = films.len();
        *films.entry(rows[row].id.as_deref().ok_or(row)).or_insert(next)
    };
    scored.iter().map(film).collect()
}

/// The mean of the thresholds that are best for each of some resamples: where a
/// genre has few films, the best ones for all of them are much of noise (bagging,
/// Breiman 1996).
fn averaged_thresholds(sample: &Sample, resampled: &[Vec<u32>], jaccard_share: f64) -> Vec<f32> {
    let tune = |index: usize| tune_thresholds(sample, &resampled[index], jaccard_share);
    let found = parallel::map(resampled.len(), &tune);
    let genres = found.first().map_or(0, Vec::len);
    let mean = |genre: usize| {
        let values = found.iter().map(|thresholds| f64::from(thresholds[genre].0));
        (values.sum::<f64>() / found.len() as f64) as f32
    };
    (0..genres).map(mean).collect()
}

/// A predictor fitted to the rows it is tuned on.
struct Tuned {
    calibration: Calibration,
    thresholds: Vec<f32>,
    /// Calibrated; the first half read without titles, the second with them.
    sample: Sample,
}

/// How much more mAP than DistilBERT the blend has without titles, on the rows
/// that it is tuned on.
fn gain(blend: &Tuned, distilbert: &Tuned) -> Vec<Interval> {
    let half = |tuned: &Tuned| {
        (tuned.sample.first(tuned.sample.len() / 2), decision_rule(&tuned.thresholds))
    };
    let ((blend, blend_rule), (distilbert, distilbert_rule)) = (half(blend), half(distilbert));
    let other = (&distilbert, &distilbert_rule);
    let gains = blend.intervals_of_difference(&blend_rule, other, RESAMPLES, 1);
    gains.into_iter().filter(|gain| gain.metric == "map").collect()
}

/// The manifest with nothing calibrated and every threshold at 0.5.
fn untuned(
    model: &Path,
    read: impl Fn(&str) -> Result<Vec<u8>>,
    keywords_made: &Value,
    tuning: &TuningArgs,
) -> Result<Manifest> {
    let genres = default_genres()?;
    let thresholds = vec![0.5; genres.len()];
    let calibration = Calibration::identity(genres.len());
    let mut manifest = Manifest::new(genres.names().to_vec());
    let mut add = |path: &str, kind: ModelKind| -> Result<()> {
        let bytes = read(path)?;
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
        calibration: calibration.clone(),
        thresholds: thresholds.clone(),
        made: keywords_made.clone(),
    });
    if has_distilbert {
        let made = made(&model.join(DISTILBERT_MADE))?;
        if made["genres"] != json!(genres.names()) {
            let message = format!("{DISTILBERT_MADE} names other genres, or in another order.");
            return Err(Error::new(ErrorKind::ManifestInvalid, message));
        }
        let heads = made["attention_heads"].as_u64().ok_or_else(|| {
            let message = format!("{DISTILBERT_MADE} does not say attention_heads.");
            Error::new(ErrorKind::ManifestInvalid, message)
        })?;
        manifest.distilbert = Some(DistilBertEntry {
            onnx: ONNX.into(),
            engine: EngineKind::Fast,
            tokenizer: TOKENIZER.into(),
            attention_heads: heads as usize,
            window_pieces: tuning.window,
            window_overlap: tuning.window_overlap,
            window_limit: WINDOW_LIMIT,
            calibration,
            thresholds,
            made,
        });
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
