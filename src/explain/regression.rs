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

/// What is the same for every genre and predictor: the variants that were scored, and
/// how alike they are.
pub struct Regression {
    words: usize,
    variants: Vec<Gone>,
    covariances: Vec<Covariance>,
}

/// Of the outcomes without hints, in units of the variance of a word's own effect.
struct Covariance {
    /// One of [`NOISES`].
    noise: f64,
    lower: Cholesky,
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

impl Regression {
    /// On the words of a text, before any outcome.
    pub fn new(words: usize) -> Self {
        let covariance = |noise| Covariance { noise, lower: Cholesky::default() };
        Self { words, variants: Vec::new(), covariances: NOISES.map(covariance).into() }
    }

    /// Takes the next variant that was scored.
    pub fn push(&mut self, gone: Gone) {
        let alike = |other: &Gone| gone.iter().zip(other).filter(|&(a, b)| *a && *b).count() as f64;
        let row: Vec<f64> = self.variants.iter().chain([&gone]).map(alike).collect();
        for Covariance { noise, lower } in &mut self.covariances {
            let mut row = row.clone();
            row.last_mut().into_iter().for_each(|words| *words *= 1.0 + *noise);
            lower.push(row);
        }
        self.variants.push(gone);
    }

    /// The variants, in their order.
    pub fn variants(&self) -> &[Gone] {
        &self.variants
    }

    /// How much each word speaks for each genre, `[words, genres]`: by how much a
    /// genre's logit falls when the word is taken away, fitted to `falls`,
    /// `[variants, genres]`: by how much logits fell in each of [`Self::variants`].
    ///
    /// A Bayesian linear regression (Bishop 2006, 3.3) on the words, of equal variance,
    /// and on the hints, with a noise that grows with the words that are gone, solved
    /// in its dual form: a few outcomes share what they tell among the words they took
    /// away, and more of it with those that hints speak of where hints are right.
    pub fn effects(&self, hints: &Hints, falls: &[Vec<f32>]) -> Vec<f32> {
        let genres = hints.genres;
        let mut effects = vec![0.0; self.words * genres];
        for genre in 0..genres {
            let falls: Vec<f64> = falls.iter().map(|fall| f64::from(fall[genre])).collect();
            let hints = hints.of(genre);
            let found = self.means(&self.fit(&hints, &falls), &hints);
            for (word, effect) in found.into_iter().enumerate() {
                effects[word * genres + genre] = effect as f32;
            }
        }
        effects
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
    pub(super) fn means(&self, fit: &Fit<'_>, hints: &[Vec<f64>]) -> Vec<f64> {
        let mut weights = fit.own.clone();
        fit.covariance.lower.solve_upper(&mut weights);
        let mut effects = vec![0.0; self.words];
        for (hint, followed) in hints.iter().zip(&fit.followed) {
            effects.iter_mut().zip(hint).for_each(|(effect, hint)| *effect += followed * hint);
        }
        for (gone, weight) in self.variants.iter().zip(&weights) {
            let taken = effects.iter_mut().zip(gone).filter(|(_, gone)| **gone);
            taken.for_each(|(effect, _)| *effect += weight);
        }
        effects
    }

    /// The sums of `[words]` values over what each variant lacks.
    pub(super) fn taken(&self, values: &[f64]) -> Vec<f64> {
        let taken = |gone: &Gone| {
            values.iter().zip(gone).filter(|&(_, &gone)| gone).map(|(value, _)| value).sum()
        };
        self.variants.iter().map(taken).collect()
    }
}

impl Covariance {
    /// By how much each hint is followed (generalised least squares), what the words
    /// do beside it, and how probable that makes this noise (Bishop 2006, 3.5).
    fn fit(&self, hints: &[Vec<f64>], falls: &[f64]) -> Fit<'_> {
        let whitened = |values: &[f64]| {
            let mut values = values.to_vec();
            self.lower.solve_lower(&mut values);
            values
        };
        let mut own = whitened(falls);
        let all = dot(&own, &own);
        let hints: Vec<Vec<f64>> = hints.iter().map(|hint| whitened(hint)).collect();
        let mut precision = Cholesky::default();
        for (i, hint) in hints.iter().enumerate() {
            let mut row: Vec<f64> = hints[..=i].iter().map(|other| dot(hint, other)).collect();
            row[i] += (FOLLOWED * FOLLOWED).recip();
            precision.push(row);
        }
        let mut followed: Vec<f64> = hints.iter().map(|hint| dot(hint, &own)).collect();
        precision.solve_lower(&mut followed);
        let hinted = dot(&followed, &followed);
        precision.solve_upper(&mut followed);
        for (hint, followed) in hints.iter().zip(&followed) {
            own.iter_mut().zip(hint).for_each(|(own, hint)| *own -= followed * hint);
        }
        let outcomes = falls.len();
        let variance = ((all - hinted) / outcomes.max(1) as f64).max(0.0);
        let usual = (self.noise / USUAL_NOISE).ln();
        let log_posterior = -0.5 * usual * usual
            - 0.5 * outcomes as f64 * variance.max(f64::MIN_POSITIVE).ln()
            - self.lower.log_diagonal()
            - precision.log_diagonal();
        Fit { covariance: self, followed, own, variance, log_posterior }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The lower factor of a symmetric positive matrix that grows by a row at a time.
#[derive(Default)]
struct Cholesky {
    /// Row after row, each to its diagonal.
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// Takes the next row of the matrix, to its diagonal.
    fn push(&mut self, mut row: Vec<f64>) {
        for (j, above) in self.rows.iter().enumerate() {
            row[j] = (row[j] - dot(&row[..j], &above[..j])) / above[j];
        }
        if let Some((last, own)) = row.split_last_mut() {
            *last = (*last - dot(own, own)).max(1e-9).sqrt();
        }
        self.rows.push(row);
    }

