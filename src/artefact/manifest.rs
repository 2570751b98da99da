//! `manifest.json`: what a model folder holds and how to use it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::genre::{Calibration, DecisionRule, GenreSet, Probability};

/// The only format version that this crate reads and writes.
const FORMAT_VERSION: u32 = 2;

/// How large a model folder may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelBudget {
    /// Bytes of all its files.
    pub bytes: u64,
}

impl Default for ModelBudget {
    /// 1 GiB: twice the largest DistilBERT in fp32, and what 32-bit memory takes
    /// beside what is made of it.
    fn default() -> Self {
        Self { bytes: 1 << 30 }
    }
}

/// The parsed and checked manifest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    format_version: u32,
    /// In logit order, the same for every model of the folder.
    pub genres: Vec<String>,
    /// Every file of the folder that is loaded, smallest model first.
    pub files: Vec<FileEntry>,
    /// How to use the keyword model, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keywords: Option<KeywordsEntry>,
    /// How to use DistilBERT, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distilbert: Option<DistilBertEntry>,
    /// How to mix both, where both are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blend: Option<BlendEntry>,
    /// Whose answer is shown as the answer, once it is there.
    pub answer: Predictor,
}

/// What every version of the manifest says.
#[derive(Deserialize)]
struct Head {
    format_version: u32,
}

/// A file and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// A plain file name in the manifest's own folder.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// The model that it belongs to.
    pub model: ModelKind,
}

/// The models of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Logistic regression over words.
    Keywords,
    /// The encoder.
    DistilBert,
}

/// What runs an ONNX file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    /// Our own, for DistilBERT.
    #[default]
    Fast,
    /// tract, for any text classifier.
    Tract,
    /// Ours, on a graphics processor; no folder asks for it.
    #[serde(skip)]
    WebGpu,
}

impl EngineKind {
    fn is_fast(&self) -> bool {
        *self == Self::Fast
    }
}

/// Whose probabilities are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Predictor {
    /// Logistic regression over words.
    Keywords,
    /// The encoder.
    DistilBert,
    /// Both, their logits mixed.
    Blend,
}

impl Predictor {
    /// Its name in manifests and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keywords => "keywords",
            Self::DistilBert => "distilbert",
            Self::Blend => "blend",
        }
    }
}

/// How to use the keyword model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeywordsEntry {
    /// Its file.
    pub file: String,
    /// What makes its logits mean what they say.
    pub calibration: Calibration,
    /// One probability for each genre.
    pub thresholds: Vec<f32>,
    /// How it was trained.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub made: serde_json::Value,
}

/// How to use DistilBERT.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DistilBertEntry {
    /// Its ONNX file.
    pub onnx: String,
    /// Its tokenizer file.
    pub tokenizer: String,
    /// What runs it, unless one asks for another.
    #[serde(default, skip_serializing_if = "EngineKind::is_fast")]
    pub engine: EngineKind,
    /// Attention heads, which an ONNX file does not say plainly; only our engine
    /// needs to know.
    #[serde(default)]
    pub attention_heads: usize,
    /// Word pieces of a window, `[CLS]` and `[SEP]` not counted.
    pub window_pieces: usize,
    /// Word pieces that neighbouring windows share.
    pub window_overlap: usize,
    /// The most windows of a text.
    pub window_limit: usize,
    /// What makes its logits mean what they say.
    pub calibration: Calibration,
    /// One probability for each genre.
    pub thresholds: Vec<f32>,
    /// How it was trained.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub made: serde_json::Value,
}

/// The mixture `weight × DistilBERT + (1 − weight) × keywords` over calibrated
/// logits, calibrated in its turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BlendEntry {
    /// DistilBERT's share, `0.0..=1.0`.
    pub distilbert_weight: f32,
    /// What makes the mixed logits mean what they say.
    pub calibration: Calibration,
    /// One probability for each genre.
    pub thresholds: Vec<f32>,
    /// What it was chosen by.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub made: serde_json::Value,
}

