//! What a text's words do, by trial: its variants scored one after the other.

use std::collections::VecDeque;

use super::{Ask, Classification, Classifier, Job, Plot, Predictor};
use crate::encoder::{Window, Workspace};
use crate::error::Result;
use crate::explain::Parts;
use crate::explain::occlusion::{Gone, Plan};
use crate::explain::regression::{Hints, Regression};
use crate::text::Text;

const PREDICTORS: [Predictor; 3] = [Predictor::Keywords, Predictor::DistilBert, Predictor::Blend];

/// A text whose words are taken away in turn.
pub struct Trial {
    title: Option<Text>,
    text: Text,
    genres: usize,
    plan: Plan,
    /// Variants that are being read, each with what its text lacks, in their order.
    reading: VecDeque<(Gone, Job)>,
    whole: Option<(Classification, Hints)>,
    /// The variants done.
    tried: Regression,
    /// For each predictor that answers, by how much `[genres]` logits fell in each of
    /// them.
    falls: [Vec<Vec<f32>>; 3],
}

impl Classifier {
    /// Plans the trial of a text by both models.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_trial(&self, plot: impl Into<Plot>) -> Result<Trial> {
        let Plot { title, text } = plot.into();
        let title = title.as_deref().and_then(Text::title);
        let text = Text::read(text, self.budget)?;
        let job = self.start_read(title.clone(), text.clone(), Ask::All)?;
        Ok(Trial {
            plan: Plan::new(text.words().len(), &Parts::of(&text)),
            genres: self.genres.len(),
            tried: Regression::new(text.words().len()),
            reading: VecDeque::from([(vec![false; text.words().len()], job)]),
            title,
            text,
            whole: None,
            falls: Default::default(),
        })
    }

    /// Runs the next window of the next variant; true when none is left.
    ///
    /// # Errors
    /// As [`Self::step`] and [`Self::finish`].
    pub fn step_trial(&self, trial: &mut Trial, workspace: &mut Workspace) -> Result<bool> {
        if let Some((_, job)) = trial.reading.front_mut() {
            self.step(job, workspace)?;
        }
        self.take_finished(trial)
    }

    /// The next windows of at most so many variants, for those who run DistilBERT
    /// elsewhere. Variants that are read side by side are planned without each
    /// other's outcomes.
    ///
    /// # Errors
    /// As [`Self::step_trial`].
    pub fn next_trial_windows(&self, trial: &mut Trial, variants: usize) -> Result<Vec<Vec<u32>>> {
        while trial.reading.len() < variants && self.begin_variant(trial)? {}
        let jobs = trial.reading.iter().map(|(_, job)| job);
        Ok(jobs.map_while(|job| self.next_window(job)).collect())
    }

    /// Takes what [`Self::next_trial_windows`] came to, in its order; true when none
    /// is left.
    ///
    /// # Errors
    /// As [`Self::take_window`] and [`Self::finish`].
    pub fn take_trial_windows(
        &self,
        trial: &mut Trial,
        windows: impl IntoIterator<Item = Window>,
    ) -> Result<bool> {
        for ((_, job), window) in trial.reading.iter_mut().zip(windows) {
            self.take_window(job, window)?;
        }
        self.take_finished(trial)
    }

    /// Takes the answers of the variants that are read to their end.
    fn take_finished(&self, trial: &mut Trial) -> Result<bool> {
        let all = std::mem::take(&mut trial.reading);
        let (done, reading) = all.into_iter().partition(|(_, job)| self.next_window(job).is_none());
        trial.reading = reading;
        for (gone, job) in Vec::from(done) {
            trial.take(gone, self.finish(job)?);
        }
        Ok(trial.reading.is_empty() && !self.begin_variant(trial)?)
    }

    /// Starts to read the next variant; false where there is none yet, or none more.
    fn begin_variant(&self, trial: &mut Trial) -> Result<bool> {
        let Some(gone) = trial.next() else { return Ok(false) };
        let variant = trial.text.without(|word| gone[word]);
        let job = self.start_read(trial.title.clone(), variant, Ask::All)?;
        trial.reading.push_back((gone, job));
        Ok(true)
    }
}

impl Trial {
    /// How many variants there are.
    pub fn variants(&self) -> usize {
        self.plan.variants()
    }

    /// How many of them are scored.
    pub fn done(&self) -> usize {
        self.tried.variants().len()
    }

    /// `[words, genres]`: how much each word speaks for each genre by a
    /// predictor, as far as it is known; see [`Regression::effects`].
    pub fn effects(&self, predictor: Predictor) -> Option<Vec<f32>> {
        let (whole, hints) = self.whole.as_ref()?;
        whole.opinion(predictor)?;
        let index = PREDICTORS.iter().position(|&own| own == predictor)?;
        Some(self.tried.effects(hints, &self.falls[index]))
    }

    fn take(&mut self, gone: Gone, answer: Classification) {
        let Some((whole, _)) = &self.whole else {
            let hints = hints(&answer, self.genres);
            self.whole = Some((answer, hints));
            return;
        };
        for (predictor, falls) in PREDICTORS.iter().zip(&mut self.falls) {
            let (Some(before), Some(after)) =
                (whole.opinion(*predictor), answer.opinion(*predictor))
            else {
                continue;
            };
            let pairs = before.logits.iter().zip(&after.logits);
            falls.push(pairs.map(|(before, after)| before.0 - after.0).collect());
        }
        self.tried.push(gone);
    }

    /// The next variant. DistilBERT's outcomes decide, because the keyword model's
    /// words are known without a trial; every second variant is about its most
    /// probable genre, the others about those that it also chooses, in turn.
    fn next(&mut self) -> Option<Gone> {
        let decisive = [Predictor::DistilBert, Predictor::Keywords];
        let (whole, hints) = self.whole.as_ref()?;
        let predictor = decisive.into_iter().find(|&own| whole.opinion(own).is_some())?;
        let opinion = whole.opinion(predictor)?;
        let probability = |genre: usize| opinion.probabilities[genre].0;
        let mut chosen: Vec<usize> =
            (0..self.genres).filter(|&genre| opinion.choice.labels.contains(genre)).collect();
        chosen.sort_by(|&a, &b| probability(b).total_cmp(&probability(a)));
        let (&first, others) = chosen.split_first()?;
        let planned = self.done() + self.reading.len();
        let turn = planned / 2;
        let other = others.get(turn % others.len().max(1)).copied();
        let genre = other.filter(|_| planned % 2 == 1).unwrap_or(first);
        let index = PREDICTORS.iter().position(|&own| own == predictor)?;
        self.plan.next(&self.tried, &self.falls[index], hints, genre)
    }
}

/// What both models say of the words without a trial.
fn hints(whole: &Classification, genres: usize) -> Hints {
    let models = [Predictor::Keywords, Predictor::DistilBert];
    let opinions = models.into_iter().filter_map(|model| whole.opinion(model));
    let explanations = opinions.filter_map(|opinion| opinion.explanation.as_ref());
    Hints::new(genres, explanations.map(|explanation| explanation.words.as_slice()))
}
