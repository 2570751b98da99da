//! What the scores of a text's variants say of each of its words.

use super::occlusion::Gone;

/// How far a score may stray from a sum over words, as a variance for each word that
/// is gone, beside a word's own variance of 1: which of these is for the outcomes to
/// say.
const NOISES: [f64; 7] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0];
/// Which of them is expected, within a factor of e.
const USUAL_NOISE: f64 = 0.1;

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
        let hints = hints.of(genre);
        let found = regression.effects(&regression.fit(&hints, &falls), &hints);
        for (word, effect) in found.into_iter().enumerate() {
            effects[word * genres + genre] = effect as f32;
        }
    }
    effects
}

/// What is the same for all genres.
pub(super) struct Regression<'a> {
    words: usize,
    outcomes: &'a [(Gone, Vec<f32>)],
    covariances: Vec<Covariance>,
}

/// Of the outcomes without hints, in units of the variance of a word's own effect.
struct Covariance {
    /// One of [`NOISES`].
    noise: f64,
    /// Its lower factor, `[outcomes, outcomes]`.
    lower: Vec<f64>,
}

/// What the outcomes say of one genre.
pub(super) struct Fit<'a> {
    covariance: &'a Covariance,
    /// By how much each hint is followed.
    followed: Vec<f64>,
    /// The falls beside what hints say of them, whitened.
    own: Vec<f64>,
    /// The variance of a word's own effect that makes the falls likeliest.
    pub variance: f64,
    /// Of its noise, up to a constant.
    log_posterior: f64,
}

impl Fit<'_> {
    pub(super) fn noise(&self) -> f64 {
        self.covariance.noise
    }
}

impl<'a> Regression<'a> {
    pub(super) fn new(words: usize, outcomes: &'a [(Gone, Vec<f32>)]) -> Self {
        let count = outcomes.len();
        let mut both = vec![0.0; count * count];
        for (i, (a, _)) in outcomes.iter().enumerate() {
            for (j, (b, _)) in outcomes.iter().enumerate().take(i + 1) {
                both[i * count + j] = a.iter().zip(b).filter(|&(a, b)| *a && *b).count() as f64;
            }
        }
        let covariance = |noise| {
            let mut lower = both.clone();
            lower.iter_mut().step_by(count + 1).for_each(|words| *words *= 1.0 + noise);
            cholesky(&mut lower, count);
            Covariance { noise, lower }
        };
        Self { words, outcomes, covariances: NOISES.map(covariance).into() }
    }

    /// Of one genre's hints, `[words]` each, and falls, under the noise that they make
    /// most probable.
    pub(super) fn fit(&self, hints: &[Vec<f64>], falls: &[f64]) -> Fit<'_> {
        let taken: Vec<Vec<f64>> = hints.iter().map(|hint| self.taken(hint)).collect();
        let fits = self.covariances.iter().map(|covariance| covariance.fit(&taken, falls));
        fits.reduce(|a, b| if b.log_posterior > a.log_posterior { b } else { a })
            .expect("there are several noises")
    }

    /// As [`Self::fit`], under another fit's noise.
    pub(super) fn fit_like<'b>(
        &self,
        like: &Fit<'b>,
        hints: &[Vec<f64>],
        falls: &[f64],
    ) -> Fit<'b> {
        let taken: Vec<Vec<f64>> = hints.iter().map(|hint| self.taken(hint)).collect();
        like.covariance.fit(&taken, falls)
    }

    /// `[words]`: the means of the posterior.
    pub(super) fn effects(&self, fit: &Fit<'_>, hints: &[Vec<f64>]) -> Vec<f64> {
        let mut weights = fit.own.clone();
        solve_upper(&fit.covariance.lower, &mut weights);
        let mut effects = vec![0.0; self.words];
        for (hint, followed) in hints.iter().zip(&fit.followed) {
            effects.iter_mut().zip(hint).for_each(|(effect, hint)| *effect += followed * hint);
        }
        for ((gone, _), weight) in self.outcomes.iter().zip(&weights) {
            let taken = effects.iter_mut().zip(gone).filter(|(_, gone)| **gone);
            taken.for_each(|(effect, _)| *effect += weight);
        }
        effects
    }

    /// The sums of `[words]` values over what each outcome lacks.
    pub(super) fn taken(&self, values: &[f64]) -> Vec<f64> {
        let taken = |gone: &Gone| {
            values.iter().zip(gone).filter(|&(_, &gone)| gone).map(|(value, _)| value).sum()
        };
        self.outcomes.iter().map(|(gone, _)| taken(gone)).collect()
    }
}

impl Covariance {
    /// By how much each hint is followed (generalised least squares), what the words
    /// do beside it, and how probable that makes this noise (Bishop 2006, 3.5).
    fn fit(&self, hints: &[Vec<f64>], falls: &[f64]) -> Fit<'_> {
        let whitened = |values: &[f64]| {
            let mut values = values.to_vec();
            solve_lower(&self.lower, &mut values);
            values
        };
        let mut own = whitened(falls);
        let all = dot(&own, &own);
        let hints: Vec<Vec<f64>> = hints.iter().map(|hint| whitened(hint)).collect();
        let count = hints.len();
        let mut precision = vec![0.0; count * count];
        for (i, a) in hints.iter().enumerate() {
            for (j, b) in hints.iter().enumerate() {
                let prior = if i == j { (FOLLOWED * FOLLOWED).recip() } else { 0.0 };
                precision[i * count + j] = prior + dot(a, b);
            }
        }
        cholesky(&mut precision, count);
        let mut followed: Vec<f64> = hints.iter().map(|hint| dot(hint, &own)).collect();
        solve_lower(&precision, &mut followed);
        let hinted = dot(&followed, &followed);
        solve_upper(&precision, &mut followed);
        for (hint, followed) in hints.iter().zip(&followed) {
            own.iter_mut().zip(hint).for_each(|(own, hint)| *own -= followed * hint);
        }
        let outcomes = falls.len();
        let variance = ((all - hinted) / outcomes.max(1) as f64).max(0.0);
        let usual = (self.noise / USUAL_NOISE).ln();
        let log_posterior = -0.5 * usual * usual
            - 0.5 * outcomes as f64 * variance.max(f64::MIN_POSITIVE).ln()
            - log_diagonal(&self.lower, outcomes)
            - log_diagonal(&precision, count);
        Fit { covariance: self, followed, own, variance, log_posterior }
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

/// Half of the logarithm of the determinant of what was factored.
fn log_diagonal(lower: &[f64], size: usize) -> f64 {
    lower.iter().step_by(size + 1).map(|value| value.ln()).sum()
}

/// Solves `L x = b` in the place of `b`.
fn solve_lower(lower: &[f64], b: &mut [f64]) {
    let size = b.len();
    for i in 0..size {
        b[i] = (b[i] - dot(&lower[i * size..][..i], &b[..i])) / lower[i * size + i];
    }
}

/// Solves `Lᵀ x = b` in the place of `b`.
fn solve_upper(lower: &[f64], b: &mut [f64]) {
    let size = b.len();
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
