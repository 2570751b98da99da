//! `plotlens classify`

use std::io::Read;

use plotlens::classify::{Answer, Ask, Classification, GenreAnswer, Opinion, Plot, Predictor};
use plotlens::encoder::Workspace;
use plotlens::explain::Explanation;
use plotlens::text::Utf16Span;
use plotlens::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};

use super::{ClassifyArgs, batch, folder};

/// Genres that are listed at least, chosen or not.
const LISTED: usize = 6;
/// Words for a genre that are listed.
const WORDS: usize = 6;

/// Runs the command.
pub fn run(args: ClassifyArgs) -> Result<()> {
    if let (Some(input), Some(output)) = (&args.input, &args.output) {
        return batch::run(&folder::classifier(&args.model)?, input, output);
    }
    let text = match args.text {
        Some(text) if text != "-" => text,
        _ => read_stdin()?,
    };
    let classifier = folder::classifier(&args.model)?;
    let ask = if classifier.has_distilbert() { Ask::All } else { Ask::Keywords };
    let plot = Plot { title: args.title, text };
    let classification = classifier.classify(plot, ask, &mut Workspace::default())?;
    let answer = Answer::new(&classifier, &classification);
    folder::print(&match args.json {
        true => format!("{:#}\n", to_json(&answer, &classification)),
        false => in_words(&answer, &classification),
    })
}

fn read_stdin() -> Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(|cause| {
        Error::new(ErrorKind::Io, "Standard input cannot be read.").caused_by(cause)
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn to_json(answer: &Answer, classification: &Classification) -> Value {
    let genres = answer.genres.len();
    let explained = [Predictor::DistilBert, Predictor::Keywords, Predictor::Blend]
        .map(|predictor| (predictor, classification.opinion(predictor)))
        .map(|(predictor, opinion)| (predictor, opinion.and_then(|o| o.explanation.as_ref())));
    let by_predictor = |value: &dyn Fn(&Explanation) -> Value| -> Map<String, Value> {
        let entry = |(predictor, explanation): &(Predictor, Option<&Explanation>)| {
            (predictor.name().to_string(), explanation.map(value).unwrap_or_default())
        };
        explained.iter().map(entry).collect()
    };
    let words = classification.text.words().iter().enumerate().map(|(i, word)| {
        let Utf16Span { start, end } = word.utf16;
        let mut json = by_predictor(&|e| json!(e.words[i * genres..][..genres]));
        json.insert("start".into(), start.0.into());
        json.insert("end".into(), end.0.into());
        Value::Object(json)
    });
    let mut json = json!(answer);
    json["words"] = words.collect();
    json["explanations"] = Value::Object(by_predictor(
        &|e| json!({ "bias": e.bias, "title": e.title, "other": e.other, "logit": e.logits }),
    ));
    json
}

/// The answer for a terminal.
fn in_words(answer: &Answer, classification: &Classification) -> String {
    let mut lines = Vec::new();
    if !answer.clear {
        lines.push(format!("Nothing clear; closest is {}.", answer.genres[0].genre));
    }
    let opinion = classification.opinion(answer.model).unwrap_or(&classification.keywords);
    let shown = answer.genres.iter().enumerate();
    for (_, genre) in shown.filter(|(rank, genre)| genre.chosen || *rank < LISTED) {
        let (mark, words) = match genre.chosen {
            true => ("*", strongest(opinion, classification, genre.index)),
            false => (" ", String::new()),
        };
        lines.push(format!(
            "{mark} {:<12}{:>4.0} %   {}keywords {:>3.0} %   {words}",
            genre.genre,
            genre.probability * 100.0,
            distilbert(answer.model, genre),
            genre.keywords.probability * 100.0,
        ));
    }
    let read = answer.read;
    lines.push(format!("{} words read in {} windows", read.words_read, read.windows.max(1)));
    if read.truncated_at.is_some() {
        lines.push("The text is longer than what is read; its end was left out.".into());
    }
    if read.title_is_cut {
        lines.push("The title is longer than what is read; its end was left out.".into());
    }
    lines.join("\n") + "\n"
}

/// DistilBERT's own probability, where it is not the answer itself.
fn distilbert(answer: Predictor, genre: &GenreAnswer) -> String {
    let own = genre.distilbert.filter(|_| answer == Predictor::Blend);
    own.map_or(String::new(), |own| format!("DistilBERT {:>3.0} %   ", own.probability * 100.0))
}

/// The words that say so most, with what each adds to the logit.
fn strongest(opinion: &Opinion, classification: &Classification, genre: usize) -> String {
    let Some(explanation) = &opinion.explanation else { return String::new() };
    let genres = explanation.bias.len();
    let shares = explanation.words.iter().skip(genre).step_by(genres);
    let mut words: Vec<(f32, &str)> = shares
        .zip(classification.text.words())
        .map(|(&share, word)| (share, classification.text.word(word)))
        .filter(|&(share, _)| share > 0.0)
        .collect();
    words.sort_by(|a, b| b.0.total_cmp(&a.0));
    let named = words.iter().take(WORDS).map(|(share, word)| format!("{word} +{share:.2}"));
    named.collect::<Vec<_>>().join(", ")
}
