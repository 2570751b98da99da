//! Genre sets, logits and probabilities, and the rule that chooses genres.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// The largest magnitude of anything that a model says or is calibrated by: far
/// beyond those that work, and far within what sums and products of an `f32` hold.
pub const LARGEST: f32 = 1e6;

/// A score before the logistic function, in natural-log odds.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Logit(pub f32);

/// A probability in `0.0..=1.0`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Probability(pub f32);

impl Logit {
    /// The logistic function, computed in `f64`.
    pub fn probability(self) -> Probability {
        Probability((1.0 / (1.0 + (-f64::from(self.0)).exp())) as f32)
    }
}

impl Logit {
    /// `weight × self + (1 − weight) × other`.
    pub fn mixed(self, other: Self, weight: f32) -> Self {
        Self(weight * self.0 + (1.0 - weight) * other.0)
    }
}

impl Probability {
    /// The way back, in natural-log odds; 0 and 1 count as 1e-7 away from them.
    pub fn logit(self) -> Logit {
        let p = f64::from(self.0).clamp(1e-7, 1.0 - 1e-7);
        Logit((p / (1.0 - p)).ln() as f32)
    }
}

/// For each genre a straight line from a model's logit to one whose probability
/// means what it says (Platt 1999).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// `[genres]`, above 0 (order is kept) and at most [`LARGEST`].
    pub slopes: Vec<f32>,
    /// `[genres]`, within ± [`LARGEST`].
    pub intercepts: Vec<f32>,
}

impl Calibration {
    /// The one that changes nothing.
    pub fn identity(genres: usize) -> Self {
        Self { slopes: vec![1.0; genres], intercepts: vec![0.0; genres] }
    }

    /// Whether there is a usable line for each of so many genres.
    pub fn fits(&self, genres: usize) -> bool {
        self.slopes.len() == genres
            && self.intercepts.len() == genres
            && self.slopes.iter().all(|slope| *slope > 0.0 && *slope <= LARGEST)
            && self.intercepts.iter().all(|intercept| intercept.abs() <= LARGEST)
    }

    /// The calibrated logit of a genre.
    pub fn apply(&self, genre: usize, logit: Logit) -> Logit {
        Logit(self.slopes[genre] * logit.0 + self.intercepts[genre])
    }
}

/// The most genres that a [`Labels`] can hold.
pub const MAX_GENRES: usize = 64;

/// The genres of a model, in the order of its logits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenreSet {
    names: Vec<String>,
}

impl GenreSet {
    /// Names in logit order.
    ///
    /// # Errors
    /// [`ErrorKind::ManifestInvalid`] for none, more than [`MAX_GENRES`], or a
    /// name that occurs twice.
    pub fn new(names: Vec<String>) -> Result<Self> {
        let mut sorted = names.clone();
        sorted.sort();
        sorted.dedup();
        if names.is_empty() || names.len() > MAX_GENRES || sorted.len() != names.len() {
            return Err(Error::new(
                ErrorKind::ManifestInvalid,
                format!("A model needs 1 to {MAX_GENRES} genres with different names."),
            ));
        }
        Ok(Self { names })
    }

    /// Names in logit order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many genres there are.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The position of a name, compared without regard to ASCII case.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own.eq_ignore_ascii_case(name))
    }
}

/// A set of genres, by their positions in a [`GenreSet`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Labels(u64);

impl Labels {
    /// Adds the genre at `index`, which is below [`MAX_GENRES`].
    pub fn insert(&mut self, index: usize) {
        self.0 |= 1 << index;
    }

    /// Whether the genre at `index` is in the set.
    pub fn contains(self, index: usize) -> bool {
        self.0 >> index & 1 == 1
    }

    /// How many genres are in the set.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether the set has no genre.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The genres in both sets.
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The genres in either set.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The genres of this set that are not in `other`.
    pub fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl FromIterator<usize> for Labels {
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut labels = Self::default();
        indices.into_iter().for_each(|index| labels.insert(index));
        labels
    }
}

/// Which genres are chosen, given their probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRule {
    thresholds: Vec<Probability>,
}

/// What [`DecisionRule::choose`] decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The chosen genres: at least one.
    pub labels: Labels,
    /// False where no genre reached its threshold and the best stands alone.
    pub clear: bool,
}

