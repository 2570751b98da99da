//! What the scores of a text's variants say of each of its words.

use super::occlusion::Gone;

/// How far a score strays from a sum over words, as a variance for each word that
/// is gone, beside a word's own variance of 1.
pub(super) const NOISE: f64 = 0.1;

/// How much of what words do is expected to follow a hint, beside what is each
/// word's own, as a standard deviation.
pub(super) const FOLLOWED: f64 = 1.0;

/// What is believed of the words before any is taken away: explanations that cost
/// no trial. How far they are right is for the trial to say.
pub struct Hints {
    genres: usize,
    /// `[words, genres]` each; a genre's are of root mean square 1.
    all: Vec<Vec<f64>>,
}

impl Hints {
    /// Of explanations, `[words, genres]` each.
    pub fn new<'a>(genres: usize, explanations: impl IntoIterator<Item = &'a [f32]>) -> Self {
        let standardised = |words: &[f32]| {
            let mut values: Vec<f64> = words.iter().copied().map(f64::from).collect();
            for genre in 0..genres {
                let mut of_genre: Vec<&mut f64> =
                    values.iter_mut().skip(genre).step_by(genres).collect();
                let square: f64 = of_genre.iter().map(|value| **value * **value).sum();
                let size = (square / of_genre.len().max(1) as f64).sqrt();
                if size > 0.0 {
                    of_genre.iter_mut().for_each(|value| **value /= size);
                }
            }
            values
        };
        Self { genres, all: explanations.into_iter().map(standardised).collect() }
    }

    /// `[words]` each.
    pub(super) fn of(&self, genre: usize) -> Vec<Vec<f64>> {
        let of_genre =
            |hint: &Vec<f64>| hint.iter().skip(genre).step_by(self.genres).copied().collect();
        self.all.iter().map(of_genre).collect()
    }
}

/// How much each word speaks for each genre, `[words, genres]`: by how much a
/// genre's logit falls when the word is taken away, fitted to all `outcomes` so
/// far, each a variant and by how much `[genres]` logits fell in it.
///
/// A Bayesian linear regression (Bishop 2006, 3.3) on the words, of equal variance,
/// and on the hints, with a noise that grows with the words that are gone, solved
/// in its dual form: a few outcomes share what they tell among the words they took
/// away, and more of it with those that hints speak of where hints are right.
pub fn effects(words: usize, hints: &Hints, outcomes: &[(Gone, Vec<f32>)]) -> Vec<f32> {
    let genres = hints.genres;
    let overlaps = Overlaps::of(outcomes);
    let mut effects = vec![0.0; words * genres];
    for genre in 0..genres {
        let hints = hints.of(genre);
        let regression = Regression::new(&overlaps, outcomes, &hints);
        let falls = outcomes.iter().map(|(_, fall)| f64::from(fall[genre])).collect();
        let found = regression.effects(outcomes, &hints, falls);
        for (word, effect) in found.into_iter().enumerate() {
            effects[word * genres + genre] = effect as f32;
        }
    }
    effects
}

/// How many words each two variants lack both: `[variants, variants]`, of which
/// the lower half is filled.
pub(super) struct Overlaps(Vec<f64>);

impl Overlaps {
    pub(super) fn of(outcomes: &[(Gone, Vec<f32>)]) -> Self {
        let count = outcomes.len();
        let mut overlaps = vec![0.0; count * count];
        for (i, (a, _)) in outcomes.iter().enumerate() {
            for (j, (b, _)) in outcomes.iter().enumerate().take(i + 1) {
                let both = a.iter().zip(b).filter(|&(a, b)| *a && *b).count();
                overlaps[i * count + j] = both as f64;
            }
        }
        Self(overlaps)
    }
}

/// The dual form's matrix, factored.
pub(super) struct Regression {
    lower: Vec<f64>,
}

