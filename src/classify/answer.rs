//! An answer as it is shown: genres by name, most probable first.

use serde::Serialize;

use super::{Classification, Classifier, Opinion, Predictor};
use crate::artefact::ModelKind;
use crate::text::Utf16Offset;

/// The part of an answer that JSON and JavaScript share.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Whose probabilities the genres show.
    pub model: ModelKind,
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
    pub keywords: KeywordAnswer,
}

/// The keyword model's opinion of one genre.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct KeywordAnswer {
    /// How sure it is, `0.0..=1.0`.
    pub probability: f32,
    /// Chosen at or above this.
    pub threshold: f32,
    /// Chosen by it.
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
}

impl Answer {
    /// Puts a classification into words and order.
    pub fn new(classifier: &Classifier, classification: &Classification) -> Self {
        let keywords = &classification.keywords;
        let (model, predictor, opinion) = match &classification.distilbert {
            Some(opinion) => (ModelKind::DistilBert, Predictor::DistilBert, opinion),
            None => (ModelKind::Keywords, Predictor::Keywords, keywords),
        };
        let thresholds = |predictor| {
            let rule = classifier.rule(predictor);
            move |genre: usize| rule.as_ref().map_or(0.5, |rule| rule.thresholds()[genre].0)
        };
        let (own, of_keywords) = (thresholds(predictor), thresholds(Predictor::Keywords));
        let view = |opinion: &Opinion, index: usize| {
            (opinion.probabilities[index].0, opinion.choice.labels.contains(index))
        };
        let names = classifier.genres().names().iter().enumerate();
        let mut genres: Vec<GenreAnswer> = names
            .map(|(index, genre)| {
                let (probability, chosen) = view(opinion, index);
                let keyword_view = view(keywords, index);
                GenreAnswer {
                    genre: genre.clone(),
                    index,
                    probability,
                    threshold: own(index),
                    chosen,
                    keywords: KeywordAnswer {
                        probability: keyword_view.0,
                        threshold: of_keywords(index),
                        chosen: keyword_view.1,
                    },
                }
            })
            .collect();
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
        };
        Self { model, genres, clear: opinion.choice.clear, read }
    }
}
