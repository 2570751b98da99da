//! `plotlens evaluate`

use std::path::Path;

use plotlens::classify::{Classifier, Predictor};
use plotlens::evaluate::{
    Evaluation, Intervals, LabelledRow, Protocol, Report, Scores, Selection, SkippedRow,
    Thresholds, html, score, select,
};
use plotlens::genre::DecisionRule;
use plotlens::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::progress::Progress;
use super::{EvaluateArgs, folder, outputs, parallel};

/// Rows that a thread takes at a time.
const PART: usize = 64;

/// Runs the command.
pub fn run(args: EvaluateArgs) -> Result<()> {
    outputs::check([&args.scores, &args.json, &args.html].into_iter().flatten(), [&args.file])?;
    let classifier = folder::classifier(&args.model)?;
    let predictors = args.predictor.predictors();
    let rule = |predictor: &Predictor| {
        classifier.rule(*predictor).ok_or_else(|| {
            let message = format!("This model folder has no predictor '{}'.", predictor.name());
            Error::new(ErrorKind::ModelMissing, message)
        })
    };
    let rules: Vec<_> = predictors.iter().map(rule).collect::<Result<_>>()?;
    let file = folder::labelled(&args.file, classifier.genres())?;
    let protocol = Protocol {
        skip_capped: args.skip_capped,
        sources: args.sources,
        no_mask: args.no_mask,
        no_title: args.no_title,
        limit: args.limit,
    };
    let rows = select(&file.rows, classifier.genres(), &protocol);
    let scores = score_parallel(&classifier, &rows, predictors)?;
    if scores.rows.is_empty() {
        return Err(Error::new(ErrorKind::FileInvalid, "No row is left under these options."));
    }
    let mut skipped = file.skipped;
    skipped.extend(scores.skipped.iter().cloned());
    skipped.sort_by_key(|row| row.line);
    let reports: Vec<Report> = scores
        .samples
        .iter()
        .zip(&rules)
        .map(|(sample, rule)| {
            let error = scores.explanation_error;
            let (resamples, skipped) = (args.resamples as usize, skipped.clone());
            Report::new(sample, classifier.genres(), rule, resamples, error, skipped)
        })
        .collect();
    let named: Vec<_> = predictors.iter().map(|predictor| predictor.name()).zip(&reports).collect();
    let heading = |name: &str| if named.len() > 1 { format!("{name}\n") } else { String::new() };
    let words = named.iter().map(|(name, report)| heading(name) + &in_words(report));
    // First, as a file may fail; the files are written though nobody reads this.
    let printed = folder::print(&words.collect::<Vec<_>>().join("\n"));
    if let Some(path) = args.scores {
        folder::write(&path, score_lines(&file.rows, &scores, &named).as_bytes())?;
    }
    if let Some(path) = args.json {
        let json: Value = match &named[..] {
            [(_, report)] => report.to_json(),
            all => all.iter().map(|(name, report)| (name.to_string(), report.to_json())).collect(),
        };
        folder::write(&path, format!("{json:#}\n").as_bytes())?;
    }
    if let Some(path) = args.html {
        let story = Told {
            file: &args.file,
            numbers: &file.numbers,
            rules: &rules,
            skipped: &named[0].1.rows_skipped,
            resamples: args.resamples as usize,
        };
        let page = page(&classifier, predictors, &rows, &scores, story);
        folder::write(&path, page.as_bytes())?;
    }
    printed
}

/// What the page is told besides the scores.
struct Told<'a> {
    file: &'a Path,
    numbers: &'a [String],
    rules: &'a [DecisionRule],
    skipped: &'a [SkippedRow],
    resamples: usize,
}