    /// Half of the logarithm of the matrix's determinant.
    fn log_diagonal(&self) -> f64 {
        self.rows.iter().enumerate().map(|(i, row)| row[i].ln()).sum()
    }

    /// Solves `L x = b` in the place of `b`.
    fn solve_lower(&self, b: &mut [f64]) {
        for (i, row) in self.rows.iter().enumerate() {
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
    }

    /// Solves `Lᵀ x = b` in the place of `b`.
    fn solve_upper(&self, b: &mut [f64]) {
        for (i, row) in self.rows.iter().enumerate().rev() {
            let (before, rest) = b.split_at_mut(i);
            rest[0] /= row[i];
            before.iter_mut().zip(row).for_each(|(before, own)| *before -= own * rest[0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_solves_what_it_was_made_of() {
        let matrix = [[4.0, 2.0, -2.0], [2.0, 10.0, 5.0], [-2.0, 5.0, 6.0]];
        let mut factor = Cholesky::default();
        (0..3).for_each(|i| factor.push(matrix[i][..=i].to_vec()));
        let x = [1.0, -2.0, 3.0];
        let mut solved: Vec<f64> = matrix.iter().map(|row| dot(row, &x)).collect();
        factor.solve_lower(&mut solved);
        factor.solve_upper(&mut solved);
        assert!(solved.iter().zip(x).all(|(solved, x)| (solved - x).abs() < 1e-12), "{solved:?}");
        // The determinant is 36.
        assert!((factor.log_diagonal() - 6f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn what_a_part_did_is_shared_among_its_words() {
        let none = Hints::new(1, []);
        let mut regression = Regression::new(3);
        assert_eq!(regression.effects(&none, &[]), [0.0; 3]);
        regression.push(vec![true, true, false]);
        let found = regression.effects(&none, &[vec![4.2]]);
        assert!((found[0] - 4.2 / 2.2).abs() < 1e-4 && found[0] == found[1] && found[2] == 0.0);
    }

    #[test]
    fn of_what_a_part_did_more_is_shared_with_hinted_words() {
        let mut regression = Regression::new(3);
        regression.push(vec![true, true, false]);
        let hint: &[f32] = &[2.0, 0.0, 1.0];
        let found = regression.effects(&Hints::new(1, [hint]), &[vec![4.0]]);
        // Of root mean square 1 the hint is 1.549, 0, .7746: 4 = 1.549 f + 2.2 w, where
        // f is 1.549 w.
        for (found, expected) in found.iter().zip([2.9565, 0.8696, 1.0435]) {
            assert!((found - expected).abs() < 1e-3, "{found} is not {expected}");
        }
    }

    /// The evidence by its definition (Bishop 2006, 3.5): the outcomes are normal with
    /// covariance K = A (I + h hᵀ) Aᵀ + noise × words, times a variance that makes
    /// them likeliest; up to a constant, that is −½ n ln variance − ½ ln det K.
    #[test]
    fn the_noise_is_the_most_probable_one() {
        let variants = [[true, true, false], [false, true, true], [true, false, false]];
        let hint = [0.5, 1.5, -1.0];
        let product = |a: &[bool; 3], b: &[bool; 3]| -> f64 {
            let over = |of: &[bool; 3]| (0..3).filter(|&i| of[i]).map(|i| hint[i]).sum::<f64>();
            (0..3).filter(|&i| a[i] && b[i]).count() as f64 + over(a) * over(b)
        };
        let mut regression = Regression::new(3);
        variants.iter().for_each(|gone| regression.push(gone.to_vec()));
        for falls in [[3.0, -1.0, 2.0], [0.5, 0.4, 0.1]] {
            let mut best = (f64::NEG_INFINITY, 0.0);
            let mut constant = None;
            for (covariance, noise) in regression.covariances.iter().zip(NOISES) {
                let mut whole = Cholesky::default();
                for (i, gone) in variants.iter().enumerate() {
                    let mut row: Vec<f64> =
                        variants[..=i].iter().map(|other| product(gone, other)).collect();
                    row[i] += noise * gone.iter().filter(|&&gone| gone).count() as f64;
                    whole.push(row);
                }
                let mut own = falls.to_vec();
                whole.solve_lower(&mut own);
                let variance = dot(&own, &own) / 3.0;
                let evidence = -1.5 * variance.ln()
                    - whole.log_diagonal()
                    - 0.5 * (noise / USUAL_NOISE).ln().powi(2);
                let fit = covariance.fit(&[regression.taken(&hint)], &falls);
                assert!((fit.variance - variance).abs() < 1e-9, "{} {variance}", fit.variance);
                let difference = fit.log_posterior - evidence;
                assert!((difference - *constant.get_or_insert(difference)).abs() < 1e-9);
                best = if evidence > best.0 { (evidence, noise) } else { best };
            }
            assert_eq!(regression.fit(&[hint.to_vec()], &falls).noise(), best.1);
        }
    }
}
