//! Labelled rows with what the models say of them, and the views that are
//! measured.

use serde::{Deserialize, Serialize};

use super::row::LabelledRow;
use crate::classify::Predictor;
use crate::genre::{DecisionRule, GenreSet, Labels, Probability};
use crate::metrics::{Bootstrap, Interval, Ranked, Sample};

/// What is kept of a row: all but its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    labels: Labels,
    known: Labels,
    scored: bool,
}

/// The rows of one file, scored one by one in any order.
#[derive(Clone, Debug)]
pub struct Evaluation {
    genres: GenreSet,
    predictors: Vec<Predictor>,
    /// The words of the text, then the file's own columns of numbers.
    columns: Vec<String>,
    facts: Vec<Facts>,
    /// `[rows, columns]`.
    numbers: Vec<f32>,
    /// For each predictor `[rows, genres]`.
    probabilities: Vec<Vec<Probability>>,
}

/// The name of the column that every file has: how many words a text has.
pub const WORDS: &str = "words";

impl Evaluation {
    /// No rows yet. `numbers` names the file's columns of numbers.
    pub fn new(genres: GenreSet, predictors: Vec<Predictor>, numbers: &[String]) -> Self {
        let columns = [WORDS.to_string()].into_iter().chain(numbers.iter().cloned()).collect();
        let probabilities = vec![Vec::new(); predictors.len()];
        Self { genres, predictors, columns, facts: Vec::new(), numbers: Vec::new(), probabilities }
    }

    /// The genres, in the order of every vector.
    pub fn genres(&self) -> &GenreSet {
        &self.genres
    }

    /// Who is measured, in the order of every list of them.
    pub fn predictors(&self) -> &[Predictor] {
        &self.predictors
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// How many rows are scored.
    pub fn scored(&self) -> usize {
        self.facts.iter().filter(|facts| facts.scored).count()
    }

    /// Whether a row is scored.
    pub fn is_scored(&self, row: usize) -> bool {
        self.facts.get(row).is_some_and(|facts| facts.scored)
    }

    /// A row's probabilities, `[predictors, genres]`, where it is scored.
    pub fn scores(&self, row: usize) -> Option<Vec<f32>> {
        let genres = self.genres.len();
        let of_each = self.probabilities.iter();
        let all = || of_each.flat_map(|own| &own[row * genres..][..genres]).map(|p| p.0).collect();
        self.is_scored(row).then(all)
    }

    /// Adds a row that is to be scored; `known` as in
    /// [`Selection`](super::Selection).
    pub fn push(&mut self, row: &LabelledRow, known: Labels) {
        self.facts.push(Facts { labels: row.labels, known, scored: false });
        self.numbers.push(row.text.split_whitespace().count() as f32);
        let numbers = row.numbers.iter().copied().chain(std::iter::repeat(f32::NAN));
        self.numbers.extend(numbers.take(self.columns.len() - 1));
        for probabilities in &mut self.probabilities {
            probabilities.resize(self.facts.len() * self.genres.len(), Probability(f32::NAN));
        }
    }

    /// Takes a row's probabilities, `[predictors, genres]`; others are left.
    pub fn set(&mut self, row: usize, scores: &[f32]) {
        let genres = self.genres.len();
        let all_there = scores.len() == genres * self.predictors.len();
        let Some(facts) = self.facts.get_mut(row).filter(|_| all_there) else { return };
        facts.scored = true;
        for (own, scores) in self.probabilities.iter_mut().zip(scores.chunks_exact(genres)) {
            let own = &mut own[row * genres..][..genres];
            own.iter_mut().zip(scores).for_each(|(own, &score)| *own = Probability(score));
        }
    }

    /// The scored rows, all genres or all but one.
    pub fn view(&self, without: Option<usize>) -> View {
        let kept: Vec<usize> = (0..self.genres.len()).filter(|g| Some(*g) != without).collect();
        let narrow = |labels: Labels| -> Labels {
            (0..kept.len()).filter(|&at| labels.contains(kept[at])).collect()
        };
        let rows: Vec<u32> = (0..self.facts.len() as u32)
            .filter(|&row| self.facts[row as usize].scored)
            .filter(|&row| !narrow(self.facts[row as usize].labels).is_empty())
            .collect();
        let sample = |all: &Vec<Probability>| {
            let mut sample = Sample::new(kept.len());
            for &row in &rows {
                let Facts { labels, known, .. } = self.facts[row as usize];
                let own = &all[row as usize * self.genres.len()..];
                let own: Vec<Probability> = kept.iter().map(|&genre| own[genre]).collect();
                sample.push(&own, narrow(labels), narrow(known));
            }
            let ranked = Ranked::new(&sample);
            Scored { sample, ranked }
        };
        let width = self.columns.len();
        let numbers_of = |row: &u32| self.numbers[*row as usize * width..][..width].iter().copied();
        View {
            scored: self.probabilities.iter().map(sample).collect(),
            genres: kept.iter().map(|&genre| self.genres.names()[genre].clone()).collect(),
            without: without.map(|genre| self.genres.names()[genre].clone()),
            predictors: self.predictors.clone(),
            columns: self.columns.clone(),
            numbers: rows.iter().flat_map(numbers_of).collect(),
            left_out: self.scored() - rows.len(),
            kept,
            rows,
        }
    }
}

/// Scored rows as they are measured: with all genres, or with one left out of
/// labels and decisions alike, and then without the rows that have no other.
#[derive(Clone, Debug)]
pub struct View {
    /// By predictor.
    pub(super) scored: Vec<Scored>,
    pub(super) genres: Vec<String>,
    pub(super) without: Option<String>,
    pub(super) predictors: Vec<Predictor>,
    pub(super) columns: Vec<String>,
    /// `[rows, columns]`.
    pub(super) numbers: Vec<f32>,
    pub(super) left_out: usize,
    /// The place of each genre among all.
    pub(super) kept: Vec<usize>,
    /// The place of each row in the evaluation.
    pub(super) rows: Vec<u32>,
}

/// One predictor's probabilities with what follows from them alone.
#[derive(Clone, Debug)]
pub(super) struct Scored {
    pub sample: Sample,
    pub ranked: Ranked,
}

/// Thresholds of every predictor for every genre, those left out included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Thresholds(pub Vec<Vec<f32>>);

impl View {
    /// How many rows are measured.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is nothing to measure.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A predictor's rule over the genres of this view; 0.5 where there is none.
    pub(super) fn rule(&self, predictor: usize, thresholds: &Thresholds) -> DecisionRule {
        let own = thresholds.0.get(predictor);
        let threshold = |&genre: &usize| {
            Probability(own.and_then(|own| own.get(genre)).copied().unwrap_or(0.5))
        };
        DecisionRule::new(self.kept.iter().map(threshold).collect())
    }

