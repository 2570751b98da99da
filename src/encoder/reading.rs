//! A text on its way through the model, and what its windows came to.

use std::ops::Range;

use super::tokenize::Pieces;
use super::weights::DenseLinear;
use crate::error::{Error, ErrorKind, Result};

/// The logits of one window, and what makes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    pub(super) logits: Vec<f32>,
    /// `[tokens, labels]`, special pieces included, and the bias; only the
    /// mean-pooling head has them.
    pub(super) contributions: Option<(Vec<f32>, Vec<f32>)>,
}

impl Window {
    /// From what each token adds: `[tokens, labels]`.
    pub(super) fn of_contributions(contributions: Vec<f32>, bias: &[f32]) -> Self {
        let mut logits = bias.to_vec();
        for token in contributions.chunks_exact(bias.len()) {
            add_scaled(&mut logits, token, 1.0);
        }
        Self { logits, contributions: Some((contributions, bias.to_vec())) }
    }

    /// From the first token's state, by the stock head.
    pub(super) fn of_first_token(first: &DenseLinear, then: &DenseLinear, state: &[f32]) -> Self {
        let mut pooled = first.apply(state);
        pooled.iter_mut().for_each(|value| *value = value.max(0.0));
        Self { logits: then.apply(&pooled), contributions: None }
    }

    /// All of it as plain numbers: `[labels]` logits, or the bias and what each token
    /// adds, `[1 + tokens, labels]`.
    pub fn pack(&self) -> Vec<f32> {
        match &self.contributions {
            Some((contributions, bias)) => [&bias[..], contributions].concat(),
            None => self.logits.clone(),
        }
    }

    /// What [`Self::pack`] gave of a window of so many tokens.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] where it is of another length.
    pub fn unpack(values: Vec<f32>, tokens: usize, labels: usize) -> Result<Self> {
        if values.len() == labels {
            return Ok(Self { logits: values, contributions: None });
        }
        if labels > 0 && values.len() == (1 + tokens) * labels {
            let (bias, contributions) = values.split_at(labels);
            return Ok(Self::of_contributions(contributions.to_vec(), bias));
        }
        Err(misfit())
    }
}

fn misfit() -> Error {
    let message = "A window of the text was answered with another number of values than it has.";
    Error::new(ErrorKind::ModelUnsupported, message)
}

/// A text on its way through the model, a window at a time.
///
/// The logits of several windows are averaged, and so are the contributions:
/// what a piece adds to a logit stays exact.
pub struct Reading {
    title: Vec<u32>,
    title_is_cut: bool,
    pieces: Pieces,
    windows: Vec<Range<usize>>,
    done: usize,
    logits: Vec<f32>,
    contributions: Option<Contributions>,
    unread_from: Option<usize>,
}

/// What adds up to the logits.
#[derive(Clone, Debug)]
pub struct Contributions {
    /// `[labels]`: where every text starts.
    pub bias: Vec<f32>,
    /// `[pieces, labels]`.
    pub pieces: Vec<f32>,
    /// `[labels]`: what the title adds.
    pub title: Vec<f32>,
    /// `[labels]`: what `[CLS]` and `[SEP]` add.
    pub special: Vec<f32>,
}

impl Contributions {
    fn zeros(pieces: usize, labels: usize) -> Self {
        Self {
            bias: vec![0.0; labels],
            pieces: vec![0.0; pieces * labels],
            title: vec![0.0; labels],
            special: vec![0.0; labels],
        }
    }
}

impl Reading {
    /// Nothing is read yet.
    pub(super) fn new(
        title: Vec<u32>,
        title_is_cut: bool,
        pieces: Pieces,
        windows: Vec<Range<usize>>,
        unread_from: Option<usize>,
        labels: usize,
    ) -> Self {
        Self {
            title,
            title_is_cut,
            contributions: Some(Contributions::zeros(pieces.ids.len(), labels)),
            logits: vec![0.0; labels],
            done: 0,
            pieces,
            windows,
            unread_from,
        }
    }

    /// A text of one window that is read already.
    #[cfg(test)]
    pub(crate) fn of_window(title: Vec<u32>, pieces: Pieces, window: Window) -> Self {
        let windows = std::iter::once(0..pieces.ids.len()).collect();
        let mut reading = Self::new(title, false, pieces, windows, None, window.logits.len());
        reading.add(window).expect("the window is of this text");
        reading
    }

