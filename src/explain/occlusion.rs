//! Occlusion: which variants of a text to score with words taken away. How they are
//! scored is the caller's business; what their scores say of each word is
//! `regression`'s.

use super::parts::Parts;
use super::regression::{FOLLOWED, Hints, Regression};

/// The most variants that a text is scored in.
pub const BUDGET: usize = 56;
/// The share of the words that a variant takes away once the parts of the text are
/// done, at least and at most: words say together what one alone does not, where
/// others say the same.
const DRAWN: (f64, f64) = (0.05, 0.3);
/// Of so many pairs of such variants one takes away what speaks against a genre.
const AGAINST: usize = 5;

/// For each word whether it is taken away.
pub type Gone = Vec<bool>;

/// Which variants of a text to score: first what is the same for every text, then
/// what the outcomes so far ask for. The same outcomes have the same plan.
pub struct Plan {
    words: usize,
    /// Sentences, then phrases.
    coarse: std::vec::IntoIter<Gone>,
    planned: usize,
    random: Random,
}

impl Plan {
    /// Of a text's words.
    pub fn new(words: usize, parts: &Parts) -> Self {
        Self { words, coarse: coarse(words, parts).into_iter(), planned: 0, random: Random(0) }
    }

    /// How many variants there will be.
    pub fn variants(&self) -> usize {
        if self.words > 1 { BUDGET } else { self.planned + self.coarse.len() }
    }

    /// The next variant about one genre, given those `before` and by how much logits fell
    /// in each, `[variants, genres]`; none at the end of the budget.
    ///
    /// After the parts of the text, it is words that are likely to be among the
    /// strongest: those of a draw from what their effects may be (Thompson 1933),
    /// so that what is uncertain is tried too.
    pub fn next(
        &mut self,
        before: &Regression,
        falls: &[Vec<f32>],
        hints: &Hints,
        genre: usize,
    ) -> Option<Gone> {
        if self.planned == self.variants() {
            return None;
        }
        self.planned += 1;
        if let Some(gone) = self.coarse.next() {
            return Some(gone);
        }
        let share = DRAWN.0 + (DRAWN.1 - DRAWN.0) * self.random.uniform();
        let count = ((self.words as f64 * share).round() as usize).max(1);
        let is_against = self.planned / 2 % AGAINST == AGAINST - 1;
        let falls: Vec<f64> = falls.iter().map(|fall| f64::from(fall[genre])).collect();
        let possible = self.possible(before, &falls, &hints.of(genre));
        let mut order: Vec<usize> = (0..self.words).collect();
        order.sort_by(|&a, &b| possible[b].total_cmp(&possible[a]));
        if is_against {
            order.reverse();
        }
        let mut gone = vec![false; self.words];
        order.into_iter().take(count).for_each(|word| gone[word] = true);
        Some(gone)
    }

    /// A draw from the regression's posterior: a draw from the prior, corrected by
    /// what was seen of it (Matheron's rule).
    fn possible(&mut self, before: &Regression, falls: &[f64], hints: &[Vec<f64>]) -> Vec<f64> {
        let fit = before.fit(hints, falls);
        let scale = fit.variance.sqrt();
        let mut drawn: Vec<f64> = (0..self.words).map(|_| scale * self.random.normal()).collect();
        for hint in hints {
            let followed = FOLLOWED * scale * self.random.normal();
            drawn.iter_mut().zip(hint).for_each(|(drawn, hint)| *drawn += followed * hint);
        }
        let foreseen = before.taken(&drawn);
        let unforeseen: Vec<f64> = before
            .variants()
            .iter()
            .zip(falls.iter().zip(foreseen))
            .map(|(gone, (fall, foreseen))| {
                let words = gone.iter().filter(|&&gone| gone).count() as f64;
                fall - foreseen - scale * (fit.noise() * words).sqrt() * self.random.normal()
            })
            .collect();
        let correction = before.means(&before.fit_like(&fit, hints, &unforeseen), hints);
        drawn.iter().zip(correction).map(|(drawn, correction)| drawn + correction).collect()
    }
}

