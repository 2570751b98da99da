//! `plotlens train keywords`

use plotlens::Result;
use plotlens::genre::{GenreSet, Labels};
use plotlens::keywords::train::{Example, Settings, train};
use plotlens::text::{Text, TextBudget};
use serde_json::json;

use super::progress::Progress;
use super::{KeywordsArgs, folder, package};

/// Runs the command.
pub fn run(args: KeywordsArgs) -> Result<()> {
    let genres = package::default_genres()?;
    let settings = Settings { features: args.features, min_texts: args.min_texts, c: args.c };
    let mut examples = Vec::new();
    for path in &args.files {
        let file = folder::labelled(path, &genres)?;
        eprintln!("{}: {} rows, {} skipped", path.display(), file.rows.len(), file.skipped.len());
        examples.extend(file.rows.into_iter().filter_map(|row| example(row, &genres)));
    }
    let progress = Progress::new("genres", genres.len());
    let model = train(&examples, genres.len(), settings, |_| progress.tick())?;
    folder::create(&args.out)?;
    folder::write(&args.out.join(package::KEYWORDS), &model.write())?;
    let made = json!({
        "texts": examples.len(),
        "features": settings.features,
        "min_texts": settings.min_texts,
        "c": settings.c,
    });
    folder::write(&args.out.join(package::KEYWORDS_MADE), format!("{made:#}\n").as_bytes())?;
    package::run(&args.out, &args.tuning)
}

/// A row as training takes it: labels that a second source confirms count too.
/// Rows that no model would read are left out.
fn example(row: plotlens::evaluate::LabelledRow, genres: &GenreSet) -> Option<Example> {
    let labels = row.labels.union(row.augmented);
    let all: Labels = (0..genres.len()).collect();
    let known = all.difference(row.maybe_missing.difference(labels));
    let text = Text::read(row.text, TextBudget::default()).ok()?;
    Some(Example { text, labels, known })
}
