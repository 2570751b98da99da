//! What is run on hostile bytes, by `tests/hostile.rs` and by `fuzz/`: each of
//! the parsers, and what is done with that which it lets through.

use std::sync::{Arc, LazyLock};

use plotlens::artefact::Manifest;
use plotlens::classify::Predictor;
use plotlens::encoder::{DistilBert, Model, Windows, WordPieces, Workspace};
use plotlens::evaluate::{self, Evaluation, Format, Head, Reading, Sheet, Table};
use plotlens::genre::GenreSet;
use plotlens::keywords::KeywordModel;
use plotlens::text::{Text, TextBudget};

/// One input, one run.
pub struct Target {
    /// For reports.
    pub name: &'static str,
    /// Panics where a promise is broken.
    pub run: fn(&[u8]),
    /// The most bytes that are held at a time, for each byte of input.
    pub multiple: usize,
}

/// Bytes that any input may cost: one piece of a file, and small buffers.
pub const SLACK: usize = 4 << 20;

/// All of them.
pub const TARGETS: [Target; 7] = [
    Target { name: "manifest", run: manifest, multiple: 64 },
    Target { name: "keywords", run: keywords, multiple: 16 },
    Target { name: "onnx", run: onnx, multiple: 256 },
    Target { name: "tokenizer", run: tokenizer, multiple: 256 },
    Target { name: "labelled", run: labelled, multiple: 128 },
    Target { name: "saved", run: saved, multiple: 128 },
    Target { name: "text", run: text, multiple: 128 },
];

const PLOT: &str = "A sheriff rides out; the widow and the sheriff ride! Été 🎬.";

fn finite(values: &[f32]) {
    assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
}

fn manifest(bytes: &[u8]) {
    let Ok(json) = std::str::from_utf8(bytes) else { return };
    let Ok(manifest) = Manifest::read(json) else { return };
    let again = Manifest::read(&manifest.write().unwrap()).unwrap();
    assert_eq!(again.files, manifest.files);
}

fn keywords(bytes: &[u8]) {
    let Ok(model) = KeywordModel::read(bytes) else { return };
    assert_eq!(model.write(), bytes);
    let reading = model.score(None, &Text::read(PLOT, TextBudget::default()).unwrap());
    finite(&reading.logits);
    finite(&reading.words);
}

/// The tokenizer of the tiny models in `tests/reference`.
static TOKENIZER: LazyLock<Arc<WordPieces>> = LazyLock::new(|| {
    let json = include_bytes!("../reference/tiny-bert.tokenizer.json");
    Arc::new(WordPieces::read(json).unwrap())
});

fn onnx(bytes: &[u8]) {
    let Ok(model) = Model::fast(&bytes, 4) else { return };
    let windows = Windows::new(10, 2, 4).unwrap();
    let Ok(model) = DistilBert::new(model, TOKENIZER.clone(), windows, 21) else { return };
    let Ok(reading) = model.read(Some("Ride out"), PLOT, &mut Workspace::default()) else { return };
    finite(reading.logits());
    if let Some(contributions) = reading.contributions() {
        finite(&contributions.pieces);
    }
}

fn tokenizer(bytes: &[u8]) {
    let Ok(tokenizer) = WordPieces::read(bytes) else { return };
    let Ok(pieces) = tokenizer.split(PLOT) else { return };
    assert_eq!(pieces.ids.len(), pieces.bytes.len());
    for range in pieces.bytes {
        assert!(PLOT.get(range.clone()).is_some(), "{range:?} cuts a character");
    }
}

/// The first byte chooses the kind of file.
fn labelled(bytes: &[u8]) {
    const NAMES: [&str; 6] = ["a.csv", "a.tsv", "a.jsonl", "a.json", "a.csv.gz", "a.jsonl.gz"];
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(*kind) % NAMES.len()];
    let genres = GenreSet::new(["Drama", "Sci-Fi", "War"].map(String::from).to_vec()).unwrap();
    let Ok(file) = evaluate::read(name, bytes, &genres) else { return };
    assert!(!file.rows.is_empty());
    for row in file.rows {
        assert!(row.numbers.iter().all(|number| !number.is_infinite()));
        let _ = Text::read(row.text, TextBudget::default());
    }
}

fn saved(bytes: &[u8]) {
    let genres = GenreSet::new(["Drama", "Sci-Fi", "War"].map(String::from).to_vec()).unwrap();
    let predictors = [Predictor::DistilBert, Predictor::Keywords];
    let Ok(table) = Table::open(bytes, Format::Json) else { return };
    let Ok(Some(head)) = Head::of(&table, &genres, &predictors) else { return };
    let Ok(mut reading) = Reading::saved(head.clone(), table) else { return };
    let rows = Evaluation::new(genres, predictors.to_vec(), &head.columns.numbers);
    let mut sheet = Sheet::new(rows);
    while let Ok(true) = sheet.advance(&mut reading) {}
    let view = sheet.rows.view(head.setting.without);
    let decisions = view.decisions(&head.setting.thresholds);
    assert_eq!(decisions.models.len(), predictors.len());
    let _ = (view.curves(), view.tuned(&head.setting.thresholds));
}

static KEYWORDS: LazyLock<KeywordModel> =
    LazyLock::new(|| KeywordModel::read(include_bytes!("../../www/model/keywords.bin")).unwrap());

fn text(bytes: &[u8]) {
    let source = String::from_utf8_lossy(bytes);
    let utf16: Vec<u16> = source.encode_utf16().collect();
    let Ok(text) = Text::read(source.clone(), TextBudget::default()) else { return };
    for word in text.words() {
        let (start, end) = (word.utf16.start.0 as usize, word.utf16.end.0 as usize);
        assert_eq!(String::from_utf16_lossy(&utf16[start..end]), source[word.bytes.clone()]);
    }
    let reading = KEYWORDS.score(Text::title(&source).as_ref(), &text);
    finite(&reading.logits);
    finite(&reading.words);
    let _ = text.without(|word| word % 2 == 0);
}
