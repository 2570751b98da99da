//! What is said of a view's decisions: all that moves with a threshold.

use serde::{Deserialize, Serialize};

use super::evaluation::{Thresholds, View};
use super::order::{Order, spectral_order};
use crate::classify::Predictor;
use crate::genre::Labels;
use crate::metrics::{Metrics, Sample};

/// The most rows that are listed as the worst of a kind.
const WORST: usize = 50;
/// Texts are put into bins of so many words; the last one has no end.
const LENGTHS: [usize; 10] = [0, 20, 30, 40, 60, 80, 120, 200, 400, 800];

/// Every model's decisions under some thresholds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decisions {
    /// Rows that are measured.
    pub rows: usize,
    /// Rows left out because they have no other genre than the one left out.
    pub left_out: usize,
    /// The genre that is left out.
    pub without: Option<String>,
    /// The genres that are measured, in the order of every list of them.
    pub genres: Vec<String>,
    /// By model.
    pub models: Vec<ModelDecisions>,
}

/// One model's.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelDecisions {
    /// Which.
    pub model: Predictor,
    /// Everything that is a number for the whole.
    pub metrics: Metrics,
    /// `[missed, chosen]`: rows where the first genre was missed and the second
    /// chosen wrongly.
    pub replaced: Vec<Vec<u64>>,
    /// How `replaced` is best read.
    pub replaced_order: Order,
    /// Rows where the genre was missed and nothing was chosen wrongly.
    pub only_missed: Vec<u64>,
    /// `[genres, genres]`: rows for which both were chosen.
    pub together: Vec<Vec<u64>>,
    /// How `together` is best read.
    pub together_order: Order,
    /// By length of text, in words.
    pub lengths: Vec<LengthBin>,
    /// The most probable of the genres chosen wrongly.
    pub false_positives: Vec<Hit>,
    /// The least probable of the genres missed.
    pub false_negatives: Vec<Hit>,
    /// `[columns, genres]`: the numbers of rows by what became of them.
    pub numbers: Vec<Vec<Outcomes>>,
}

/// Rows of a certain length; there are some.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LengthBin {
    /// Words, from this many.
    pub from: usize,
    /// To below this many; none for the last.
    pub to: Option<usize>,
    /// Rows.
    pub n: usize,
    /// Mean Jaccard.
    pub jaccard: f64,
    /// Half of its 95 % interval (1.96 standard errors).
    pub margin: f64,
    /// Mean F1.
    pub f1: f64,
}

/// A row and a genre of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// The row's place in the evaluation.
    pub row: u32,
    /// The genre's place in this view.
    pub genre: usize,
    /// Of that genre.
    pub probability: f32,
}

/// A column's numbers, by whether a genre is there and chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Outcomes {
    /// There and chosen.
    pub tp: Summary,
    /// Chosen only.
    pub fp: Summary,
    /// There only.
    #[serde(rename = "fn")]
    pub fn_: Summary,
    /// Neither.
    pub tn: Summary,
}

/// Quantiles of some numbers; all 0 where there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many there are.
    pub n: usize,
    /// 5th percentile.
    pub low: f32,
    /// 25th.
    pub q1: f32,
    /// 50th.
    pub median: f32,
    /// 75th.
    pub q3: f32,
    /// 95th.
    pub high: f32,
}

impl Summary {
    /// Of sorted numbers: the nearest rank.
    fn of(sorted: &[f32]) -> Self {
        let Some(last) = sorted.len().checked_sub(1) else { return Self::default() };
        let at = |share: f64| sorted[(share * last as f64).round() as usize];
        let [low, q1, median, q3, high] = [0.05, 0.25, 0.5, 0.75, 0.95].map(at);
        Self { n: sorted.len(), low, q1, median, q3, high }
    }
}

/// Which rows are meant.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Query {
    /// A genre that is there and chosen, or not.
    Outcome {
        /// The genre's place in this view.
        genre: usize,
        /// Whether the row has it.
        there: bool,
        /// Whether it was chosen.
        chosen: bool,
    },
    /// One genre missed, and another chosen wrongly.
    Replaced {
        /// The genre that was missed.
        missed: usize,
        /// The genre that was chosen.
        chosen: usize,
    },
    /// One genre missed, and none chosen wrongly.
    OnlyMissed {
        /// The genre that was missed.
        missed: usize,
    },
    /// Two genres that are both there.
    BothThere {
        /// One.
        a: usize,
        /// The other.
        b: usize,
    },
    /// Two genres that were both chosen.
    BothChosen {
        /// One.
        a: usize,
        /// The other.
        b: usize,
    },
}

