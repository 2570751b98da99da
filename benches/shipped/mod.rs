//! The shipped models, and something for them to read.

use std::fs;

use plotlens::artefact::Manifest;
use plotlens::classify::Classifier;

/// Both models, loaded.
pub fn classifier() -> Classifier {
    let file = |name: &str| fs::read(format!("www/model/{name}")).expect("the model folder");
    let manifest = String::from_utf8(file("manifest.json")).expect("UTF-8");
    let manifest = Manifest::read(&manifest).expect("a manifest");
    let mut classifier = Classifier::new(manifest.clone()).expect("a classifier");
    for entry in &manifest.files {
        classifier.load(&entry.path, file(&entry.path)).expect("a model");
    }
    classifier
}

/// A text of so many words, each one word piece.
pub fn text(words: usize) -> String {
    let sentence = "a widow and her son find an old door in the cellar ";
    let all: Vec<&str> = sentence.split_whitespace().cycle().take(words).collect();
    all.join(" ")
}
