//! `plotlens explain-eval`

use std::collections::HashMap;
use std::path::Path;

use plotlens::classify::{Ask, Classification, Classifier, Plot, Predictor};
use plotlens::encoder::Workspace;
use plotlens::evaluate::{LabelledRow, SkippedRow};
use plotlens::explain::faithfulness::{Estimate, Faithfulness, Ratio, SHARES, area, random};
use plotlens::explain::occlusion::Gone;
use plotlens::text::Text;
use plotlens::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::progress::Progress;
use super::{ExplainEvalArgs, folder, outputs, parallel};

/// What is measured without scores from elsewhere, in this order.
const OWN: [&str; 5] = ["random", "keyword weights", "free contributions", "blend", "by trial"];
const BY_TRIAL: usize = 4;

/// Scores from elsewhere, by the line of the text.
struct Outside {
    name: String,
    lines: HashMap<u64, Scored>,
}

/// One text's scores, and how often the model read it to find them.
#[derive(Clone, Deserialize)]
struct Scored {
    scores: Vec<f32>,
    #[serde(default)]
    passes: usize,
}

#[derive(Deserialize)]
struct OutsideLine {
    line: u64,
    #[serde(flatten)]
    scored: Scored,
}

/// One text, by each explanation that has scores of it.
type Measured = Vec<Option<(Faithfulness, usize)>>;

#[derive(Serialize)]
struct Report {
    /// Texts.
    n: usize,
    shares: [f64; SHARES.len()],
    explanations: Vec<Explained>,
    /// By trial's comprehensiveness as a share of that of scores from elsewhere.
    by_trial_as_share_of: Vec<(String, Ratio)>,
    rows_skipped: Vec<SkippedRow>,
}

#[derive(Serialize)]
struct Explained {
    name: String,
    /// Texts with such scores.
    n: usize,
    /// How often the model reads a text to explain it, in the mean.
    passes: f64,
    comprehensiveness: Estimate,
    sufficiency: Estimate,
}

/// Runs the command.
pub fn run(args: ExplainEvalArgs) -> Result<()> {
    let scores = args.scores.iter().map(|(_, path)| path);
    outputs::check(&args.json, scores.chain([&args.file]))?;
    let classifier = folder::classifier(&args.model)?;
    let file = folder::labelled(&args.file, classifier.genres())?;
    let rows = &file.rows[..args.limit.unwrap_or(file.rows.len()).min(file.rows.len())];
    let outside = args.scores.into_iter().map(|(name, path)| {
        let lines = read_scores(&path)?;
        Ok(Outside { name, lines })
    });
    let outside: Vec<Outside> = outside.collect::<Result<_>>()?;
    let several = |pair: &[LabelledRow]| pair[0].line == pair[1].line;
    if !outside.is_empty() && rows.windows(2).any(several) {
        let message = "With --scores each row has to stand on a line of its own.";
        return Err(Error::new(ErrorKind::FileInvalid, message));
    }
    let progress = Progress::new("texts", rows.len());
    let measured = parallel::map(rows.len(), &|index| {
        let found = measure(&classifier, &rows[index], &outside);
        progress.tick();
        found
    });
    let mut skipped = file.skipped;
    let mut texts: Vec<Measured> = Vec::new();
    for (row, found) in rows.iter().zip(measured) {
        match found {
            Ok(found) => texts.push(found),
            Err(error) if error.kind().is_about_text() => {
                skipped.push(SkippedRow { line: row.line, why: error.to_string() });
            }
            Err(error) => return Err(error),
        }
    }
    let names = OWN.iter().map(|name| name.to_string()).chain(outside.into_iter().map(|o| o.name));
    let report = summarise(&texts, names.collect(), args.resamples as usize, skipped);
    // First, as in `evaluate`.
    let printed = folder::print(&in_words(&report));
    if let Some(path) = args.json {
        let json = serde_json::to_string_pretty(&report).map_err(|cause| {
            Error::new(ErrorKind::Io, "The report cannot be written as JSON.").caused_by(cause)
        })?;
        folder::write(&path, format!("{json}\n").as_bytes())?;
    }
    printed
}

fn read_scores(path: &Path) -> Result<HashMap<u64, Scored>> {
    let text = String::from_utf8_lossy(&folder::read(path)?).into_owned();
    let parse = |line: &str| serde_json::from_str::<OutsideLine>(line);
    let lines = text.lines().map(|line| parse(line).map(|read| (read.line, read.scored)));
    lines.collect::<std::result::Result<_, _>>().map_err(|cause| {
        let message =
            format!("A line of {} is not {{\"line\": …, \"scores\": […]}}.", path.display());
        Error::new(ErrorKind::FileInvalid, message).caused_by(cause)
    })
}

