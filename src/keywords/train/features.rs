//! Which terms are worth a weight.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::super::{Term, titled_terms};
use super::{Example, Settings};

/// A term that was kept.
pub struct ChosenTerm {
    pub name: Box<str>,
    /// How many texts it occurs in.
    pub texts: u32,
}

/// The terms with the highest chi² against any genre, in alphabetical order.
pub fn choose(examples: &[Example], genres: usize, settings: Settings) -> Vec<ChosenTerm> {
    let frequent = frequent_terms(examples, settings.min_texts);
    let index: HashMap<&str, usize> =
        frequent.iter().enumerate().map(|(i, term)| (&*term.name, i)).collect();
    // Texts with the term, and those of them with the genre, where it is known.
    let mut with_term = vec![0u32; frequent.len() * genres];
    let mut with_both = vec![0u32; frequent.len() * genres];
    let mut known = vec![0u32; genres];
    let mut positive = vec![0u32; genres];
    for example in examples {
        let distinct: HashSet<usize> =
            terms_of(example).filter_map(|(name, _)| index.get(name.as_str()).copied()).collect();
        for genre in (0..genres).filter(|&genre| example.known.contains(genre)) {
            let has = u32::from(example.labels.contains(genre));
            known[genre] += 1;
            positive[genre] += has;
            for &term in &distinct {
                with_term[term * genres + genre] += 1;
                with_both[term * genres + genre] += has;
            }
        }
    }
    let score = |term: usize| {
        let of_genre = |genre: usize| {
            let cell = term * genres + genre;
            chi_squared(known[genre], positive[genre], with_term[cell], with_both[cell])
        };
        (0..genres).map(of_genre).fold(0.0, f64::max)
    };
    let mut ranked: Vec<(f64, ChosenTerm)> =
        frequent.into_iter().enumerate().map(|(i, term)| (score(i), term)).collect();
    ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.name.cmp(&y.name)));
    ranked.truncate(settings.features);
    let mut chosen: Vec<ChosenTerm> = ranked.into_iter().map(|(_, term)| term).collect();
    chosen.sort_by(|a, b| a.name.cmp(&b.name));
    chosen
}

/// Terms that say where a text was copied from, not what happens in it:
/// Wikipedia's "as described in a film magazine review" stands on hundreds of
/// silent films.
const BOILERPLATE: [&str; 6] =
    ["as described", "described in", "film magazine", "magazine", "magazine review", "dvd"];

/// Terms of at least `min_texts` texts. Counted by hash first: most pairs of
/// words occur once, and their names would fill the memory.
fn frequent_terms(examples: &[Example], min_texts: u32) -> Vec<ChosenTerm> {
    let mut counts: HashMap<u64, u32> = HashMap::new();
    for example in examples {
        let distinct: HashSet<u64> = terms_of(example).map(|(name, _)| hash(&name)).collect();
        distinct.into_iter().for_each(|hash| *counts.entry(hash).or_default() += 1);
    }
    counts.retain(|_, texts| *texts >= min_texts);
    for term in BOILERPLATE {
        counts.remove(&hash(term));
    }
    let mut frequent = Vec::with_capacity(counts.len());
    for example in examples {
        for (name, _) in terms_of(example) {
            if let Some(texts) = counts.remove(&hash(&name)) {
                frequent.push(ChosenTerm { name: name.into(), texts });
            }
        }
    }
    frequent
}

fn terms_of(example: &Example) -> impl Iterator<Item = (String, Term)> {
    titled_terms(example.title.as_ref(), &example.text)
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Pearson's chi² of a two-by-two table of texts: with the genre or not, with
/// the term or not.
fn chi_squared(texts: u32, with_genre: u32, with_term: u32, with_both: u32) -> f64 {
    let [n, genre, term, both] = [texts, with_genre, with_term, with_both].map(f64::from);
    let denominator = genre * (n - genre) * term * (n - term);
    if denominator > 0.0 { n * (n * both - genre * term).powi(2) / denominator } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_squared_is_the_published_value() {
        // Agresti, Categorical Data Analysis, table 2.1 (aspirin and heart
        // attacks): X² = 25.01.
        assert!((chi_squared(22_071, 293, 11_034, 189) - 25.01).abs() < 0.01);
        assert_eq!(chi_squared(10, 0, 5, 0), 0.0);
        assert_eq!(chi_squared(100, 50, 20, 10), 0.0);
    }

    #[test]
    fn terms_are_chosen_that_tell_a_genre_where_it_is_known() {
        use crate::genre::Labels;
        use crate::text::{Text, TextBudget};
        let all: Labels = [0, 1].into_iter().collect();
        let first: Labels = [0].into_iter().collect();
        let second: Labels = [1].into_iter().collect();
        let examples: Vec<Example> = [
            (10, "ghost often", second, all),
            (10, "sheriff often", first, all),
            // Of these it is not known whether they have the second genre.
            (5, "night ghost", first, first),
        ]
        .into_iter()
        .flat_map(|(count, text, labels, known)| {
            let text = Text::read(text, TextBudget::default()).unwrap();
            std::iter::repeat_n(Example { title: None, text, labels, known }, count)
        })
        .collect();
        let chosen = |features| {
            let settings = Settings { features, min_texts: 5, c: 1.0 };
            let terms = choose(&examples, 2, settings).into_iter();
            terms.map(|term| (term.name.to_string(), term.texts)).collect::<Vec<_>>()
        };
        // Of 20 texts of known truth each of these four has, or has not, the second
        // genre whenever the term is there: chi² = 20. The others have 4.17 at most.
        let four = [("ghost", 15), ("ghost often", 10), ("sheriff", 10), ("sheriff often", 10)];
        let four = four.map(|(name, texts)| (name.to_string(), texts));
        assert_eq!(chosen(4), four);
        assert_eq!(chosen(3), four[..3]);
        assert!(chosen(5).contains(&("night".to_string(), 5)));
        assert_eq!(chosen(100).len(), 7);
    }
}
