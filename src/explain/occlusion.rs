//! Occlusion: which variants of a text to score with words taken away, and what
//! their scores say of each word. How they are scored is the caller's business.

use super::parts::Parts;

/// The most variants that a text is scored in.
pub const BUDGET: usize = 96;
/// The most words that are taken away one at a time; longer texts learn of the
/// others from the phrases and from what comes later.
const SINGLE_WORDS: usize = 64;
/// The share of words that a later variant takes away, at least and at most.
const DRAWN: (f64, f64) = (0.2, 0.8);
/// How far a score strays from a sum over words, as a variance for each word that
/// is gone, beside a word's own variance of 1.
const NOISE: f64 = 0.1;

/// For each word whether it is taken away.
pub type Gone = Vec<bool>;

/// Which variants of a text to score: first what is the same for every text, then
/// what the outcomes so far ask for. The same outcomes have the same plan.
pub struct Plan {
    words: usize,
    /// Sentences, phrases, words.
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

    /// The next variant, given by how much one genre's logit fell in those before;
    /// none at the end of the budget.
    ///
    /// After the parts of the text, it is words that are likely to be among the
    /// strongest: those of a draw from what their effects may be (Thompson 1933),
    /// so that what is uncertain is tried too.
    pub fn next(&mut self, outcomes: &[(Gone, Vec<f32>)], genre: usize) -> Option<Gone> {
        if self.planned == self.variants() {
            return None;
        }
        self.planned += 1;
        if let Some(gone) = self.coarse.next() {
            return Some(gone);
        }
        let share = DRAWN.0 + (DRAWN.1 - DRAWN.0) * self.random.uniform();
        let count = ((self.words as f64 * share).round() as usize).clamp(1, self.words - 1);
        let possible = self.possible(outcomes, genre);
        let mut order: Vec<usize> = (0..self.words).collect();
        order.sort_by(|&a, &b| possible[b].total_cmp(&possible[a]));
        let mut gone = vec![false; self.words];
        order.into_iter().take(count).for_each(|word| gone[word] = true);
        Some(gone)
    }

    /// A draw from the regression's posterior: a draw from the prior, corrected by
    /// what was seen of it (Matheron's rule).
    fn possible(&mut self, outcomes: &[(Gone, Vec<f32>)], genre: usize) -> Vec<f64> {
        let regression = Regression::new(outcomes);
        let falls: Vec<f64> = outcomes.iter().map(|(_, fall)| f64::from(fall[genre])).collect();
        let scale = regression.scale(&falls);
        let prior: Vec<f64> = (0..self.words).map(|_| scale * self.random.normal()).collect();
        let unseen = outcomes.iter().zip(&falls).map(|((gone, _), fall)| {
            let words = gone.iter().filter(|&&gone| gone).count() as f64;
            let drawn: f64 =
                prior.iter().zip(gone).filter(|&(_, &gone)| gone).map(|(draw, _)| draw).sum();
            fall - drawn - scale * (NOISE * words).sqrt() * self.random.normal()
        });
        let correction = regression.effects(self.words, outcomes, unseen.collect());
        prior.iter().zip(correction).map(|(draw, correction)| draw + correction).collect()
    }
}

/// Sentences, phrases and words, each variant once.
fn coarse(words: usize, parts: &Parts) -> Vec<Gone> {
    let ranges = parts.sentences.iter().chain(&parts.phrases).cloned();
    let singles = (0..words.min(SINGLE_WORDS)).map(|i| i * words / words.min(SINGLE_WORDS));
    let ranges = ranges.chain(singles.map(|word| word..word + 1));
    let mut variants: Vec<Gone> = Vec::new();
    for range in ranges {
        let gone: Gone = (0..words).map(|word| range.contains(&word)).collect();
        if variants.len() < BUDGET && !variants.contains(&gone) {
            variants.push(gone);
        }
    }
    variants
}

/// How much each word speaks for each genre, `[words, genres]`: by how much a
/// genre's logit falls when the word is taken away, fitted to all `outcomes` so
/// far, each a variant and by how much `[genres]` logits fell in it.
///
/// A Bayesian linear regression (Bishop 2006, 3.3) with words of equal variance
/// and a noise that grows with the words that are gone, solved in its dual form:
/// a few outcomes share what they tell among the words they took away.
pub fn effects(words: usize, genres: usize, outcomes: &[(Gone, Vec<f32>)]) -> Vec<f32> {
    let regression = Regression::new(outcomes);
    let mut effects = vec![0.0; words * genres];
    for genre in 0..genres {
        let falls = outcomes.iter().map(|(_, fall)| f64::from(fall[genre])).collect();
        let found = regression.effects(words, outcomes, falls);
        for (word, effect) in found.into_iter().enumerate() {
            effects[word * genres + genre] = effect as f32;
        }
    }
    effects
}

