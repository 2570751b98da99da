//! The terms of a model, found by name.

/// Terms in ascending order, each with its place as its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// Every term, ended by a line feed.
    lines: Box<str>,
    /// Where each term ends.
    ends: Vec<u32>,
}

impl Vocabulary {
    /// Terms that are each ended by a line feed; none where they are not in
    /// ascending order.
    pub fn new(lines: Box<str>) -> Option<Self> {
        if u32::try_from(lines.len()).is_err() || !(lines.is_empty() || lines.ends_with('\n')) {
            return None;
        }
        let ends = lines.bytes().zip(0..).filter(|(byte, _)| *byte == b'\n').map(|(_, at)| at);
        let vocabulary = Self { ends: ends.collect(), lines };
        let ascends = vocabulary.iter().zip(vocabulary.iter().skip(1)).all(|(a, b)| a < b);
        ascends.then_some(vocabulary)
    }

    /// How many terms there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of a term.
    pub fn find(&self, term: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.term(middle).cmp(term) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// Every term, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.term(number))
    }

    /// Every term, each ended by a line feed.
    pub fn lines(&self) -> &str {
        &self.lines
    }

    fn term(&self, number: usize) -> &str {
        let start = if number == 0 { 0 } else { self.ends[number - 1] as usize + 1 };
        &self.lines[start..self.ends[number] as usize]
    }
}

impl<S: AsRef<str>> FromIterator<S> for Vocabulary {
    /// Terms without line feeds, in any order; what comes twice is taken once.
    fn from_iter<I: IntoIterator<Item = S>>(terms: I) -> Self {
        let mut terms: Vec<S> = terms.into_iter().collect();
        terms.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
        terms.dedup_by(|a, b| a.as_ref() == b.as_ref());
        let (mut lines, mut ends) = (String::new(), Vec::with_capacity(terms.len()));
        for term in terms {
            lines.push_str(term.as_ref());
            ends.push(lines.len() as u32);
            lines.push('\n');
        }
        Self { lines: lines.into(), ends }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn terms_are_found_by_their_place_in_order() {
        let words = ["zoo", "a door", "a", "été", "door", "a", "", "日本"];
        let vocabulary: Vocabulary = words.iter().collect();
        let sorted: Vec<&str> = vocabulary.iter().collect();
        assert_eq!(sorted, ["", "a", "a door", "door", "zoo", "été", "日本"]);
        for (number, term) in sorted.iter().enumerate() {
            assert_eq!(vocabulary.find(term), Some(number));
        }
        for unknown in ["b", "zz", "aa", "doo", "doors", "日"] {
            assert_eq!(vocabulary.find(unknown), None);
        }
        assert_eq!(Vocabulary::new(vocabulary.lines().into()), Some(vocabulary));
    }

    #[test]
    fn lines_out_of_order_or_without_an_end_are_refused() {
        for bad in ["b\na\n", "a\na\n", "a", "a\nb"] {
            assert_eq!(Vocabulary::new(bad.into()), None);
        }
        assert_eq!(Vocabulary::new("".into()).unwrap().find("a"), None);
    }
}
