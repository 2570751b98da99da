//! `plotlens train keywords`

use plotlens::Result;
use plotlens::genre::GenreSet;
use plotlens::keywords::train::{Example, Settings, train};
use plotlens::text::{Text, TextBudget};
use serde_json::json;

use super::progress::Progress;
use super::{KeywordsArgs, folder, note, package, parallel};

/// Runs the command.
pub fn run(args: KeywordsArgs) -> Result<()> {
    let genres = package::default_genres()?;
    let settings = Settings { features: args.features, min_texts: args.min_texts, c: args.c };
    let valid = folder::labelled(&args.tuning.valid, &genres)?;
    let mut examples = Vec::new();
    for path in &args.files {
        let file = folder::labelled(path, &genres)?;
        let (rows, skipped) = (file.rows.len(), file.skipped.len());
        note(&format!("{}: {rows} rows, {skipped} skipped\n", path.display()));
        // Half of the rows with their titles: the model is asked in both ways.
        let rows = file.rows.into_iter().enumerate();
        examples.extend(rows.filter_map(|(at, row)| example(row, at % 2 == 0, &genres)));
    }
    let progress = Progress::new("genres", genres.len());
    let model = train(&examples, genres.len(), settings, |genres, fit| {
        parallel::map(genres, &|genre| {
            let fit = fit(genre);
            progress.tick();
            fit
        })
    })?;
    let made = json!({
        "texts": examples.len(),
        "features": settings.features,
        "min_texts": settings.min_texts,
        "c": settings.c,
    });
    // A keyword model without its manifest would damage the folder.
    let keywords = package::Keywords { bytes: model.write(), made };
    let manifest = package::manifest(&args.out, &keywords, &valid, &args.tuning)?;
    let made = format!("{:#}\n", keywords.made);
    folder::create(&args.out)?;
    folder::write(&args.out.join(package::KEYWORDS), &keywords.bytes)?;
    folder::write(&args.out.join(package::KEYWORDS_MADE), made.as_bytes())?;
    folder::write(&args.out.join(package::MANIFEST), manifest.as_bytes())
}

/// A row as training takes it: labels that a second source confirms count too.
/// Rows that no model would read are left out.
fn example(
    row: plotlens::evaluate::LabelledRow,
    titled: bool,
    genres: &GenreSet,
) -> Option<Example> {
    let labels = row.labels.union(row.augmented);
    let known = row.known(labels, genres);
    let text = Text::read(row.text, TextBudget::default()).ok()?;
    let title = row.title.as_deref().filter(|_| titled).and_then(Text::title);
    Some(Example { title, text, labels, known })
}