impl Query {
    /// The genre whose probability says how remarkable a row is.
    fn genre(self) -> usize {
        match self {
            Self::Outcome { genre, .. } => genre,
            Self::Replaced { chosen, .. } => chosen,
            Self::OnlyMissed { missed } => missed,
            Self::BothThere { a, .. } | Self::BothChosen { a, .. } => a,
        }
    }

    fn takes(self, truth: Labels, chosen: Labels, known: Labels) -> bool {
        let wrong = chosen.difference(truth);
        match self {
            Self::Outcome { genre, there, chosen: wished } => {
                known.contains(genre)
                    && truth.contains(genre) == there
                    && chosen.contains(genre) == wished
            }
            Self::Replaced { missed, chosen: instead } => {
                truth.difference(chosen).contains(missed) && wrong.contains(instead)
            }
            Self::OnlyMissed { missed } => {
                truth.difference(chosen).contains(missed) && wrong.is_empty()
            }
            Self::BothThere { a, b } => truth.contains(a) && truth.contains(b),
            Self::BothChosen { a, b } => chosen.contains(a) && chosen.contains(b),
        }
    }

    /// Whether a low probability is the more remarkable one.
    fn lowest_first(self) -> bool {
        matches!(self, Self::Outcome { there: true, .. } | Self::OnlyMissed { .. })
    }
}

impl View {
    /// Everything that follows from the thresholds.
    pub fn decisions(&self, thresholds: &Thresholds) -> Decisions {
        let sorted = SortedColumns::new(self);
        let model = |predictor: usize| self.model_decisions(predictor, thresholds, &sorted);
        Decisions {
            rows: self.len(),
            left_out: self.left_out,
            without: self.without.clone(),
            genres: self.genres.clone(),
            models: (0..self.predictors.len()).map(model).collect(),
        }
    }

    /// The rows that a query means, the most remarkable first.
    pub fn hits(
        &self,
        predictor: usize,
        thresholds: &Thresholds,
        query: Query,
        most: usize,
    ) -> Vec<Hit> {
        let Some(scored) = self.scored.get(predictor) else { return Vec::new() };
        let sample = &scored.sample;
        if query.genre() >= self.genres.len() {
            return Vec::new();
        }
        let decisions = sample.decide(&self.rule(predictor, thresholds));
        let takes =
            |&row: &usize| query.takes(sample.truth(row), decisions[row], sample.known(row));
        let hit = |row: usize| self.hit(sample, row, query.genre());
        let mut hits: Vec<Hit> = (0..sample.len()).filter(takes).map(hit).collect();
        sort(&mut hits, query.lowest_first());
        hits.truncate(most);
        hits
    }

    fn hit(&self, sample: &Sample, row: usize, genre: usize) -> Hit {
        Hit { row: self.rows[row], genre, probability: sample.probabilities(row)[genre].0 }
    }

    fn model_decisions(
        &self,
        predictor: usize,
        thresholds: &Thresholds,
        sorted: &SortedColumns,
    ) -> ModelDecisions {
        let scored = &self.scored[predictor];
        let (sample, genres) = (&scored.sample, self.genres.len());
        let rule = self.rule(predictor, thresholds);
        let decisions = sample.decide(&rule);
        let mut replaced = vec![vec![0; genres]; genres];
        let mut only_missed = vec![0; genres];
        let (mut false_positives, mut false_negatives) = (Vec::new(), Vec::new());
        for (row, &chosen) in decisions.iter().enumerate() {
            let (missed, wrong) =
                (sample.truth(row).difference(chosen), chosen.difference(sample.truth(row)));
            for genre in (0..genres).filter(|&genre| wrong.contains(genre)) {
                false_positives.push(self.hit(sample, row, genre));
            }
            for genre in (0..genres).filter(|&genre| missed.contains(genre)) {
                false_negatives.push(self.hit(sample, row, genre));
                only_missed[genre] += u64::from(wrong.is_empty());
                let instead = (0..genres).filter(|&other| wrong.contains(other));
                instead.for_each(|other| replaced[genre][other] += 1);
            }
        }
        sort(&mut false_positives, false);
        sort(&mut false_negatives, true);
        false_positives.truncate(WORST);
        false_negatives.truncate(WORST);
        let together = together(&decisions, genres);
        ModelDecisions {
            model: self.predictors[predictor],
            metrics: sample.measure_ranked(&rule, &scored.ranked),
            replaced_order: spectral_order(&replaced),
            replaced,
            only_missed,
            together_order: spectral_order(&together),
            together,
            lengths: self.lengths(sample, &decisions),
            false_positives,
            false_negatives,
            numbers: sorted.outcomes(sample, &decisions, genres),
        }
    }