impl Manifest {
    /// A manifest of no files yet.
    pub fn new(genres: Vec<String>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            genres,
            files: Vec::new(),
            keywords: None,
            distilbert: None,
            blend: None,
            answer: Predictor::Keywords,
        }
    }

    /// Reads and checks `manifest.json`, within the default [`ModelBudget`].
    ///
    /// # Errors
    /// [`ErrorKind::ManifestInvalid`], [`ErrorKind::ModelVersion`],
    /// [`ErrorKind::ModelTooLarge`].
    pub fn read(json: &str) -> Result<Self> {
        let unreadable = |cause| invalid("manifest.json cannot be read.").caused_by(cause);
        let head: Head = serde_json::from_str(json).map_err(unreadable)?;
        if head.format_version != FORMAT_VERSION {
            return Err(Error::new(
                ErrorKind::ModelVersion,
                "The model folder and the page have different versions; reload the page.",
            ));
        }
        let manifest: Self = serde_json::from_str(json).map_err(unreadable)?;
        manifest.check()?;
        manifest.check_size(ModelBudget::default())?;
        Ok(manifest)
    }

    /// The text of `manifest.json`.
    ///
    /// # Errors
    /// [`ErrorKind::ManifestInvalid`] where it holds what cannot be written.
    pub fn write(&self) -> Result<String> {
        let json = serde_json::to_string_pretty(self);
        Ok(json.map_err(|cause| invalid("The manifest cannot be written.").caused_by(cause))?
            + "\n")
    }

    /// The genres as a set.
    ///
    /// # Errors
    /// [`ErrorKind::ManifestInvalid`].
    pub fn genre_set(&self) -> Result<GenreSet> {
        GenreSet::new(self.genres.clone())
    }

    /// What the manifest says of a file.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnknownFile`].
    pub fn file(&self, path: &str) -> Result<&FileEntry> {
        self.files.iter().find(|file| file.path == path).ok_or_else(|| {
            let message = format!("The manifest does not name a file {path}.");
            Error::new(ErrorKind::ModelUnknownFile, message)
        })
    }

    fn check(&self) -> Result<()> {
        self.genre_set()?;
        let plain = |path: &str| {
            !path.is_empty()
                && !path.starts_with('.')
                && path.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        if !self.files.iter().all(|file| plain(&file.path)) {
            return Err(invalid("A file name in manifest.json is not a plain name."));
        }
        let mut paths: Vec<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        if paths.len() != self.files.len() {
            return Err(invalid("manifest.json names a file twice."));
        }
        if let Some(keywords) = &self.keywords {
            self.file(&keywords.file)?;
            self.check_numbers(&keywords.thresholds, &keywords.calibration)?;
        }
        if let Some(distilbert) = &self.distilbert {
            self.file(&distilbert.onnx)?;
            self.file(&distilbert.tokenizer)?;
            if distilbert.onnx == distilbert.tokenizer {
                return Err(invalid("The tokenizer in manifest.json is the model itself."));
            }
            self.check_numbers(&distilbert.thresholds, &distilbert.calibration)?;
        }
        if let Some(blend) = &self.blend {
            self.check_numbers(&blend.thresholds, &blend.calibration)?;
            if !(0.0..=1.0).contains(&blend.distilbert_weight) {
                return Err(invalid("The blend's weight in manifest.json is not in 0 to 1."));
            }
        }
        let answers = match self.answer {
            Predictor::Keywords => self.keywords.is_some(),
            Predictor::DistilBert => self.distilbert.is_some(),
            Predictor::Blend => self.blend.is_some(),
        };
        let both = self.keywords.is_some() && self.distilbert.is_some();
        if !answers || (self.blend.is_some() && !both) {
            return Err(invalid("manifest.json names a model that it does not have."));
        }
        Ok(())
    }

    fn check_size(&self, budget: ModelBudget) -> Result<()> {
        let total = self.files.iter().try_fold(0u64, |sum, file| sum.checked_add(file.bytes));
        if total.is_some_and(|bytes| bytes <= budget.bytes) {
            return Ok(());
        }
        let message = format!(
            "The model files are larger than {} MB together; use a smaller model.",
            budget.bytes / 1_000_000
        );
        Err(Error::new(ErrorKind::ModelTooLarge, message))
    }

    fn check_numbers(&self, thresholds: &[f32], calibration: &Calibration) -> Result<()> {
        let in_range = thresholds.iter().all(|threshold| (0.0..=1.0).contains(threshold));
        if thresholds.len() != self.genres.len() || !in_range {
            return Err(invalid("manifest.json needs one threshold from 0 to 1 for each genre."));
        }
        if !calibration.fits(self.genres.len()) {
            let message = "manifest.json needs a slope above 0 and an intercept for each genre.";
            return Err(invalid(message));
        }
        Ok(())
    }
}

