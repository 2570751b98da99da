//! Arguments of the command line, and one file for each of its commands.

mod batch;
mod classify;
mod evaluate;
mod explain_eval;
mod flat;
mod folder;
mod http;
mod note;
mod occlude;
mod outputs;
mod package;
mod parallel;
#[cfg(feature = "parquet")]
mod parquet;
mod progress;
mod serve;
mod train;
mod weights;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use plotlens::artefact::EngineKind;
use plotlens::classify::Predictor;

pub use note::note;

/// Genres of film plots, and the words that say so.
#[derive(Parser)]
#[command(name = "plotlens", version)]
pub enum Command {
    /// Say the genres of one text, or of every text of a file, and the words that say so.
    Classify(ClassifyArgs),
    /// Measure a predictor on a labelled file (.jsonl, .csv, .tsv, .gz of these, or .parquet).
    Evaluate(EvaluateArgs),
    /// Score texts with words taken away: a JSON object a line in, one a line out.
    Occlude(OccludeArgs),
    /// Measure explanations: how a text's probability follows the words they name.
    ExplainEval(ExplainEvalArgs),
    /// List the keyword model's heaviest words for and against each genre.
    Weights(WeightsArgs),
    /// Train a model.
    #[command(subcommand)]
    Train(TrainCommand),
    /// Serve a folder on localhost.
    Serve(ServeArgs),
}

#[derive(Args)]
pub struct ModelArgs {
    /// The model folder.
    #[arg(long, default_value = "www/model", value_name = "DIR")]
    model: PathBuf,
    /// What runs DistilBERT, where not what the folder says.
    #[arg(long, value_enum)]
    engine: Option<EngineArg>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EngineArg {
    /// Our own int8 engine.
    Fast,
    /// tract, as a second opinion: slower, no words.
    Tract,
    /// Ours on a graphics processor, for whole files (needs the feature `webgpu`).
    Webgpu,
}

impl From<EngineArg> for EngineKind {
    fn from(engine: EngineArg) -> Self {
        match engine {
            EngineArg::Fast => Self::Fast,
            EngineArg::Tract => Self::Tract,
            EngineArg::Webgpu => Self::WebGpu,
        }
    }
}

#[derive(Args)]
pub struct ClassifyArgs {
    /// The text; `-` or nothing reads standard input.
    text: Option<String>,
    /// The film's title, where it is known.
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    model: ModelArgs,
    /// Print everything as JSON.
    #[arg(long)]
    json: bool,
    /// Classify every text of a file (.jsonl, .json, .csv, .tsv, .gz of these, or .parquet).
    #[arg(long, value_name = "FILE", requires = "output", conflicts_with_all = ["text", "title"])]
    input: Option<PathBuf>,
    /// Where its answers go, one JSON object a line; a table where it ends in .csv or .parquet.
    /// What was done before it was stopped is not done again.
    #[arg(long, value_name = "FILE.jsonl", requires = "input")]
    output: Option<PathBuf>,
}

#[derive(Args)]
pub struct EvaluateArgs {
    /// The labelled file.
    file: PathBuf,
    #[command(flatten)]
    model: ModelArgs,
    /// Whose probabilities are measured.
    #[arg(long, value_enum, default_value_t = PredictorArg::Distilbert)]
    predictor: PredictorArg,
    /// Use the first N rows only.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Leave out rows whose list of genres was cut (`capped`).
    #[arg(long)]
    skip_capped: bool,
    /// Use rows of these sources only.
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    sources: Vec<String>,
    /// Count genres that may be missing (`maybe_missing`) as absent.
    #[arg(long)]
    no_mask: bool,
    /// Do not read titles, where the file has them.
    #[arg(long)]
    no_title: bool,
    /// Resamples of the bootstrap intervals; 0 for none.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=100_000))]
    resamples: u32,
    /// Write the report to a file; several, each under its name, where all
    /// predictors are measured.
    #[arg(long, value_name = "OUT")]
    json: Option<PathBuf>,
    /// Write the whole report, tables and charts, as one HTML page.
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
    /// Write every row's probabilities to a file, one JSON object a line.
    #[arg(long, value_name = "OUT")]
    scores: Option<PathBuf>,
}

#[derive(Args)]
pub struct OccludeArgs {
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Args)]
pub struct ExplainEvalArgs {
    /// The labelled file; its texts are read without titles.
    file: PathBuf,
    #[command(flatten)]
    model: ModelArgs,
    /// Use the first N rows only.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Measure scores from elsewhere too: a file with an object a line,
    /// {"line": …, "scores": [one a word], "passes": …}.
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
    scores: Vec<(String, PathBuf)>,
    /// Resamples of the bootstrap intervals; 0 for none.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=100_000))]
    resamples: u32,
    /// Write everything to a file.
    #[arg(long, value_name = "OUT")]
    json: Option<PathBuf>,
}

