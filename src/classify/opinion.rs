//! What one model, or both together, say of one text.

use crate::artefact::{BlendEntry, decision_rule};
use crate::error::{Error, ErrorKind, Result};
use crate::explain::Explanation;
use crate::genre::{Calibration, Choice, DecisionRule, Logit, Probability};

/// One model's answer.
#[derive(Clone, Debug)]
pub struct Opinion {
    /// `[genres]`, calibrated.
    pub logits: Vec<Logit>,
    /// `[genres]`.
    pub probabilities: Vec<Probability>,
    /// Which genres it chooses.
    pub choice: Choice,
    /// What each word adds; none where the model does not tell.
    pub explanation: Option<Explanation>,
}

impl Opinion {
    /// Of an explanation whose logits are calibrated.
    pub(super) fn explained(explanation: Explanation, rule: &DecisionRule) -> Result<Self> {
        let logits = explanation.logits.iter().copied().map(Logit).collect();
        Self::of(logits, rule, Some(explanation))
    }

    /// Of a model's own logits.
    pub(super) fn new(
        logits: &[f32],
        calibration: &Calibration,
        rule: &DecisionRule,
    ) -> Result<Self> {
        let calibrated = logits.iter().enumerate();
        let calibrated = calibrated.map(|(genre, &logit)| calibration.apply(genre, Logit(logit)));
        Self::of(calibrated.collect(), rule, None)
    }

    /// Of two opinions mixed.
    pub(super) fn blend(distilbert: &Self, keywords: &Self, entry: &BlendEntry) -> Result<Self> {
        let weight = entry.distilbert_weight;
        let rule = decision_rule(&entry.thresholds);
        if let (Some(a), Some(b)) = (&distilbert.explanation, &keywords.explanation) {
            return Self::explained(a.mixed(b, weight).calibrated(&entry.calibration), &rule);
        }
        let pairs = distilbert.logits.iter().zip(&keywords.logits);
        let mixed: Vec<f32> = pairs.map(|(a, b)| a.mixed(*b, weight).0).collect();
        Self::new(&mixed, &entry.calibration, &rule)
    }

    fn of(
        logits: Vec<Logit>,
        rule: &DecisionRule,
        explanation: Option<Explanation>,
    ) -> Result<Self> {
        if !logits.iter().all(|logit| logit.0.is_finite()) {
            let message = "The model gives numbers that are none; load another one.";
            return Err(Error::new(ErrorKind::ModelUnsupported, message));
        }
        let probabilities: Vec<Probability> =
            logits.iter().map(|logit| logit.probability()).collect();
        Ok(Self { choice: rule.choose(&probabilities), logits, probabilities, explanation })
    }
}