/// Sentences and phrases, each variant once.
fn coarse(words: usize, parts: &Parts) -> Vec<Gone> {
    let mut variants: Vec<Gone> = Vec::new();
    for range in parts.sentences.iter().chain(&parts.phrases) {
        let gone: Gone = (0..words).map(|word| range.contains(&word)).collect();
        if variants.len() < BUDGET && !variants.contains(&gone) {
            variants.push(gone);
        }
    }
    variants
}

/// SplitMix64 (Steele et al. 2014).
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Over `0.0..1.0`.
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Nearly normal, of mean 0 and variance 1: a sum of twelve (Irwin–Hall). It
    /// is made of sums alone, so every machine draws the same.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(words: usize) -> Parts {
        Parts { sentences: vec![0..words / 2, words / 2..words], phrases: vec![0..1, 1..words] }
    }

    fn no_hints(genres: usize) -> Hints {
        Hints::new(genres, [])
    }

    /// The variants of a text whose logit is a sum over its words, and their falls.
    fn tried(truth: &[f32]) -> (Regression, Vec<Vec<f32>>) {
        let mut plan = Plan::new(truth.len(), &parts(truth.len()));
        let (mut tried, mut falls) = (Regression::new(truth.len()), Vec::new());
        while let Some(gone) = plan.next(&tried, &falls, &no_hints(2), 0) {
            let fall: f32 =
                truth.iter().zip(&gone).filter(|&(_, &gone)| gone).map(|(value, _)| value).sum();
            tried.push(gone);
            falls.push(vec![fall, -fall]);
        }
        (tried, falls)
    }

    fn count(gone: &Gone) -> usize {
        gone.iter().filter(|&&gone| gone).count()
    }

    /// The effects of 40 words: from −5 to 5, in no order.
    fn truth() -> Vec<f32> {
        (0..40).map(|word| ((word * 7) % 11) as f32 - 5.0).collect()
    }

    #[test]
    fn variants_are_few_distinct_in_their_parts_and_never_nothing() {
        for words in [2, 3, 10, 60, 64, 65, 500] {
            let (tried, _) = tried(&vec![0.5; words]);
            let gone = tried.variants();
            assert_eq!(gone.len(), BUDGET);
            assert!(gone.iter().all(|gone| gone.len() == words && gone.contains(&true)));
            let later = gone.iter().skip(4).map(count);
            assert!(later.max() <= Some((words as f64 * DRAWN.1).ceil() as usize));
        }
        let whole = parts(2).sentences[..1].to_vec();
        let parts = Parts { sentences: whole.clone(), phrases: whole };
        assert_eq!(Plan::new(1, &parts).variants(), 1);
    }

    #[test]
    fn the_same_outcomes_have_the_same_plan() {
        let [(a, falls_a), (b, falls_b)] = [tried(&truth()), tried(&truth())];
        assert_eq!((a.variants(), falls_a), (b.variants(), falls_b));
    }

    #[test]
    fn without_outcomes_there_is_a_plan() {
        let mut plan = Plan::new(40, &parts(40));
        while let Some(gone) = plan.next(&Regression::new(40), &[], &no_hints(2), 0) {
            assert!(gone.len() == 40 && gone.contains(&true));
        }
    }

    #[test]
    fn later_variants_take_the_strongest_away() {
        let truth = truth();
        let (tried, _) = tried(&truth);
        let taken = |sign: f32| {
            let strong = move |(gone, value): &(&bool, &f32)| **gone && sign * **value >= 4.0;
            let later = tried.variants().iter().skip(4);
            later.map(|gone| gone.iter().zip(&truth).filter(strong).count()).sum::<usize>()
        };
        let (strong, weak) = (taken(1.0), taken(-1.0));
        assert!(strong > 3 * weak, "{strong} strong and {weak} weak words");
    }

    #[test]
    fn effects_of_a_sum_are_found() {
        let truth = truth();
        let (tried, falls) = tried(&truth);
        let found = tried.effects(&no_hints(2), &falls);
        for (word, truth) in truth.iter().enumerate() {
            assert!((found[2 * word] - truth).abs() < 0.6, "{word}: {} {truth}", found[2 * word]);
            assert!((found[2 * word] + found[2 * word + 1]).abs() < 1e-3);
        }
    }

    #[test]
    fn wrong_hints_are_overruled() {
        let truth = truth();
        let wrong: Vec<f32> = truth.iter().flat_map(|value| [-value, *value]).collect();
        let (tried, falls) = tried(&truth);
        let found = tried.effects(&Hints::new(2, [wrong.as_slice()]), &falls);
        for (word, truth) in truth.iter().enumerate() {
            assert!((found[2 * word] - truth).abs() < 0.6, "{word}: {} {truth}", found[2 * word]);
        }
    }

    #[test]
    fn more_parts_than_the_budget_are_left() {
        let phrases = (0..80).map(|word| word..word + 1).collect();
        let parts = Parts { sentences: vec![0..40, 40..80], phrases };
        assert_eq!(coarse(80, &parts).len(), BUDGET);
    }

    #[test]
    fn one_pair_of_later_variants_in_five_is_of_words_against() {
        let truth = truth();
        let (tried, falls) = tried(&truth);
        assert_eq!(tried.variants().len(), BUDGET);
        for (index, fall) in falls.iter().enumerate().skip(20) {
            let is_against = matches!((index + 1) % 10, 8 | 9);
            assert_eq!(fall[0] < 0.0, is_against, "variant {index}: {}", fall[0]);
        }
    }

    /// The first outputs for the seed 0, as published with the generator.
    #[test]
    fn draws_are_those_of_splitmix64() {
        let mut random = Random(0);
        for output in [0xe220_a839_7b1d_cdafu64, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f] {
            assert_eq!(random.uniform(), (output >> 11) as f64 / 9_007_199_254_740_992.0);
        }
    }

    #[test]
    fn normal_draws_have_mean_0_and_variance_1() {
        let mut random = Random(1);
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
    }

    /// Of three words the first two were taken away together, then the last. With a
    /// prior covariance P = I + h hᵀ, in units of the variance, and K that of the
    /// outcomes, the posterior's is P − P Aᵀ K⁻¹ A P.
    #[test]
    fn what_is_possible_is_drawn_from_the_posterior() {
        let (hint, falls) = (vec![1.0, 0.5, -1.0], vec![0.3, -0.2]);
        let mut before = Regression::new(3);
        before.push(vec![true, true, false]);
        before.push(vec![false, false, true]);
        let hints = [hint.clone()];
        let fit = before.fit(&hints, &falls);
        let (variance, noise) = (fit.variance, fit.noise());
        let mean = before.means(&fit, &hints);
        let prior = |i: usize, j: usize| f64::from(u8::from(i == j)) + hint[i] * hint[j];
        // A P: how the outcomes and the words go together.
        let cross = |k: usize, j: usize| {
            if k == 0 { prior(0, j) + prior(1, j) } else { prior(2, j) }
        };
        let k00 = cross(0, 0) + cross(0, 1) + noise * 2.0;
        let (k01, k11) = (cross(0, 2), cross(1, 2) + noise);
        let determinant = k00 * k11 - k01 * k01;
        let covariance = |i: usize, j: usize| {
            let (a, b) = ((cross(0, i), cross(1, i)), (cross(0, j), cross(1, j)));
            let told = a.0 * (k11 * b.0 - k01 * b.1) + a.1 * (k00 * b.1 - k01 * b.0);
            variance * (prior(i, j) - told / determinant)
        };
        const DRAWS: usize = 20_000;
        let mut plan = Plan::new(3, &parts(3));
        let draws: Vec<Vec<f64>> =
            (0..DRAWS).map(|_| plan.possible(&before, &falls, &hints)).collect();
        let near = |found: f64, expected: f64| (found - expected).abs() < 0.05 * variance;
        for i in 0..3 {
            let average = draws.iter().map(|draw| draw[i]).sum::<f64>() / DRAWS as f64;
            assert!(near(average, mean[i]), "word {i}: {average} is not {}", mean[i]);
            for j in 0..3 {
                let product = |draw: &Vec<f64>| (draw[i] - mean[i]) * (draw[j] - mean[j]);
                let found = draws.iter().map(product).sum::<f64>() / DRAWS as f64;
                let expected = covariance(i, j);
                assert!(near(found, expected), "{i} and {j}: {found} is not {expected}");
            }
        }
    }
}
