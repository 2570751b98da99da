//! One opaque error: a kind with a stable code, a plain sentence, a cause.

use std::fmt;

/// The result of everything that can fail in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, as a caller can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is empty or only white space.
    TextEmpty,
    /// The text has fewer than two letters or digits.
    TextTooShort,
    /// The text has no word at all, only symbols.
    TextNoWords,
    /// The text is not in a script that the models read.
    TextUnreadable,
    /// The manifest is not what this version expects.
    ManifestInvalid,
    /// The manifest's format version is another one.
    ModelVersion,
    /// A file was handed over that the manifest does not name.
    ModelUnknownFile,
    /// A file's size or SHA-256 is not the manifest's.
    ModelDamaged,
    /// The ONNX file is not a DistilBERT that this engine can run.
    ModelUnsupported,
    /// There is no graphics processor that this program can use.
    WebGpuUnavailable,
    /// The graphics processor stopped, or gave what cannot be an answer.
    WebGpuFailed,
    /// The files of the model folder are too large together.
    ModelTooLarge,
    /// A model was asked for that is not loaded.
    ModelMissing,
    /// A job was asked for its answer too early, or twice.
    JobState,
    /// The tokenizer file cannot be used.
    TokenizerInvalid,
    /// The keyword model's file cannot be used.
    KeywordsInvalid,
    /// The labelled file as a whole cannot be read.
    FileInvalid,
    /// The labelled file has more records than are read.
    FileTooLong,
    /// A saved report is cut or otherwise not as it was written.
    ReportDamaged,
    /// A saved report is of another version of its format.
    ReportVersion,
    /// A saved report is of models with other genres.
    ReportModels,
    /// Training data is not enough to train on.
    TrainingData,
    /// Reading or writing failed.
    Io,
}

impl ErrorKind {
    /// The stable code that callers may match on.
    pub fn code(self) -> &'static str {
        match self {
            Self::TextEmpty => "text-empty",
            Self::TextTooShort => "text-too-short",
            Self::TextNoWords => "text-no-words",
            Self::TextUnreadable => "text-unreadable",
            Self::ManifestInvalid => "manifest-invalid",
            Self::ModelVersion => "model-version",
            Self::ModelUnknownFile => "model-unknown-file",
            Self::ModelDamaged => "model-damaged",
            Self::ModelUnsupported => "model-unsupported",
            Self::WebGpuUnavailable => "webgpu-unavailable",
            Self::WebGpuFailed => "webgpu-failed",
            Self::ModelTooLarge => "model-too-large",
            Self::ModelMissing => "model-missing",
            Self::JobState => "job-state",
            Self::TokenizerInvalid => "tokenizer-invalid",
            Self::KeywordsInvalid => "keywords-invalid",
            Self::FileInvalid => "file-invalid",
            Self::FileTooLong => "file-too-long",
            Self::ReportDamaged => "report-damaged",
            Self::ReportVersion => "report-version",
            Self::ReportModels => "report-models",
            Self::TrainingData => "training-data",
            Self::Io => "io",
        }
    }

    /// Whether the text is at fault, not a model or a file.
    pub fn is_about_text(self) -> bool {
        matches!(
            self,
            Self::TextEmpty | Self::TextTooShort | Self::TextNoWords | Self::TextUnreadable
        )
    }
}

/// A failure: its [kind](Error::kind), one plain sentence, and its cause.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error whose message says, in one sentence, what to do about it.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message, source: None }
    }

    /// The same error with the failure that led to it.
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong, as a caller can act on it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