impl DecisionRule {
    /// One threshold for each genre; a genre is chosen at or above it.
    pub fn new(thresholds: Vec<Probability>) -> Self {
        Self { thresholds }
    }

    /// The threshold of each genre.
    pub fn thresholds(&self) -> &[Probability] {
        &self.thresholds
    }

    /// The genres at or above their thresholds; where none is, the most
    /// probable one (the first of equals).
    pub fn choose(&self, probabilities: &[Probability]) -> Choice {
        let labels: Labels = probabilities
            .iter()
            .zip(&self.thresholds)
            .enumerate()
            .filter(|(_, (probability, threshold))| probability >= threshold)
            .map(|(index, _)| index)
            .collect();
        if !labels.is_empty() {
            return Choice { labels, clear: true };
        }
        let best = (0..probabilities.len())
            .rev()
            .max_by(|&a, &b| probabilities[a].0.total_cmp(&probabilities[b].0));
        Choice { labels: best.into_iter().collect(), clear: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(probabilities: &[f32], thresholds: &[f32]) -> Choice {
        let rule = DecisionRule::new(thresholds.iter().map(|&t| Probability(t)).collect());
        rule.choose(&probabilities.iter().map(|&p| Probability(p)).collect::<Vec<_>>())
    }

    #[test]
    fn every_genre_at_its_threshold_is_chosen() {
        let choice = choose(&[0.5, 0.2, 0.9], &[0.5, 0.3, 0.4]);
        assert_eq!(choice, Choice { labels: [0, 2].into_iter().collect(), clear: true });
    }

    #[test]
    fn the_first_of_the_best_stands_in_when_none_passes() {
        let choice = choose(&[0.1, 0.3, 0.3], &[0.5; 3]);
        assert_eq!(choice, Choice { labels: [1].into_iter().collect(), clear: false });
    }

    #[test]
    fn logits_become_probabilities() {
        assert_eq!(Logit(0.0).probability(), Probability(0.5));
        assert!((Logit(3f32.ln()).probability().0 - 0.75).abs() < 1e-7);
        assert_eq!(Logit(f32::NEG_INFINITY).probability(), Probability(0.0));
        assert!((Logit(-2.5).probability().logit().0 + 2.5).abs() < 1e-5);
        assert!(Probability(0.0).logit().0.is_finite() && Probability(1.0).logit().0.is_finite());
    }

    #[test]
    fn mixed_logits_are_weighted() {
        assert_eq!(Logit(8.0).mixed(Logit(-4.0), 0.25), Logit(-1.0));
    }

    #[test]
    fn a_calibration_has_a_usable_line_for_each_genre() {
        let fits = |slopes: &[f32], intercepts: &[f32]| {
            let calibration =
                Calibration { slopes: slopes.to_vec(), intercepts: intercepts.to_vec() };
            calibration.fits(2)
        };
        assert!(fits(&[1.0, 2.0], &[-1.0, 0.0]));
        for slopes in [&[1.0][..], &[1.0, 0.0], &[1.0, f32::INFINITY], &[f32::NAN, 1.0]] {
            assert!(!fits(slopes, &[0.0, 0.0]), "{slopes:?}");
        }
        for intercepts in [&[0.0][..], &[0.0, f32::NAN], &[f32::NEG_INFINITY, 0.0]] {
            assert!(!fits(&[1.0, 1.0], intercepts), "{intercepts:?}");
        }
    }

    #[test]
    fn labels_are_counted() {
        let labels: Labels = [0, 5, 63].into_iter().collect();
        assert_eq!((labels.count(), labels.is_empty()), (3, false));
        assert!(labels.contains(63) && !labels.contains(62));
        assert_eq!((Labels::default().count(), Labels::default().is_empty()), (0, true));
    }

    #[test]
    fn genre_names_are_distinct_and_found_in_any_case() {
        let names = |list: &[&str]| list.iter().map(|name| name.to_string()).collect();
        assert!(GenreSet::new(names(&["War", "War"])).is_err());
        assert!(GenreSet::new(vec![]).is_err());
        let set = GenreSet::new(names(&["War", "Sci-Fi"])).unwrap();
        assert_eq!(set.len(), 2);
        assert_eq!(set.index_of("sci-fi"), Some(1));
        assert_eq!(set.index_of("Scifi"), None);
    }
}
