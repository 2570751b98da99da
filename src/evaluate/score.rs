//! Every selected row through the same `classify` as a pasted text.

use super::{Selection, SkippedRow};
use crate::classify::{Ask, Classifier, Plot, Predictor};
use crate::encoder::Workspace;
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::Sample;

/// What a predictor says of many rows: one sample for each predictor, in the
/// order asked, and the rows whose text cannot be read.
#[derive(Clone, Debug)]
pub struct Scores {
    /// As many as predictors were asked.
    pub samples: Vec<Sample>,
    /// Which of the file's rows each row of the samples is, as [`Selection::index`].
    pub rows: Vec<usize>,
    /// The largest distance between a logit and the sum of its explanation.
    pub explanation_error: f32,
    /// Rows without an answer.
    pub skipped: Vec<SkippedRow>,
}

impl Scores {
    /// Puts the rows of another part of the same file behind these.
    pub fn append(&mut self, other: Self) {
        self.skipped.extend(other.skipped);
        self.rows.extend(other.rows);
        self.explanation_error = self.explanation_error.max(other.explanation_error);
        self.samples.iter_mut().zip(other.samples).for_each(|(own, other)| own.append(other));
    }
}

fn missing() -> Error {
    Error::new(ErrorKind::ModelMissing, "This model folder does not have that predictor.")
}

/// Scores rows in order; `progress` is called after each.
///
/// # Errors
/// Those of the models; a text that cannot be read is only skipped.
pub fn score(
    classifier: &Classifier,
    rows: &[Selection<'_>],
    predictors: &[Predictor],
    progress: impl Fn(),
) -> Result<Scores> {
    let only_keywords = predictors.iter().all(|&predictor| predictor == Predictor::Keywords);
    let ask = if only_keywords { Ask::Keywords } else { Ask::All };
    let mut workspace = Workspace::default();
    let mut scores = Scores {
        samples: vec![Sample::new(classifier.genres().len()); predictors.len()],
        rows: Vec::with_capacity(rows.len()),
        explanation_error: 0.0,
        skipped: Vec::new(),
    };
    let plot = |selection: &Selection<'_>| Plot {
        title: selection.title.map(String::from),
        text: selection.row.text.clone(),
    };
    for rows in rows.chunks(classifier.batch()) {
        let answers = classifier.classify_all(rows.iter().map(plot), ask, &mut workspace)?;
        for (Selection { index, row, known, .. }, answer) in rows.iter().zip(answers) {
            match answer {
                Ok(answer) => {
                    scores.rows.push(*index);
                    let opinions = [&answer.distilbert, &answer.blend].into_iter().flatten();
                    let opinions = opinions.chain([&answer.keywords]);
                    scores.explanation_error = opinions
                        .filter_map(|opinion| Some(opinion.explanation.as_ref()?.error()))
                        .fold(scores.explanation_error, f32::max);
                    for (sample, &predictor) in scores.samples.iter_mut().zip(predictors) {
                        let opinion = answer.opinion(predictor).ok_or_else(missing)?;
                        sample.push(&opinion.probabilities, row.labels, *known);
                    }
                }
                Err(error) if error.kind().is_about_text() => {
                    scores.skipped.push(SkippedRow { line: row.line, why: error.to_string() });
                }
                Err(error) => return Err(error),
            }
            progress();
        }
    }
    Ok(scores)
}
