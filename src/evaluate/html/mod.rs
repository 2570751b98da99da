//! A report as one HTML page that needs nothing else: no script, no other file.
//!
//! Everything that comes from a labelled file goes through [`escape`].

mod boxes;
mod charts;
mod tables;
#[cfg(test)]
mod tests;

use super::curves::Curves;
use super::decisions::{Decisions, ModelDecisions};
use super::read::SkippedRow;
use crate::classify::Predictor;
use crate::metrics::Interval;

/// Rows of the worst mistakes and of the lines that were left out that are listed.
const LISTED: usize = 25;
/// Letters of a text that are shown.
const EXCERPT: usize = 280;

/// What the report is about.
pub struct Story<'a> {
    /// The labelled file's name.
    pub file: &'a str,
    /// What follows from the thresholds.
    pub decisions: &'a Decisions,
    /// What does not.
    pub curves: &'a Curves,
    /// By model, in the order of the decisions'; empty ones are not shown.
    pub intervals: &'a [Vec<Interval>],
    /// The thresholds were tuned on this very file.
    pub tuned: bool,
    /// Lines that could not be used.
    pub skipped: &'a [SkippedRow],
    /// A row of the evaluation, where it can be had.
    pub row: &'a dyn Fn(u32) -> Option<ShownRow>,
}

/// A row as the report shows it.
pub struct ShownRow {
    /// Where it stands in the file, from 1.
    pub line: u64,
    /// The film's title.
    pub title: Option<String>,
    /// The description.
    pub text: String,
    /// The names of its genres.
    pub genres: Vec<String>,
}

/// The whole page. Its policy allows its own styles and nothing else.
pub fn page(story: &Story<'_>) -> String {
    let Story { file, decisions, curves, .. } = story;
    let file = escape(file);
    let mut body = format!("<h1>{file}</h1>\n<p>{}</p>\n", summary(story));
    body += &section("Metrics", &tables::metrics(decisions, story.intervals));
    body += &section("By genre", &(charts::by_genre(decisions) + &tables::by_genre(decisions)));
    body += &section("Does a probability mean what it says?", &charts::reliability(curves));
    body += &section("Precision and recall", &charts::precision_recall(decisions, curves));
    for own in &decisions.models {
        let name = label(own.model);
        body += &section(
            &format!("{name}: what is chosen in place of what"),
            &tables::matrix(&own.replaced, &own.replaced_order, &decisions.genres, "missed"),
        );
        body += &section(
            &format!("{name}: genres chosen together"),
            &tables::matrix(&own.together, &own.together_order, &decisions.genres, "chosen"),
        );
        body += &section(&format!("{name}: by length of text"), &tables::lengths(&own.lengths));
        body +=
            &section(&format!("{name}: numbers by what became of a genre"), &numbers(own, story));
        for (kind, hits) in
            [("chosen wrongly", &own.false_positives), ("missed", &own.false_negatives)]
        {
            let title = format!("{name}: the worst of those {kind}");
            body += &section(&title, &tables::hits(&hits[..hits.len().min(LISTED)], story));
        }
    }
    let true_pairs =
        tables::matrix(&curves.together, &curves.together_order, &decisions.genres, "has");
    body += &section("Genres that the file has together", &true_pairs);
    if !story.skipped.is_empty() {
        body += &section("Lines that were left out", &tables::skipped(story.skipped));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{file}: PlotLens report</title>\n<style>\n{}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        include_str!("report.css"),
    )
}

/// Every column's box plots.
fn numbers(own: &ModelDecisions, story: &Story<'_>) -> String {
    let Story { decisions, curves, .. } = story;
    let columns = curves.columns.iter().zip(&own.numbers);
    let plots = columns.map(|(name, of)| boxes::by_outcome(name, &decisions.genres, of));
    let note = "<p>TP: has the genre, and it is chosen; FP: chosen only; FN: has it only; \
                TN: neither. Lines hold 90 % of the rows, boxes the middle half; a dot is the median.</p>\n";
    note.to_string() + &plots.collect::<String>()
}

fn summary(story: &Story<'_>) -> String {
    let Decisions { rows, left_out, without, .. } = story.decisions;
    let mut sentences = vec![format!("{rows} rows are measured.")];
    if let Some(genre) = without {
        let genre = escape(genre);
        sentences.push(format!(
            "{genre} is left out, and with it {left_out} rows that have no other genre."
        ));
    }
    if !story.skipped.is_empty() {
        sentences.push(format!("{} lines could not be used.", story.skipped.len()));
    }
    if story.tuned {
        sentences.push("The thresholds were tuned on this file: this is no test of them.".into());
    }
    sentences.join(" ")
}

fn section(title: &str, content: &str) -> String {
    format!("<section>\n<h2>{}</h2>\n{content}</section>\n", escape(title))
}

fn label(model: Predictor) -> &'static str {
    match model {
        Predictor::DistilBert => "DistilBERT",
        Predictor::Keywords => "Keyword model",
        Predictor::Blend => "Both together",
    }
}

/// Text as HTML's own characters, in content and in quoted attributes alike.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// The beginning of a text, cut where a word ends.
fn excerpt(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(EXCERPT) else { return escape(text) };
    let cut = text[..end].rfind(char::is_whitespace).unwrap_or(end);
    escape(&text[..cut]) + " …"
}
