//! Decisions against the truth, averaged in every usual way.

use serde::Serialize;

use super::{Sample, SampleAverages, mean, ratio};
use crate::genre::Labels;

/// Precision, recall and their harmonic mean; 0 where undefined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PrecisionRecallF1 {
    /// Share of the chosen that are true.
    pub precision: f64,
    /// Share of the true that are chosen.
    pub recall: f64,
    /// Harmonic mean.
    pub f1: f64,
}

/// Decisions of one genre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Chosen and true.
    pub tp: u64,
    /// Chosen but not true.
    pub fp: u64,
    /// True but not chosen.
    #[serde(rename = "fn")]
    pub fn_: u64,
    /// Neither.
    pub tn: u64,
}

impl Counts {
    /// Precision, recall, F1.
    pub fn rates(self) -> PrecisionRecallF1 {
        let [tp, fp, fn_] = [self.tp, self.fp, self.fn_].map(|count| count as f64);
        PrecisionRecallF1 {
            precision: ratio(tp, tp + fp),
            recall: ratio(tp, tp + fn_),
            f1: ratio(2.0 * tp, 2.0 * tp + fp + fn_),
        }
    }

    /// Rows that have the genre.
    pub fn support(self) -> u64 {
        self.tp + self.fn_
    }

    fn total(self) -> u64 {
        self.tp + self.fp + self.fn_ + self.tn
    }
}

pub struct Averages {
    pub by_genre: Vec<Counts>,
    pub samples: SampleAverages,
    pub exact_match: f64,
    pub at_least_one: f64,
    pub at_least_two: f64,
}

impl Averages {
    pub fn new(sample: &Sample, decisions: &[Labels], weights: &[u32]) -> Self {
        let mut by_genre = vec![Counts::default(); sample.genres];
        let mut sums = SampleAverages::default();
        let mut exact = 0.0;
        let mut hits_of = [[0.0; 2]; 2]; // [k - 1]: rows with k true; with k hits
        let rows = decisions.iter().zip(&sample.truth).zip(&sample.known).zip(weights);
        for (((&chosen, &truth), &known), &weight) in rows {
            let hits = chosen.intersection(truth);
            for (genre, counts) in by_genre.iter_mut().enumerate() {
                if !known.contains(genre) {
                    continue;
                }
                let cell = match (chosen.contains(genre), truth.contains(genre)) {
                    (true, true) => &mut counts.tp,
                    (true, false) => &mut counts.fp,
                    (false, true) => &mut counts.fn_,
                    (false, false) => &mut counts.tn,
                };
                *cell += u64::from(weight);
            }
            let w = f64::from(weight);
            let [hit, chose, have, either] =
                [hits, chosen, truth, chosen.union(truth)].map(|set| f64::from(set.count()));
            sums.jaccard += w * ratio(hit, either);
            sums.rates.precision += w * ratio(hit, chose);
            sums.rates.recall += w * ratio(hit, have);
            sums.rates.f1 += w * ratio(2.0 * hit, chose + have);
            exact += if chosen == truth { w } else { 0.0 };
            for (k, counts) in (1..).zip(&mut hits_of) {
                if truth.count() >= k {
                    counts[0] += w;
                    counts[1] += if hits.count() >= k { w } else { 0.0 };
                }
            }
        }
        let n: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
        let rates = PrecisionRecallF1 {
            precision: ratio(sums.rates.precision, n),
            recall: ratio(sums.rates.recall, n),
            f1: ratio(sums.rates.f1, n),
        };
        Self {
            by_genre,
            samples: SampleAverages { jaccard: ratio(sums.jaccard, n), rates },
            exact_match: ratio(exact, n),
            at_least_one: ratio(hits_of[0][1], hits_of[0][0]),
            at_least_two: ratio(hits_of[1][1], hits_of[1][0]),
        }
    }

    fn total(&self) -> Counts {
        self.by_genre.iter().fold(Counts::default(), |sum, counts| Counts {
            tp: sum.tp + counts.tp,
            fp: sum.fp + counts.fp,
            fn_: sum.fn_ + counts.fn_,
            tn: sum.tn + counts.tn,
        })
    }

    pub fn micro(&self) -> PrecisionRecallF1 {
        self.total().rates()
    }

    pub fn macro_(&self) -> PrecisionRecallF1 {
        self.mean_rates(|_| 1.0)
    }

    pub fn weighted(&self) -> PrecisionRecallF1 {
        self.mean_rates(|counts| counts.support() as f64)
    }

    fn mean_rates(&self, weight: impl Fn(Counts) -> f64) -> PrecisionRecallF1 {
        let total: f64 = self.by_genre.iter().map(|&counts| weight(counts)).sum();
        let mean_of = |rate: fn(PrecisionRecallF1) -> f64| {
            ratio(self.by_genre.iter().map(|&c| weight(c) * rate(c.rates())).sum(), total)
        };
        PrecisionRecallF1 {
            precision: mean_of(|rates| rates.precision),
            recall: mean_of(|rates| rates.recall),
            f1: mean_of(|rates| rates.f1),
        }
    }

    pub fn hamming(&self) -> f64 {
        let total = self.total();
        ratio((total.fp + total.fn_) as f64, total.total() as f64)
    }

    /// The mean of the genres' F1.
    pub fn macro_f1(&self) -> f64 {
        mean(&self.by_genre.iter().map(|counts| counts.rates().f1).collect::<Vec<_>>())
    }
}
