//! `plotlens occlude`

use std::io::{BufRead, Write};

use plotlens::classify::{Ask, Classification, Classifier, Predictor};
use plotlens::encoder::Workspace;
use plotlens::text::{Text, TextBudget};
use plotlens::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::{OccludeArgs, folder};

/// One line of the input.
#[derive(Deserialize)]
struct Request {
    text: String,
    #[serde(default)]
    title: Option<String>,
    /// For each variant the words that are taken away, by their index.
    without: Vec<Vec<usize>>,
}

/// One line of the output.
#[derive(Serialize)]
struct Reply {
    /// UTF-16 offsets of every word.
    words: Vec<[u32; 2]>,
    /// `[variants, genres]` of every predictor.
    logits: Vec<ByPredictor<Vec<f32>>>,
    /// `[words, genres]`: what each word adds to the whole text's logits.
    contributions: ByPredictor<Vec<f32>>,
}

#[derive(Serialize)]
struct ByPredictor<T> {
    distilbert: Option<T>,
    keywords: Option<T>,
    blend: Option<T>,
}

impl<T> ByPredictor<T> {
    fn of(f: impl Fn(Predictor) -> Option<T>) -> Self {
        Self {
            distilbert: f(Predictor::DistilBert),
            keywords: f(Predictor::Keywords),
            blend: f(Predictor::Blend),
        }
    }
}

/// Runs the command: a line in, a line out, so that another program may ask on.
pub fn run(args: OccludeArgs) -> Result<()> {
    let classifier = folder::classifier(&args.model)?;
    let mut workspace = Workspace::default();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|cause| {
            Error::new(ErrorKind::Io, "Standard input cannot be read.").caused_by(cause)
        })?;
        let request = serde_json::from_str(&line).map_err(|cause| {
            let message = "A line is not {\"text\": …, \"without\": [[…], …]}.";
            Error::new(ErrorKind::FileInvalid, message).caused_by(cause)
        })?;
        let reply = answer(&classifier, request, &mut workspace)?;
        let mut out = std::io::stdout().lock();
        let written = serde_json::to_writer(&mut out, &reply)
            .map_err(std::io::Error::from)
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush());
        written.map_err(|cause| {
            Error::new(ErrorKind::Io, "Standard output cannot be written.").caused_by(cause)
        })?;
    }
    Ok(())
}

fn answer(classifier: &Classifier, request: Request, workspace: &mut Workspace) -> Result<Reply> {
    let title = request.title.as_deref().and_then(Text::title);
    let text = Text::read(request.text, TextBudget::default())?;
    let mut read = |text: Text| -> Result<Classification> {
        let mut job = classifier.start_read(title.clone(), text, Ask::All)?;
        while !classifier.step(&mut job, workspace)? {}
        classifier.finish(job)
    };
    let whole = read(text.clone())?;
    let mut logits = Vec::with_capacity(request.without.len());
    for gone in &request.without {
        let variant = read(text.without(|word| gone.contains(&word)))?;
        logits.push(ByPredictor::of(|predictor| {
            let opinion = variant.opinion(predictor)?;
            Some(opinion.logits.iter().map(|logit| logit.0).collect())
        }));
    }
    let contributions = ByPredictor::of(|predictor| {
        Some(whole.opinion(predictor)?.explanation.as_ref()?.words.clone())
    });
    let words = text.words().iter().map(|word| [word.utf16.start.0, word.utf16.end.0]).collect();
    Ok(Reply { words, logits, contributions })
}