    /// The title's pieces and the text's of the next window; none at the end.
    pub(super) fn next_window(&self) -> Option<impl Iterator<Item = u32>> {
        let range = self.windows.get(self.done)?.clone();
        Some(self.title.iter().chain(&self.pieces.ids[range]).copied())
    }

    /// Whether every window has run.
    pub fn is_done(&self) -> bool {
        self.done == self.windows.len()
    }

    /// How many windows the text has.
    pub fn windows(&self) -> usize {
        self.windows.len()
    }

    /// Whether the title is longer than what is read of it.
    pub fn title_is_cut(&self) -> bool {
        self.title_is_cut
    }

    /// The pieces of the text that are read.
    pub fn pieces(&self) -> &Pieces {
        &self.pieces
    }

    /// The byte offset from which the text is not read, if it is too long.
    pub fn unread_from(&self) -> Option<usize> {
        self.unread_from
    }

    /// The logits, once every window has run.
    pub fn logits(&self) -> &[f32] {
        &self.logits
    }

    /// What adds up to them; none where the head does not tell.
    pub fn contributions(&self) -> Option<&Contributions> {
        self.contributions.as_ref()
    }

    /// Takes the answer of the next window.
    ///
    /// # Errors
    /// [`ErrorKind::JobState`] where there is none,
    /// [`ErrorKind::ModelUnsupported`] where it has another number of tokens.
    pub(super) fn add(&mut self, window: Window) -> Result<()> {
        let Some(range) = self.windows.get(self.done).cloned() else {
            let message = "This text is read to its end; take its answer.";
            return Err(Error::new(ErrorKind::JobState, message));
        };
        let tokens = self.title.len() + range.len() + 2;
        let fits = |(values, _): &(Vec<f32>, _)| values.len() == tokens * self.logits.len();
        if !window.contributions.as_ref().is_none_or(fits) {
            return Err(misfit());
        }
        let share = 1.0 / self.windows.len() as f32;
        let labels = self.logits.len();
        add_scaled(&mut self.logits, &window.logits, share);
        self.done += 1;
        let (Some(sums), Some((tokens, bias))) = (&mut self.contributions, window.contributions)
        else {
            self.contributions = None;
            return Ok(());
        };
        let (cls, rest) = tokens.split_at(labels);
        let (pieces, sep) = rest.split_at(rest.len() - labels);
        add_scaled(&mut sums.bias, &bias, share);
        add_scaled(&mut sums.special, cls, share);
        add_scaled(&mut sums.special, sep, share);
        let (title, pieces) = pieces.split_at(self.title.len() * labels);
        for piece in title.chunks_exact(labels) {
            add_scaled(&mut sums.title, piece, share);
        }
        add_scaled(&mut sums.pieces[range.start * labels..range.end * labels], pieces, share);
        Ok(())
    }
}

fn add_scaled(sums: &mut [f32], values: &[f32], scale: f32) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value * scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_comes_back_from_its_numbers() {
        let shares = vec![0.5, -1.0, 0.25, 2.0, 1.0, 0.0];
        let told = Window::of_contributions(shares, &[0.1, 0.2]);
        assert_eq!(told.logits, [1.85, 1.2]);
        let silent = Window { logits: vec![3.0, -2.0], contributions: None };
        for window in [told, silent] {
            assert_eq!(Window::unpack(window.pack(), 3, 2).unwrap(), window);
        }
    }

    #[test]
    fn another_number_of_values_is_refused() {
        for values in [0, 1, 3, 7, 9] {
            let error = Window::unpack(vec![0.0; values], 3, 2).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelUnsupported);
        }
    }

    #[test]
    fn a_reading_takes_only_what_is_its_next_window() {
        let pieces = Pieces { ids: vec![7, 8], bytes: vec![0..1, 1..2] };
        let windows = vec![0..1, 1..2];
        let mut reading = Reading::new(vec![5], false, pieces, windows, None, 1);
        let window = |tokens| Window::of_contributions(vec![1.0; tokens], &[0.5]);
        for own in [[5, 7], [5, 8]] {
            assert_eq!(reading.next_window().unwrap().collect::<Vec<_>>(), own);
            let error = reading.add(window(5)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelUnsupported);
            reading.add(window(4)).unwrap();
        }
        assert_eq!((reading.logits(), reading.is_done()), (&[4.5][..], true));
        assert!(reading.next_window().is_none());
        assert_eq!(reading.add(window(4)).unwrap_err().kind(), ErrorKind::JobState);
    }
}