impl Regression {
    pub(super) fn new(
        overlaps: &Overlaps,
        outcomes: &[(Gone, Vec<f32>)],
        hints: &[Vec<f64>],
    ) -> Self {
        let count = outcomes.len();
        let mut matrix = overlaps.0.clone();
        for i in 0..count {
            matrix[i * count + i] *= 1.0 + NOISE;
        }
        for hint in hints {
            let hinted: Vec<f64> = outcomes.iter().map(|(gone, _)| taken(hint, gone)).collect();
            for i in 0..count {
                for j in 0..=i {
                    matrix[i * count + j] += FOLLOWED * FOLLOWED * hinted[i] * hinted[j];
                }
            }
        }
        cholesky(&mut matrix, count);
        Self { lower: matrix }
    }

    /// `[words]` of one genre's falls.
    pub(super) fn effects(
        &self,
        outcomes: &[(Gone, Vec<f32>)],
        hints: &[Vec<f64>],
        falls: Vec<f64>,
    ) -> Vec<f64> {
        let mut weights = falls;
        solve(&self.lower, &mut weights);
        let words = outcomes.first().map_or(0, |(gone, _)| gone.len());
        let mut effects = vec![0.0; words];
        for ((gone, _), weight) in outcomes.iter().zip(&weights) {
            let taken = effects.iter_mut().zip(gone).filter(|(_, gone)| **gone);
            taken.for_each(|(effect, _)| *effect += weight);
        }
        for hint in hints {
            let hinted = outcomes.iter().zip(&weights);
            let followed: f64 = hinted.map(|((gone, _), weight)| weight * taken(hint, gone)).sum();
            let followed = FOLLOWED * FOLLOWED * followed;
            effects.iter_mut().zip(hint).for_each(|(effect, hint)| *effect += followed * hint);
        }
        effects
    }

    /// The standard deviation of a word's effect that makes the falls likeliest.
    pub(super) fn scale(&self, falls: &[f64]) -> f64 {
        let mut weights = falls.to_vec();
        solve(&self.lower, &mut weights);
        let fit: f64 = weights.iter().zip(falls).map(|(weight, fall)| weight * fall).sum();
        (fit / falls.len().max(1) as f64).max(0.0).sqrt()
    }
}

/// The lower factor of a symmetric positive matrix, in its place.
fn cholesky(matrix: &mut [f64], size: usize) {
    for j in 0..size {
        for i in j..size {
            let dot: f64 = (0..j).map(|k| matrix[i * size + k] * matrix[j * size + k]).sum();
            let left = matrix[i * size + j] - dot;
            matrix[i * size + j] =
                if i == j { left.max(1e-9).sqrt() } else { left / matrix[j * size + j] };
        }
    }
}

/// Solves `L Lᵀ x = b` in the place of `b`.
fn solve(lower: &[f64], b: &mut [f64]) {
    let size = b.len();
    for i in 0..size {
        let dot: f64 = (0..i).map(|k| lower[i * size + k] * b[k]).sum();
        b[i] = (b[i] - dot) / lower[i * size + i];
    }
    for i in (0..size).rev() {
        let dot: f64 = (i + 1..size).map(|k| lower[k * size + i] * b[k]).sum();
        b[i] = (b[i] - dot) / lower[i * size + i];
    }
}

/// The sum over the words that are gone.
pub(super) fn taken(values: &[f64], gone: &Gone) -> f64 {
    values.iter().zip(gone).filter(|&(_, &gone)| gone).map(|(value, _)| value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_part_did_is_shared_among_its_words() {
        let outcome = (vec![true, true, false], vec![4.2]);
        let found = effects(3, &Hints::new(1, []), &[outcome]);
        assert!((found[0] - 4.2 / 2.2).abs() < 1e-4 && found[0] == found[1] && found[2] == 0.0);
        assert!(effects(3, &Hints::new(1, []), &[]).iter().all(|&effect| effect == 0.0));
    }

    #[test]
    fn of_what_a_part_did_more_is_shared_with_hinted_words() {
        let outcome = (vec![true, true, false], vec![4.0]);
        let hint: &[f32] = &[2.0, 0.0, 1.0];
        let found = effects(3, &Hints::new(1, [hint]), &[outcome]);
        assert!(found[0] > 2.0 * found[1] && found[1] > 0.0, "{found:?}");
        // What is right of one word is expected of the others.
        assert!(found[2] > 0.0);
    }
}