/// The decision rule of a model's thresholds.
pub fn decision_rule(thresholds: &[f32]) -> DecisionRule {
    DecisionRule::new(thresholds.iter().map(|&threshold| Probability(threshold)).collect())
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::ManifestInvalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> serde_json::Value {
        serde_json::json!({
            "format_version": 2,
            "genres": ["War", "Western"],
            "files": [{"path": "k.bin", "bytes": 3, "sha256": "00", "model": "keywords"}],
            "keywords": {
                "file": "k.bin",
                "thresholds": [0.4, 0.5],
                "calibration": {"slopes": [1.0, 0.9], "intercepts": [0.0, -0.1]},
            },
            "answer": "keywords",
        })
    }

    #[test]
    fn a_manifest_survives_writing_and_reading() {
        let manifest = Manifest::read(&sample().to_string()).unwrap();
        let again = Manifest::read(&manifest.write().unwrap()).unwrap();
        assert_eq!(again.files, manifest.files);
        assert_eq!(again.file("k.bin").unwrap().model, ModelKind::Keywords);
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let refused = |pointer: &str, value: serde_json::Value| {
            let mut json = sample();
            *json.pointer_mut(pointer).unwrap() = value;
            Manifest::read(&json.to_string()).unwrap_err().kind()
        };
        assert_eq!(refused("/format_version", 1.into()), ErrorKind::ModelVersion);
        let older = Manifest::read(r#"{"format_version": 1, "models": []}"#);
        assert_eq!(older.unwrap_err().kind(), ErrorKind::ModelVersion);
        assert_eq!(refused("/files/0/path", "../k.bin".into()), ErrorKind::ManifestInvalid);
        assert_eq!(refused("/keywords/file", "other".into()), ErrorKind::ModelUnknownFile);
        assert_eq!(refused("/keywords/thresholds/0", 1.5.into()), ErrorKind::ManifestInvalid);
        let slope = "/keywords/calibration/slopes/0";
        assert_eq!(refused(slope, 0.into()), ErrorKind::ManifestInvalid);
        assert_eq!(refused("/answer", "blend".into()), ErrorKind::ManifestInvalid);
        assert_eq!(refused("/genres/1", "War".into()), ErrorKind::ManifestInvalid);
        assert_eq!(refused("/files/0/bytes", u64::MAX.into()), ErrorKind::ModelTooLarge);
        assert_eq!(Manifest::read("{").unwrap_err().kind(), ErrorKind::ManifestInvalid);
    }

    #[test]
    fn the_size_of_all_files_counts() {
        let mut json = sample();
        let mut size = |first: u64, second: u64| {
            json["files"] = serde_json::json!([
                {"path": "k.bin", "bytes": first, "sha256": "00", "model": "keywords"},
                {"path": "other", "bytes": second, "sha256": "00", "model": "keywords"},
            ]);
            Manifest::read(&json.to_string()).map(|_| ()).map_err(|error| error.kind())
        };
        let most = ModelBudget::default().bytes;
        assert_eq!(size(most - 3, 3), Ok(()));
        assert_eq!(size(most - 3, 4), Err(ErrorKind::ModelTooLarge));
        assert_eq!(size(u64::MAX, 2), Err(ErrorKind::ModelTooLarge));
    }
}
