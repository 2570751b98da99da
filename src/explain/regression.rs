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
    let regression = Regression::new(words, outcomes);
    let mut effects = vec![0.0; words * genres];
    for genre in 0..genres {
        let falls: Vec<f64> = outcomes.iter().map(|(_, fall)| f64::from(fall[genre])).collect();
        let found = regression.fit(&hints.of(genre), &falls).effects;
        for (word, effect) in found.into_iter().enumerate() {
            effects[word * genres + genre] = effect as f32;
        }
    }
    effects
}

/// What is the same for all genres: the covariance of the outcomes without hints, in
/// units of the variance of a word's own effect, factored.
pub(super) struct Regression<'a> {
    words: usize,
    outcomes: &'a [(Gone, Vec<f32>)],
    lower: Vec<f64>,
}

/// What the outcomes say of one genre.
pub(super) struct Fit {
    /// `[words]`: the means of the posterior.
    pub effects: Vec<f64>,
    /// The variance of a word's own effect that makes the falls likeliest.
    pub variance: f64,
}

impl<'a> Regression<'a> {
    pub(super) fn new(words: usize, outcomes: &'a [(Gone, Vec<f32>)]) -> Self {
        let count = outcomes.len();
        let mut lower = vec![0.0; count * count];
        for (i, (a, _)) in outcomes.iter().enumerate() {
            for (j, (b, _)) in outcomes.iter().enumerate().take(i + 1) {
                let both = a.iter().zip(b).filter(|&(a, b)| *a && *b).count() as f64;
                lower[i * count + j] = if i == j { both * (1.0 + NOISE) } else { both };
            }
        }
        cholesky(&mut lower, count);
        Self { words, outcomes, lower }
    }

    /// Of one genre's hints, `[words]` each, and falls: by how much each hint is
    /// followed (generalised least squares), then what the words do beside it.
    pub(super) fn fit(&self, hints: &[Vec<f64>], falls: &[f64]) -> Fit {
        let hinted: Vec<Vec<f64>> = hints.iter().map(|hint| self.taken(hint)).collect();
        let whitened: Vec<Vec<f64>> = hinted.iter().map(|hinted| self.solved(hinted)).collect();
        let count = hints.len();
        let mut precision = vec![0.0; count * count];
        for (i, a) in hinted.iter().enumerate() {
            for (j, b) in whitened.iter().enumerate() {
                let own = if i == j { (FOLLOWED * FOLLOWED).recip() } else { 0.0 };
                precision[i * count + j] = own + dot(a, b);
            }
        }
        cholesky(&mut precision, count);
        let mut weights = self.solved(falls);
        let mut followed: Vec<f64> = hinted.iter().map(|hinted| dot(hinted, &weights)).collect();
        solve(&precision, &mut followed);
        for (whitened, followed) in whitened.iter().zip(&followed) {
            weights
                .iter_mut()
                .zip(whitened)
                .for_each(|(weight, value)| *weight -= followed * value);
        }
        let mut effects = vec![0.0; self.words];
        for (hint, followed) in hints.iter().zip(&followed) {
            effects.iter_mut().zip(hint).for_each(|(effect, hint)| *effect += followed * hint);
        }
        for ((gone, _), weight) in self.outcomes.iter().zip(&weights) {
            let taken = effects.iter_mut().zip(gone).filter(|(_, gone)| **gone);
            taken.for_each(|(effect, _)| *effect += weight);
        }
        let variance = (dot(&weights, falls) / falls.len().max(1) as f64).max(0.0);
        Fit { effects, variance }
    }

    /// The sums of `[words]` values over what each outcome lacks.
    pub(super) fn taken(&self, values: &[f64]) -> Vec<f64> {
        let taken = |gone: &Gone| {
            values.iter().zip(gone).filter(|&(_, &gone)| gone).map(|(value, _)| value).sum()
        };
        self.outcomes.iter().map(|(gone, _)| taken(gone)).collect()
    }

    fn solved(&self, right: &[f64]) -> Vec<f64> {
        let mut solution = right.to_vec();
        solve(&self.lower, &mut solution);
        solution
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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
        // Of root mean square 1 the hint is 1.549, 0, .7746: 4 = 1.549 f + 2.2 w, where
        // f is 1.549 w.
        for (found, expected) in found.iter().zip([2.9565, 0.8696, 1.0435]) {
            assert!((found - expected).abs() < 1e-3, "{found} is not {expected}");
        }
    }
}
