//! An answer as it is shown: genres by name, most probable first.

use serde::Serialize;

use super::{Classification, Classifier, Predictor};
use crate::text::Utf16Offset;

/// The part of an answer that JSON and JavaScript share.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Whose probabilities the genres show.
    pub model: Predictor,
    /// Every genre, most probable first.
    pub genres: Vec<GenreAnswer>,
    /// At least one genre reached its threshold.
    pub clear: bool,
    /// How much of the text was read.
    pub read: Read,
}

/// One genre of an answer.
#[derive(Clone, Debug, Serialize)]
pub struct GenreAnswer {
    /// Its name.
    pub genre: String,
    /// Its place in every vector of contributions.
    pub index: usize,
    /// How sure the model is, `0.0..=1.0`.
    pub probability: f32,
    /// Chosen at or above this.
    pub threshold: f32,
    /// Chosen, by the threshold or as the best of none.
    pub chosen: bool,
    /// The keyword model's opinion.
    pub keywords: ModelAnswer,
    /// DistilBERT's, where it was asked.
    pub distilbert: Option<ModelAnswer>,
    /// Both models' together, where the folder mixes them.
    pub blend: Option<ModelAnswer>,
}

/// One model's opinion of one genre.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ModelAnswer {
    /// How sure it is, `0.0..=1.0`.
    pub probability: f32,
    /// Chosen at or above this.
    pub threshold: f32,
    /// Chosen by it, by the threshold or as the best of none.
    pub chosen: bool,
}

/// How much of a text was read.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Read {
    /// Word pieces that DistilBERT read.
    pub tokens: usize,
    /// Windows that it read them in.
    pub windows: usize,
    /// Words before the end of reading.
    pub words_read: usize,
    /// The UTF-16 offset from which something was not read.
    pub truncated_at: Option<u32>,
    /// A title was given, and a model did not read it to its end.
    pub title_is_cut: bool,
}

impl Answer {
    /// Puts a classification into words and order.
    pub fn new(classifier: &Classifier, classification: &Classification) -> Self {
        let wished = classifier.manifest().answer;
        let mut best = [wished, Predictor::DistilBert].into_iter();
        let best = best.find_map(|predictor| Some((predictor, classification.opinion(predictor)?)));
        let (model, opinion) = best.unwrap_or((Predictor::Keywords, &classification.keywords));
        let view = |predictor: Predictor, index: usize| {
            let opinion = classification.opinion(predictor)?;
            let rule = classifier.rule(predictor);
            Some(ModelAnswer {
                probability: opinion.probabilities[index].0,
                threshold: rule.map_or(0.5, |rule| rule.thresholds()[index].0),
                chosen: opinion.choice.labels.contains(index),
            })
        };
        let genre = |(index, genre): (usize, &String)| {
            let shown = view(model, index)?;
            Some(GenreAnswer {
                genre: genre.clone(),
                index,
                probability: shown.probability,
                threshold: shown.threshold,
                chosen: shown.chosen,
                keywords: view(Predictor::Keywords, index)?,
                distilbert: view(Predictor::DistilBert, index),
                blend: view(Predictor::Blend, index),
            })
        };
        let names = classifier.genres().names().iter().enumerate();
        let mut genres: Vec<GenreAnswer> = names.filter_map(genre).collect();
        genres.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let text = &classification.text;
        let unread_from = classification.truncated_at;
        let before_end =
            |word: &&crate::text::Word| unread_from.is_none_or(|end| word.bytes.start < end);
        let read = Read {
            tokens: classification.tokens,
            windows: classification.windows,
            words_read: text.words().iter().filter(before_end).count(),
            truncated_at: unread_from.map(|byte| {
                let Utf16Offset(offset) = text.utf16_offset(byte);
                offset
            }),
            title_is_cut: classification.title_is_cut,
        };
        Self { model, genres, clear: opinion.choice.clear, read }
    }
}