    /// Thresholds tuned on these very rows: what is measured with them is no
    /// test any more.
    pub fn tuned(&self, thresholds: &Thresholds) -> Thresholds {
        let weights = vec![1; self.len()];
        let mut tuned = thresholds.clone();
        for (own, scored) in tuned.0.iter_mut().zip(&self.scored) {
            let found = crate::metrics::tune_thresholds(&scored.sample, &weights, JACCARD_SHARE);
            self.kept.iter().zip(found).for_each(|(&genre, threshold)| own[genre] = threshold.0);
        }
        tuned
    }
}

/// What thresholds are tuned for: samples Jaccard, and macro F1 for the rest.
const JACCARD_SHARE: f64 = 0.9;

/// Intervals of every predictor, drawn some resamples at a time.
#[derive(Clone, Debug)]
pub struct Intervals {
    drawn: Vec<Bootstrap>,
}

impl Intervals {
    /// Nothing is drawn yet.
    pub fn new(view: &View) -> Self {
        Self { drawn: vec![Bootstrap::new(SEED); view.predictors.len()] }
    }

    /// How many resamples were drawn.
    pub fn drawn(&self) -> usize {
        self.drawn.first().map_or(0, Bootstrap::drawn)
    }

    /// Draws more, of the view that these were made of.
    pub fn draw(&mut self, view: &View, thresholds: &Thresholds, resamples: usize) {
        for (predictor, (drawn, scored)) in self.drawn.iter_mut().zip(&view.scored).enumerate() {
            let rule = view.rule(predictor, thresholds);
            drawn.draw(&scored.sample, &scored.ranked, &rule, resamples);
        }
    }

    /// By predictor, the middle 95 % of each metric.
    pub fn of_each(&self) -> Vec<Vec<Interval>> {
        self.drawn.iter().map(Bootstrap::intervals).collect()
    }
}

/// Of the draws; any would do.
const SEED: u64 = 1;