/// The report as one HTML page.
fn page(
    classifier: &Classifier,
    predictors: &[Predictor],
    rows: &[Selection<'_>],
    scores: &Scores,
    told: Told<'_>,
) -> String {
    let genres = classifier.genres();
    let mut evaluation = Evaluation::new(genres.clone(), predictors.to_vec(), told.numbers);
    let mut scored = scores.rows.iter().enumerate().peekable();
    for (index, selection) in rows.iter().enumerate() {
        evaluation.push(selection.row, selection.known);
        let own = scored.next_if(|(_, row)| **row == selection.index);
        let Some((at, _)) = own else { continue };
        let all = scores.samples.iter().flat_map(|sample| sample.probabilities(at));
        evaluation.set(index, &all.map(|p| p.0).collect::<Vec<_>>());
    }
    let view = evaluation.view(None);
    let of_rule = |rule: &DecisionRule| rule.thresholds().iter().map(|t| t.0).collect();
    let thresholds = Thresholds(told.rules.iter().map(of_rule).collect());
    let mut intervals = Intervals::new(&view);
    intervals.draw(&view, &thresholds, told.resamples);
    let shown = |row: u32| {
        let row = rows.get(row as usize)?.row;
        let names = genres.names().iter().enumerate();
        let own = names.filter(|(genre, _)| row.labels.contains(*genre));
        Some(html::ShownRow {
            line: row.line,
            title: row.title.clone(),
            text: row.text.clone(),
            genres: own.map(|(_, name)| name.clone()).collect(),
        })
    };
    html::page(&html::Story {
        file: &told.file.file_name().unwrap_or(told.file.as_os_str()).to_string_lossy(),
        decisions: &view.decisions(&thresholds),
        curves: &view.curves(),
        intervals: &intervals.of_each(),
        tuned: false,
        skipped: told.skipped,
        row: &shown,
    })
}

/// Scores rows on every processor; the result is that of one.
pub fn score_parallel(
    classifier: &Classifier,
    rows: &[Selection<'_>],
    predictors: &[Predictor],
) -> Result<Scores> {
    let progress = Progress::new("rows", rows.len());
    let parts: Vec<_> = rows.chunks(PART).collect();
    let score_part = |part: usize| score(classifier, parts[part], predictors, || progress.tick());
    let mut scores = score(classifier, &[], predictors, || ())?;
    for part in parallel::map(parts.len(), &score_part) {
        scores.append(part?);
    }
    Ok(scores)
}

/// One JSON object for each scored row: its line in the file and its
/// probabilities, those of each predictor under its name where there are several.
fn score_lines(rows: &[LabelledRow], scores: &Scores, named: &[(&str, &Report)]) -> String {
    let object = |(row, &index): (usize, &usize)| {
        let mut object = json!({ "line": rows[index].line });
        for ((name, _), sample) in named.iter().zip(&scores.samples) {
            let key = if named.len() > 1 { name } else { "probabilities" };
            object[key] = sample.probabilities(row).iter().map(|p| p.0).collect();
        }
        format!("{object}\n")
    };
    scores.rows.iter().enumerate().map(object).collect()
}

/// `writeln!` to a string, which cannot fail.
macro_rules! outln {
    ($out:expr, $($part:tt)*) => {{
        $out.push_str(&format!($($part)*));
        $out.push('\n');
    }};
}

/// The report for a terminal.
fn in_words(report: &Report) -> String {
    let mut out = String::new();
    let m = report.metrics();
    let interval = |metric: &str| {
        let found = report.intervals.iter().find(|interval| interval.metric == metric);
        found.map_or(String::new(), |i| format!("  [{:.3}, {:.3}]", i.low, i.high))
    };
    outln!(out, "{} rows, {} skipped", m.n, report.rows_skipped.len());
    for skipped in report.rows_skipped.iter().take(10) {
        outln!(out, "  line {}: {}", skipped.line, skipped.why);
    }
    for (name, metric, value) in [
        ("samples Jaccard", "samples.jaccard", m.samples.jaccard),
        ("samples F1", "samples.f1", m.samples.rates.f1),
        ("micro F1", "micro.f1", m.micro.f1),
        ("macro F1", "macro.f1", m.macro_.f1),
        ("weighted F1", "weighted.f1", m.weighted.f1),
        ("Hamming loss", "hamming", m.hamming),
        ("exact match", "exact_match", m.exact_match),
        ("at least one", "at_least_one", m.at_least_one),
        ("at least two", "at_least_two", m.at_least_two),
        ("mAP", "map", m.map),
        ("LRAP", "lrap", m.lrap),
        ("ECE", "ece", m.ece),
    ] {
        outln!(out, "{name:<16} {value:.4}{}", interval(metric));
    }
    outln!(out, "explanation error {:.1e} at most", report.explanation_error);
    let half = &report.at_half;
    outln!(
        out,
        "at 0.5: Jaccard {:.4}, macro F1 {:.4}, micro F1 {:.4}\n",
        half.jaccard,
        half.macro_f1,
        half.micro_f1
    );
    outln!(
        out,
        "{:<12}{:>9}{:>9}{:>7}{:>7}{:>9}{:>11}",
        "genre",
        "precision",
        "recall",
        "F1",
        "AP",
        "support",
        "threshold"
    );
    for (name, genre) in report.per_genre() {
        outln!(
            out,
            "{name:<12}{:>8.1}%{:>8.1}%{:>7.3}{:>7.3}{:>9}{:>11.2}",
            genre.rates.precision * 100.0,
            genre.rates.recall * 100.0,
            genre.rates.f1,
            genre.ap,
            genre.support,
            genre.threshold,
        );
    }
    out
}