/// The dual form's matrix, factored.
struct Regression {
    lower: Vec<f64>,
}

impl Regression {
    fn new(outcomes: &[(Gone, Vec<f32>)]) -> Self {
        let count = outcomes.len();
        let mut matrix = vec![0.0; count * count];
        for (i, (a, _)) in outcomes.iter().enumerate() {
            for (j, (b, _)) in outcomes.iter().enumerate().take(i + 1) {
                let both = a.iter().zip(b).filter(|&(a, b)| *a && *b).count() as f64;
                matrix[i * count + j] = if i == j { both * (1.0 + NOISE) } else { both };
            }
        }
        cholesky(&mut matrix, count);
        Self { lower: matrix }
    }

    /// `[words]` of one genre's falls.
    fn effects(&self, words: usize, outcomes: &[(Gone, Vec<f32>)], falls: Vec<f64>) -> Vec<f64> {
        let mut weights = falls;
        solve(&self.lower, &mut weights);
        let mut effects = vec![0.0; words];
        for ((gone, _), weight) in outcomes.iter().zip(weights) {
            let taken = effects.iter_mut().zip(gone).filter(|(_, gone)| **gone);
            taken.for_each(|(effect, _)| *effect += weight);
        }
        effects
    }

    /// The standard deviation of a word's effect that makes the falls likeliest.
    fn scale(&self, falls: &[f64]) -> f64 {
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

    /// The variants of a text whose logit is a sum over its words, and their falls.
    fn tried(truth: &[f32]) -> Vec<(Gone, Vec<f32>)> {
        let mut plan = Plan::new(truth.len(), &parts(truth.len()));
        let mut outcomes = Vec::new();
        while let Some(gone) = plan.next(&outcomes, 0) {
            let fall: f32 =
                truth.iter().zip(&gone).filter(|&(_, &gone)| gone).map(|(value, _)| value).sum();
            outcomes.push((gone, vec![fall, -fall]));
        }
        outcomes
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
            let outcomes = tried(&vec![0.5; words]);
            let gone: Vec<&Gone> = outcomes.iter().map(|(gone, _)| gone).collect();
            assert_eq!(gone.len(), BUDGET);
            assert!(gone.iter().all(|gone| gone.len() == words && gone.contains(&true)));
            let singles =
                (0..words).filter(|&word| gone.iter().any(|gone| gone[word] && count(gone) == 1));
            assert!(singles.count() >= words.min(SINGLE_WORDS));
        }
        let whole = parts(2).sentences[..1].to_vec();
        let parts = Parts { sentences: whole.clone(), phrases: whole };
        assert_eq!(Plan::new(1, &parts).variants(), 1);
    }

    #[test]
    fn the_same_outcomes_have_the_same_plan() {
        assert_eq!(tried(&truth()), tried(&truth()));
    }

    #[test]
    fn later_variants_take_the_strongest_away() {
        let truth = truth();
        let outcomes = tried(&truth);
        let taken = |sign: f32| {
            let strong = move |(gone, value): &(&bool, &f32)| **gone && sign * **value >= 4.0;
            let later = outcomes.iter().skip(4 + 40);
            later.map(|(gone, _)| gone.iter().zip(&truth).filter(strong).count()).sum::<usize>()
        };
        let (strong, weak) = (taken(1.0), taken(-1.0));
        assert!(strong > 3 * weak, "{strong} strong and {weak} weak words");
    }

    #[test]
    fn effects_of_a_sum_are_found() {
        let truth = truth();
        let found = effects(40, 2, &tried(&truth));
        for (word, truth) in truth.iter().enumerate() {
            assert!((found[2 * word] - truth).abs() < 0.6, "{word}");
            assert!((found[2 * word] + found[2 * word + 1]).abs() < 1e-3);
        }
    }

    #[test]
    fn what_a_part_did_is_shared_among_its_words() {
        let outcome = (vec![true, true, false], vec![4.2]);
        let found = effects(3, 1, &[outcome]);
        assert!((found[0] - 4.2 / 2.2).abs() < 1e-4 && found[0] == found[1] && found[2] == 0.0);
        assert!(effects(3, 1, &[]).iter().all(|&effect| effect == 0.0));
    }
}