/// One text: its scores by each explanation for DistilBERT's most probable
/// genre, and how that genre's probability follows them.
fn measure(classifier: &Classifier, row: &LabelledRow, outside: &[Outside]) -> Result<Measured> {
    let mut workspace = Workspace::default();
    let whole = classifier.classify(row.text.as_str(), Ask::All, &mut workspace)?;
    let probabilities = &opinion(&whole, Predictor::DistilBert)?.probabilities;
    let before = |a: &usize, b: &usize| probabilities[*a].0.total_cmp(&probabilities[*b].0);
    let genre = (0..probabilities.len()).rev().max_by(before).unwrap_or(0);

    let mut trial = classifier.start_trial(Plot::from(row.text.as_str()))?;
    while !classifier.step_trial(&mut trial, &mut workspace)? {}
    let words = whole.text.words().len();
    let genres = probabilities.len();
    let of_genre =
        |all: &[f32]| all.chunks_exact(genres).map(|word| word[genre]).collect::<Vec<f32>>();
    let contributions = |predictor, passes| {
        let explanation = opinion(&whole, predictor)?.explanation.as_ref();
        let scores = explanation.map(|explanation| of_genre(&explanation.words));
        Ok(scores.map(|scores| Scored { scores, passes }))
    };
    let tried = trial.effects(Predictor::DistilBert).map(|effects| of_genre(&effects));
    let mut explanations = vec![
        Some(Scored { scores: random(words, row.line), passes: 0 }),
        contributions(Predictor::Keywords, 0)?,
        contributions(Predictor::DistilBert, 1)?,
        contributions(Predictor::Blend, 1)?,
        tried.map(|scores| Scored { scores, passes: 1 + trial.done() }),
    ];
    for Outside { name, lines } in outside {
        let scored = lines.get(&row.line).cloned();
        if scored.as_ref().is_some_and(|scored| scored.scores.len() != words) {
            let message = format!("'{name}' has other words than the text on line {}.", row.line);
            return Err(Error::new(ErrorKind::FileInvalid, message));
        }
        explanations.push(scored);
    }

    let mut known: HashMap<Gone, f64> = HashMap::new();
    let mut probability = |gone: &Gone| -> Result<f64> {
        if let Some(&known) = known.get(gone) {
            return Ok(known);
        }
        let variant = whole.text.without(|word| gone[word]);
        let found = probability_of(classifier, variant, genre, &mut workspace)?;
        known.insert(gone.clone(), found);
        Ok(found)
    };
    let at_first = f64::from(probabilities[genre].0);
    let measure = |scored: Option<Scored>| {
        let Some(Scored { scores, passes }) = scored else { return Ok(None) };
        Ok(Some((Faithfulness::measure(&scores, at_first, &mut probability)?, passes)))
    };
    explanations.into_iter().map(measure).collect()
}

fn probability_of(
    classifier: &Classifier,
    text: Text,
    genre: usize,
    workspace: &mut Workspace,
) -> Result<f64> {
    let mut job = classifier.start_read(None, text, Ask::All)?;
    while !classifier.step(&mut job, workspace)? {}
    let answer = classifier.finish(job)?;
    Ok(f64::from(opinion(&answer, Predictor::DistilBert)?.probabilities[genre].0))
}

fn opinion(answer: &Classification, predictor: Predictor) -> Result<&plotlens::classify::Opinion> {
    answer.opinion(predictor).ok_or_else(|| {
        let message = format!("This model folder has no predictor '{}'.", predictor.name());
        Error::new(ErrorKind::ModelMissing, message)
    })
}

fn summarise(
    texts: &[Measured],
    names: Vec<String>,
    resamples: usize,
    rows_skipped: Vec<SkippedRow>,
) -> Report {
    let area_of =
        |text: &Measured, at: usize| text[at].map(|(found, _)| area(&found.comprehensiveness));
    let ratio = |at: usize| {
        let pairs: Vec<(f64, f64)> = texts
            .iter()
            .filter_map(|text| area_of(text, BY_TRIAL).zip(area_of(text, at)))
            .collect();
        (names[at].clone(), Ratio::of(&pairs, resamples))
    };
    let by_trial_as_share_of = (OWN.len()..names.len()).map(ratio).collect();
    let explained = |(at, name): (usize, &String)| {
        let found: Vec<(Faithfulness, usize)> = texts.iter().filter_map(|text| text[at]).collect();
        let passes: usize = found.iter().map(|(_, passes)| passes).sum();
        let comprehensiveness: Vec<_> = found.iter().map(|(f, _)| f.comprehensiveness).collect();
        let sufficiency: Vec<_> = found.iter().map(|(f, _)| f.sufficiency).collect();
        Explained {
            name: name.clone(),
            n: found.len(),
            passes: passes as f64 / found.len().max(1) as f64,
            comprehensiveness: Estimate::of(&comprehensiveness, resamples),
            sufficiency: Estimate::of(&sufficiency, resamples),
        }
    };
    let explanations = names.iter().enumerate().map(explained).collect();
    Report { n: texts.len(), shares: SHARES, explanations, by_trial_as_share_of, rows_skipped }
}

/// The report for a terminal.
fn in_words(report: &Report) -> String {
    let interval = |interval: Option<[f64; 2]>| {
        interval.map_or(String::new(), |[low, high]| format!(" [{low:.3}, {high:.3}]"))
    };
    let mut lines = vec![format!("{} texts, {} skipped", report.n, report.rows_skipped.len())];
    lines.push(format!(
        "{:<20}{:>6}{:>8}  {:<22}{:<22}",
        "scores", "texts", "passes", "comprehensiveness", "sufficiency"
    ));
    for Explained { name, n, passes, comprehensiveness, sufficiency } in &report.explanations {
        let [comprehensiveness, sufficiency] = [comprehensiveness, sufficiency]
            .map(|found| format!("{:.3}{}", found.area, interval(found.interval)));
        let line = format!("{name:<20}{n:>6}{passes:>8.0}  {comprehensiveness:<22}{sufficiency}");
        lines.push(line);
    }
    for (name, ratio) in &report.by_trial_as_share_of {
        let Ratio { n, ratio, interval: bounds } = ratio;
        let bounds = interval(*bounds);
        lines.push(format!("by trial / {name}, {n} texts: {ratio:.3}{bounds}"));
    }
    lines.join("\n") + "\n"
}
