//! `plotlens weights`

use plotlens::artefact::Manifest;
use plotlens::keywords::KeywordModel;
use plotlens::{Error, ErrorKind, Result};

use super::{WeightsArgs, folder};

/// Runs the command.
pub fn run(args: WeightsArgs) -> Result<()> {
    let manifest = folder::manifest(&args.model)?;
    let entry = manifest.keywords.as_ref().ok_or_else(|| {
        Error::new(ErrorKind::ModelMissing, "This model folder has no keyword model.")
    })?;
    let model = KeywordModel::read(&folder::verified(&manifest, &args.model, &entry.file)?)?;
    folder::print(&in_words(&manifest, &model, args.top))
}

fn in_words(manifest: &Manifest, model: &KeywordModel, top: usize) -> String {
    let names = manifest.genres.iter().enumerate();
    let genre = |(genre, name): (usize, &String)| {
        let weights = model.weights_of(genre);
        let listed = |terms: Vec<&(&str, f32)>| {
            let named = terms.iter().map(|(term, weight)| format!("{term} {weight:+.1}"));
            named.collect::<Vec<_>>().join(", ")
        };
        let towards = weights.iter().take_while(|(_, weight)| *weight > 0.0);
        let away = weights.iter().rev().take_while(|(_, weight)| *weight < 0.0);
        let (towards, away) =
            (listed(towards.take(top).collect()), listed(away.take(top).collect()));
        format!("{name}\n  for: {towards}\n  against: {away}\n")
    };
    names.map(genre).collect()
}
