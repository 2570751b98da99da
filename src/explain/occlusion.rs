//! Occlusion: which variants of a text to score with words taken away, and what
//! their scores say of each word. How they are scored is the caller's business.

use super::parts::Parts;

/// The most variants that a text is scored in.
pub const BUDGET: usize = 96;
/// The most words that are taken away one at a time; longer texts learn of the
/// others from the phrases and the draws.
const SINGLE_WORDS: usize = 64;
/// The share of words that a draw takes away, at least and at most.
const DRAWN: (f64, f64) = (0.2, 0.8);
/// How far a score strays from a sum over words, as a variance for each word that
/// is gone, beside a word's own variance of 1.
const NOISE: f64 = 0.1;

/// For each word whether it is taken away.
pub type Gone = Vec<bool>;

/// The variants to score, coarse to fine: sentences, phrases, words, then random
/// draws of many words, which tell what words do beside each other. The same
/// text has the same variants.
pub fn variants(words: usize, parts: &Parts) -> Vec<Gone> {
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
    let mut random = uniform();
    while words > 1 && variants.len() < BUDGET {
        let share = DRAWN.0 + (DRAWN.1 - DRAWN.0) * random();
        variants.push(draw(words, share, &mut random));
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
    let count = outcomes.len();
    let mut matrix = vec![0.0; count * count];
    for (i, (a, _)) in outcomes.iter().enumerate() {
        for (j, (b, _)) in outcomes.iter().enumerate().take(i + 1) {
            let both = a.iter().zip(b).filter(|&(a, b)| *a && *b).count() as f64;
            matrix[i * count + j] = if i == j { both * (1.0 + NOISE) } else { both };
        }
    }
    cholesky(&mut matrix, count);
    let mut effects = vec![0.0; words * genres];
    for genre in 0..genres {
        let mut weights: Vec<f64> =
            outcomes.iter().map(|(_, fall)| f64::from(fall[genre])).collect();
        solve(&matrix, &mut weights);
        for ((gone, _), weight) in outcomes.iter().zip(weights) {
            for word in (0..words).filter(|&word| gone[word]) {
                effects[word * genres + genre] += weight as f32;
            }
        }
    }
    effects
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

/// Some of the words, at least one and not all, each as likely as any other.
fn draw(words: usize, share: f64, random: &mut impl FnMut() -> f64) -> Gone {
    let count = ((words as f64 * share).round() as usize).clamp(1, words - 1);
    let mut order: Vec<usize> = (0..words).collect();
    let mut gone = vec![false; words];
    for i in 0..count {
        order.swap(i, i + (random() * (words - i) as f64) as usize);
        gone[order[i]] = true;
    }
    gone
}

/// SplitMix64 (Steele et al. 2014) over `0.0..1.0`, always from the same seed.
fn uniform() -> impl FnMut() -> f64 {
    let mut state = 0u64;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(words: usize) -> Parts {
        Parts { sentences: vec![0..words / 2, words / 2..words], phrases: vec![0..1, 1..words] }
    }

    #[test]
    fn variants_are_few_distinct_in_their_parts_and_never_nothing() {
        for words in [2, 3, 10, 60, 64, 65, 500] {
            let variants = variants(words, &parts(words));
            assert_eq!(variants.len(), BUDGET);
            assert!(variants.iter().all(|gone| gone.len() == words && gone.contains(&true)));
            let singles = (0..words).filter(|&word| {
                variants.iter().any(|v| v[word] && v.iter().filter(|&&gone| gone).count() == 1)
            });
            assert!(singles.count() >= words.min(SINGLE_WORDS));
        }
    }

    #[test]
    fn effects_of_a_sum_are_found() {
        let truth: Vec<f32> = (0..40).map(|word| ((word * 7) % 11) as f32 - 5.0).collect();
        let fall = |gone: &Gone| -> f32 {
            truth.iter().zip(gone).filter(|&(_, &gone)| gone).map(|(value, _)| value).sum()
        };
        let outcomes: Vec<(Gone, Vec<f32>)> = variants(40, &parts(40))
            .into_iter()
            .map(|gone| (gone.clone(), vec![fall(&gone), -fall(&gone)]))
            .collect();
        let found = effects(40, 2, &outcomes);
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
