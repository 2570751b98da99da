//! What a text's words do, by trial: its variants scored one after the other.

use super::{Ask, Classification, Classifier, Job, Plot, Predictor};
use crate::encoder::Workspace;
use crate::error::Result;
use crate::explain::Parts;
use crate::explain::occlusion::{self, Gone, Plan};
use crate::text::Text;

const PREDICTORS: [Predictor; 3] = [Predictor::Keywords, Predictor::DistilBert, Predictor::Blend];

/// A text whose words are taken away in turn.
pub struct Trial {
    title: Option<Text>,
    text: Text,
    genres: usize,
    plan: Plan,
    job: Option<Job>,
    /// What the job's text lacks.
    gone: Gone,
    whole: Option<Classification>,
    /// For each predictor the variants done, and by how much logits fell in them.
    outcomes: [Vec<(Gone, Vec<f32>)>; 3],
    done: usize,
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
        let job = Some(self.start_read(title.clone(), text.clone(), Ask::All)?);
        Ok(Trial {
            plan: Plan::new(text.words().len(), &Parts::of(&text)),
            genres: self.genres.len(),
            gone: vec![false; text.words().len()],
            title,
            text,
            job,
            whole: None,
            outcomes: Default::default(),
            done: 0,
        })
    }

    /// Runs the next window of the next variant; true when none is left.
    ///
    /// # Errors
    /// As [`Self::step`] and [`Self::finish`].
    pub fn step_trial(&self, trial: &mut Trial, workspace: &mut Workspace) -> Result<bool> {
        let Some(mut job) = trial.job.take() else { return Ok(true) };
        if !self.step(&mut job, workspace)? {
            trial.job = Some(job);
            return Ok(false);
        }
        trial.take(self.finish(job)?);
        let Some(gone) = trial.next() else { return Ok(true) };
        let variant = trial.text.without(|word| gone[word]);
        trial.gone = gone;
        trial.job = Some(self.start_read(trial.title.clone(), variant, Ask::All)?);
        Ok(false)
    }
}

impl Trial {
    /// How many variants there are.
    pub fn variants(&self) -> usize {
        self.plan.variants()
    }

    /// How many of them are scored.
    pub fn done(&self) -> usize {
        self.done
    }

    /// `[words, genres]`: how much each word speaks for each genre by a
    /// predictor, as far as it is known; see [`occlusion::effects`].
    pub fn effects(&self, predictor: Predictor) -> Option<Vec<f32>> {
        self.whole.as_ref()?.opinion(predictor)?;
        let index = PREDICTORS.iter().position(|&own| own == predictor)?;
        let words = self.text.words().len();
        Some(occlusion::effects(words, self.genres, &self.outcomes[index]))
    }

    fn take(&mut self, answer: Classification) {
        let Some(whole) = &self.whole else {
            self.whole = Some(answer);
            return;
        };
        for (predictor, outcomes) in PREDICTORS.iter().zip(&mut self.outcomes) {
            let (Some(before), Some(after)) =
                (whole.opinion(*predictor), answer.opinion(*predictor))
            else {
                continue;
            };
            let pairs = before.logits.iter().zip(&after.logits);
            let fall = pairs.map(|(before, after)| before.0 - after.0).collect();
            outcomes.push((self.gone.clone(), fall));
        }
        self.done += 1;
    }

    /// The next variant. DistilBERT's outcomes decide, because the keyword model's
    /// words are known without a trial; every second variant is about its most
    /// probable genre, the others about those that it also chooses, in turn.
    fn next(&mut self) -> Option<Gone> {
        let decisive = [Predictor::DistilBert, Predictor::Keywords];
        let whole = self.whole.as_ref()?;
        let predictor = decisive.into_iter().find(|&own| whole.opinion(own).is_some())?;
        let opinion = whole.opinion(predictor)?;
        let probability = |genre: usize| opinion.probabilities[genre].0;
        let mut chosen: Vec<usize> =
            (0..self.genres).filter(|&genre| opinion.choice.labels.contains(genre)).collect();
        chosen.sort_by(|&a, &b| probability(b).total_cmp(&probability(a)));
        let (&first, others) = chosen.split_first()?;
        let turn = self.done / 2;
        let other = others.get(turn % others.len().max(1)).copied();
        let genre = other.filter(|_| self.done % 2 == 1).unwrap_or(first);
        let index = PREDICTORS.iter().position(|&own| own == predictor)?;
        self.plan.next(&self.outcomes[index], genre)
    }
}