    fn lengths(&self, sample: &Sample, decisions: &[Labels]) -> Vec<LengthBin> {
        let words = |row: usize| self.numbers[row * self.columns.len()] as usize;
        let ends = LENGTHS[1..].iter().copied().map(Some).chain([None]);
        let bin = |(from, to): (usize, Option<usize>)| {
            let within = |&row: &usize| words(row) >= from && to.is_none_or(|to| words(row) < to);
            let shares = (0..sample.len()).filter(within).map(|row| {
                let (truth, chosen) = (sample.truth(row), decisions[row]);
                let [hits, either, both] = [
                    truth.intersection(chosen).count(),
                    truth.union(chosen).count(),
                    truth.count() + chosen.count(),
                ]
                .map(f64::from);
                (hits / either.max(1.0), 2.0 * hits / both.max(1.0))
            });
            let shares: Vec<(f64, f64)> = shares.collect();
            let n = shares.len() as f64;
            let jaccard = shares.iter().map(|(jaccard, _)| jaccard).sum::<f64>() / n;
            let squares: f64 = shares.iter().map(|(own, _)| (own - jaccard).powi(2)).sum();
            let f1 = shares.iter().map(|(_, f1)| f1).sum::<f64>() / n;
            let margin = 1.96 * (squares / (n - 1.0).max(1.0) / n).sqrt();
            LengthBin { from, to, n: shares.len(), jaccard, margin, f1 }
        };
        LENGTHS.into_iter().zip(ends).map(bin).filter(|bin| bin.n > 0).collect()
    }
}

/// `[genres, genres]`: how many of the sets hold both.
pub(super) fn together(sets: &[Labels], genres: usize) -> Vec<Vec<u64>> {
    let mut counts = vec![vec![0; genres]; genres];
    for set in sets {
        for a in (0..genres).filter(|&a| set.contains(a)) {
            (0..genres).filter(|&b| set.contains(b)).for_each(|b| counts[a][b] += 1);
        }
    }
    counts
}

fn sort(hits: &mut [Hit], lowest_first: bool) {
    hits.sort_by(|a, b| {
        let order = a.probability.total_cmp(&b.probability);
        if lowest_first { order } else { order.reverse() }
    });
}

/// For each column the rows that have a number, from the least to the greatest.
struct SortedColumns(Vec<Vec<(f32, u32)>>);

impl SortedColumns {
    fn new(view: &View) -> Self {
        let width = view.columns.len();
        let column = |column: usize| {
            let number = |row: usize| (view.numbers[row * width + column], row as u32);
            let mut numbers: Vec<(f32, u32)> =
                (0..view.len()).map(number).filter(|(number, _)| number.is_finite()).collect();
            numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
            numbers
        };
        Self((0..width).map(column).collect())
    }

    fn outcomes(&self, sample: &Sample, decisions: &[Labels], genres: usize) -> Vec<Vec<Outcomes>> {
        let of = |numbers: &Vec<(f32, u32)>, genre: usize| {
            let mut groups: [Vec<f32>; 4] = Default::default();
            for &(number, row) in numbers {
                let row = row as usize;
                if sample.known(row).contains(genre) {
                    let there = usize::from(sample.truth(row).contains(genre));
                    let chosen = usize::from(decisions[row].contains(genre));
                    groups[2 * there + chosen].push(number);
                }
            }
            let [tn, fp, fn_, tp] = groups.map(|group| Summary::of(&group));
            Outcomes { tp, fp, fn_, tn }
        };
        self.0.iter().map(|numbers| (0..genres).map(|genre| of(numbers, genre)).collect()).collect()
    }
}