#[derive(Args)]
pub struct WeightsArgs {
    /// The model folder.
    #[arg(long, default_value = "www/model", value_name = "DIR")]
    model: PathBuf,
    /// How many words on each side.
    #[arg(long, default_value_t = 20)]
    top: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum PredictorArg {
    Distilbert,
    Keywords,
    Blend,
    /// Each of them, in one reading of the file.
    All,
}

impl PredictorArg {
    /// Who is meant.
    fn predictors(self) -> &'static [Predictor] {
        match self {
            Self::Distilbert => &[Predictor::DistilBert],
            Self::Keywords => &[Predictor::Keywords],
            Self::Blend => &[Predictor::Blend],
            Self::All => &[Predictor::DistilBert, Predictor::Keywords, Predictor::Blend],
        }
    }
}

#[derive(Subcommand)]
pub enum TrainCommand {
    /// Train the keyword model and write it into a model folder.
    Keywords(KeywordsArgs),
    /// Write a folder's manifest: hash its files, tune its thresholds.
    Package(PackageArgs),
}

#[derive(Args)]
pub struct TuningArgs {
    /// The labelled file that calibration, blend and thresholds are tuned on.
    #[arg(long)]
    valid: PathBuf,
    /// The weight of samples Jaccard in tuning; the rest is macro-F1's.
    #[arg(long, default_value_t = 0.9, value_parser = share)]
    jaccard_share: f64,
    /// How often a row with a whole list of genres counts beside a cut one (`capped`).
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    whole_list_weight: u32,
    /// Word pieces of a window.
    #[arg(long, default_value_t = 254)]
    window: usize,
    /// Word pieces that neighbouring windows share at least.
    #[arg(long, default_value_t = 64)]
    window_overlap: usize,
}

#[derive(Args)]
pub struct KeywordsArgs {
    /// Labelled files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    tuning: TuningArgs,
    /// The model folder.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many words and word pairs are kept.
    #[arg(long, default_value_t = 30_000)]
    features: usize,
    /// The fewest texts that a term occurs in.
    #[arg(long, default_value_t = 15)]
    min_texts: u32,
    /// The inverse strength of the L2 penalty.
    #[arg(long, default_value_t = 1.5, value_parser = positive)]
    c: f64,
}

#[derive(Args)]
pub struct PackageArgs {
    /// The model folder: keywords.bin and keywords.training.json, and where there
    /// is a DistilBERT, distilbert.onnx, tokenizer.json, distilbert.training.json.
    #[arg(long, default_value = "www/model", value_name = "DIR")]
    model: PathBuf,
    #[command(flatten)]
    tuning: TuningArgs,
}

#[derive(Args)]
pub struct ServeArgs {
    /// The folder.
    #[arg(default_value = "www")]
    dir: PathBuf,
    /// The port on localhost.
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

fn named_file(text: &str) -> Result<(String, PathBuf), &'static str> {
    let (name, file) = text.split_once('=').ok_or("it has to be NAME=FILE")?;
    Ok((name.to_string(), file.into()))
}

fn share(text: &str) -> Result<f64, BadNumber> {
    number(text, |number| (0.0..=1.0).contains(&number), "a number from 0 to 1")
}

fn positive(text: &str) -> Result<f64, BadNumber> {
    number(text, |number| number > 0.0 && number.is_finite(), "a number above 0")
}

fn number(
    text: &str,
    usable: impl Fn(f64) -> bool,
    expected: &'static str,
) -> Result<f64, BadNumber> {
    text.parse().ok().filter(|&number| usable(number)).ok_or(BadNumber { expected })
}

/// An argument that is not the number it should be.
#[derive(Debug)]
struct BadNumber {
    expected: &'static str,
}

impl std::fmt::Display for BadNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it has to be {}", self.expected)
    }
}

impl std::error::Error for BadNumber {}

impl Command {
    /// Runs the command.
    pub fn run(self) -> plotlens::Result<()> {
        match self {
            Self::Classify(args) => classify::run(args),
            Self::Evaluate(args) => evaluate::run(args),
            Self::Occlude(args) => occlude::run(args),
            Self::ExplainEval(args) => explain_eval::run(args),
            Self::Weights(args) => weights::run(args),
            Self::Train(TrainCommand::Keywords(args)) => train::run(args),
            Self::Train(TrainCommand::Package(args)) => package::run(&args.model, &args.tuning),
            Self::Serve(args) => serve::run(args),
        }
    }
}
