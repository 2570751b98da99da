//! The report that `plotlens evaluate` prints and writes.

use serde::Serialize;

use super::{LabelledRow, SkippedRow};
use crate::genre::{DecisionRule, GenreSet, Labels};
use crate::metrics::{GenreMetrics, Interval, Metrics, Sample};

/// Which rows count, and what of their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protocol {
    /// Leave out rows whose list of genres was cut.
    pub skip_capped: bool,
    /// Only rows of these sources, if any are named.
    pub sources: Vec<String>,
    /// Count genres that may be missing as absent.
    pub no_mask: bool,
    /// Read no titles.
    pub no_title: bool,
    /// At most this many rows.
    pub limit: Option<usize>,
}

/// A row that counts, with the genres that are known of it.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    /// Which of the file's rows it is, from 0: several may stand on one line.
    pub index: usize,
    /// The row.
    pub row: &'a LabelledRow,
    /// Its title, where that is read.
    pub title: Option<&'a str>,
    /// Genres of which it is known whether it has them.
    pub known: Labels,
}

/// The rows that count under a protocol.
pub fn select<'a>(
    rows: &'a [LabelledRow],
    genres: &GenreSet,
    protocol: &Protocol,
) -> Vec<Selection<'a>> {
    let all: Labels = (0..genres.len()).collect();
    let from = |row: &LabelledRow| {
        protocol.sources.is_empty()
            || row.source.as_ref().is_some_and(|source| protocol.sources.contains(source))
    };
    rows.iter()
        .enumerate()
        .filter(|(_, row)| !(protocol.skip_capped && row.capped) && from(row))
        .take(protocol.limit.unwrap_or(usize::MAX))
        .map(|(index, row)| {
            let known = if protocol.no_mask { all } else { row.known(row.labels, genres) };
            let title = row.title.as_deref().filter(|_| !protocol.no_title);
            Selection { index, row, title, known }
        })
        .collect()
}

/// Every metric of one predictor on one file.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// All metrics, by name.
    #[serde(flatten)]
    metrics: Metrics,
    /// Genre names, in the order of `per_genre`.
    #[serde(skip)]
    genres: Vec<String>,
    /// 95 % bootstrap intervals.
    pub intervals: Vec<Interval>,
    /// The same decisions at 0.5 instead of the tuned thresholds.
    pub at_half: AtHalf,
    /// The largest distance between a logit and the sum of its explanation.
    pub explanation_error: f32,
    /// Lines of the file that were not used.
    pub rows_skipped: Vec<SkippedRow>,
}

/// What the tuned thresholds are compared with.
#[derive(Clone, Debug, Serialize)]
pub struct AtHalf {
    /// Mean Jaccard over rows.
    pub jaccard: f64,
    /// Mean F1 over genres.
    pub macro_f1: f64,
    /// F1 over all decisions.
    pub micro_f1: f64,
}

impl Report {
    /// Measures a sample; `resamples` is 0 for no intervals.
    pub fn new(
        sample: &Sample,
        genres: &GenreSet,
        rule: &DecisionRule,
        resamples: usize,
        explanation_error: f32,
        rows_skipped: Vec<SkippedRow>,
    ) -> Self {
        let half = DecisionRule::new(vec![crate::genre::Probability(0.5); genres.len()]);
        let half = sample.measure(&half);
        Self {
            metrics: sample.measure(rule),
            genres: genres.names().to_vec(),
            intervals: sample.intervals(rule, resamples, 1),
            at_half: AtHalf {
                jaccard: half.samples.jaccard,
                macro_f1: half.macro_.f1,
                micro_f1: half.micro.f1,
            },
            explanation_error,
            rows_skipped,
        }
    }

    /// All metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Each genre's name with its figures.
    pub fn per_genre(&self) -> impl Iterator<Item = (&str, &GenreMetrics)> {
        self.genres.iter().map(String::as_str).zip(&self.metrics.per_genre)
    }

    /// The JSON report.
    pub fn to_json(&self) -> serde_json::Value {
        let mut json = serde_json::json!(self);
        if let Some(rows) = json["per_genre"].as_array_mut() {
            for (row, name) in rows.iter_mut().zip(&self.genres) {
                row["genre"] = name.as_str().into();
            }
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_says_which_rows_count() {
        let genres = GenreSet::new(["Drama", "War"].map(String::from).to_vec()).unwrap();
        let row = |source: Option<&str>, capped| LabelledRow {
            source: source.map(String::from),
            title: Some("Title".into()),
            labels: [0].into_iter().collect(),
            maybe_missing: [1].into_iter().collect(),
            capped,
            ..Default::default()
        };
        let rows = [row(Some("a"), true), row(Some("b"), false), row(None, false)];
        let chosen = |protocol: Protocol| -> Vec<usize> {
            select(&rows, &genres, &protocol).iter().map(|selection| selection.index).collect()
        };
        let all = Protocol::default();
        assert_eq!(chosen(all.clone()), [0, 1, 2]);
        assert_eq!(chosen(Protocol { skip_capped: true, ..all.clone() }), [1, 2]);
        assert_eq!(chosen(Protocol { sources: vec!["a".into()], ..all.clone() }), [0]);
        assert_eq!(chosen(Protocol { limit: Some(2), ..all.clone() }), [0, 1]);
        let first = select(&rows, &genres, &all)[0];
        assert_eq!((first.title, first.known), (Some("Title"), [0].into_iter().collect()));
        let protocol = Protocol { no_mask: true, no_title: true, ..all };
        let first = select(&rows, &genres, &protocol)[0];
        assert_eq!((first.title, first.known), (None, [0, 1].into_iter().collect()));
    }
}
