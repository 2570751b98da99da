//! `plotlens weights`

use plotlens::artefact::Manifest;
use plotlens::keywords::KeywordModel;
use plotlens::{Error, ErrorKind, Result};

use super::{WeightsArgs, folder};

/// Runs the command.
pub fn run(args: WeightsArgs) -> Result<()> {
    let classifier = folder::classifier(&args.model)?;
    let model = classifier.keywords().ok_or_else(|| {
        Error::new(ErrorKind::ModelMissing, "This model folder has no keyword model.")
    })?;
    folder::print(&in_words(classifier.manifest(), model, args.top))
}

fn in_words(manifest: &Manifest, model: &KeywordModel, top: usize) -> String {
    let names = manifest.genres.iter().enumerate();
    let genre = |(genre, name): (usize, &String)| {
        let weights = model.weights_of(genre);
        let listed = |terms: Vec<&(&str, f32)>| {
            let named = terms.iter().map(|(term, weight)| format!("{term} {weight:+.1}"));
            named.collect::<Vec<_>>().join(", ")
        };
        let towards = listed(weights.iter().take(top).collect());
        let away = listed(weights.iter().rev().take(top).collect());
        format!("{name}\n  for: {towards}\n  against: {away}\n")
    };
    names.map(genre).collect()
}
