//! The shipped models, end to end.

use std::fs;
use std::path::PathBuf;

use plotlens::artefact::Manifest;
use plotlens::classify::{Answer, Ask, Classification, Classifier, Plot, Predictor};
use plotlens::encoder::Workspace;
use plotlens::{Error, ErrorKind};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("www/model")
}

fn manifest() -> Manifest {
    Manifest::read(&fs::read_to_string(folder().join("manifest.json")).unwrap()).unwrap()
}

fn file(path: &str) -> Vec<u8> {
    fs::read(folder().join(path)).unwrap()
}

fn loaded() -> Classifier {
    let manifest = manifest();
    let mut classifier = Classifier::new(manifest.clone()).unwrap();
    for entry in &manifest.files {
        classifier.load(&entry.path, file(&entry.path)).unwrap();
    }
    classifier
}

fn classify(classifier: &Classifier, text: &str) -> Result<Classification, Error> {
    classifier.classify(text, Ask::All, &mut Workspace::default())
}

/// Unmistakable plots, in our own words.
const PLOTS: [(&str, &str); 5] = [
    (
        "Horror",
        "A family moves into an old house where a demon begins to possess the youngest \
         daughter, and every night something drags itself up from the cellar to kill them.",
    ),
    (
        "Western",
        "A lone gunslinger rides into a frontier town where a ruthless cattle baron and his \
         outlaws rule, and the old sheriff asks him to pin on a badge.",
    ),
    (
        "Sci-Fi",
        "In the year 2190 the crew of a spaceship wakes from cryosleep near an alien planet, \
         and the android on board will not say who switched off the engines.",
    ),
    (
        "Romance",
        "A shy florist falls in love with the man who orders a bouquet for his fiancée every \
         week, and on the day of the wedding they must choose between love and duty.",
    ),
    (
        "War",
        "In 1944 a platoon of soldiers is trapped behind German lines in the Ardennes and \
         fights through the winter to bring a wounded officer back to the front.",
    ),
];

const AWKWARD: [&str; 8] = [
    "Don’t LOOK, don't look! The door, the door, the door.",
    "🎬 A hero's café—naïve déjà-vu, 1944 (co-op) e\u{301}tude.\r\n\r\nThe end…",
    "<script>alert('ghost')</script> <img src=x onerror=alert(1)> ghosts & monsters",
    "שלום a detective in Jerusalem مرحبا hunts a killer",
    "ab",
    "[CLS] a [SEP] murder [MASK] [UNK] [PAD]",
    "\u{fffd}\u{fffd} robots dream of electric sheep \u{200d}\u{feff}",
    "love love love love love love love love",
];

#[test]
fn unmistakable_plots_get_their_genre() {
    let classifier = loaded();
    for (genre, plot) in PLOTS {
        let answer = Answer::new(&classifier, &classify(&classifier, plot).unwrap());
        let found = answer.genres.iter().find(|answer| answer.genre == genre).unwrap();
        assert!(found.chosen, "{genre}: {:?}", &answer.genres[..3]);
        assert!(answer.genres[..2].iter().any(|answer| answer.genre == genre), "{genre}");
    }
}

#[test]
fn contributions_add_up_to_the_logit_for_every_predictor() {
    let classifier = loaded();
    let long = PLOTS.map(|(_, plot)| plot).join(" ").repeat(4);
    let texts = PLOTS.iter().map(|(_, plot)| *plot).chain(AWKWARD).chain([long.as_str()]);
    for text in texts {
        for title in [None, Some("Die Tür: a Café, 1944 🎬".to_string())] {
            let plot = Plot { title, text: text.into() };
            let answer = classifier.classify(plot, Ask::All, &mut Workspace::default()).unwrap();
            for predictor in [Predictor::Keywords, Predictor::DistilBert, Predictor::Blend] {
                let opinion = answer.opinion(predictor).unwrap();
                let error = opinion.explanation.as_ref().unwrap().error();
                assert!(error < 1e-4, "{text}: {error}");
                for (logit, probability) in opinion.logits.iter().zip(&opinion.probabilities) {
                    assert_eq!(logit.probability(), *probability);
                }
            }
        }
    }
}

/// The identities of an answer, over generated text: what is painted, what is
/// not and the bias add up to the logit, and spans cut words out of the text.
#[test]
fn contributions_add_up_and_spans_fit_over_any_text() {
    use proptest::test_runner::{Config, TestRunner};

    let classifier = loaded();
    let text = "(the door|Don’t|hot-dog|murder|love|é|e\u{301}|🎬|👩‍👩‍👧|字|かな|שלום|ß|İ|\r\n|\u{a0}|\
                \u{200d}|'|-|\\.|,| |[0-9]{1,3}|[a-z]{1,9}|\\PC){1,40}";
    let mut runner = TestRunner::new(Config { cases: 64, ..Config::default() });
    let run = runner.run(&text, |text| {
        let Ok(answer) = classify(&classifier, &text) else { return Ok(()) };
        for predictor in [Predictor::Keywords, Predictor::DistilBert, Predictor::Blend] {
            let opinion = answer.opinion(predictor).unwrap();
            let explanation = opinion.explanation.as_ref().unwrap();
            assert!(explanation.error() < 1e-4, "{predictor:?}: {}", explanation.error());
            let words = answer.text.words().len();
            assert_eq!(explanation.words.len(), words * classifier.genres().len());
        }
        let units: Vec<u16> = text.encode_utf16().collect();
        for word in answer.text.words() {
            let range = word.utf16.start.0 as usize..word.utf16.end.0 as usize;
            assert_eq!(String::from_utf16(&units[range]).unwrap(), answer.text.word(word));
        }
        Ok(())
    });
    run.unwrap();
}

#[test]
fn a_trial_tells_what_taking_words_away_does() {
    let classifier = loaded();
    let mut workspace = Workspace::default();
    let (name, plot) = PLOTS[1];
    let genre = classifier.genres().index_of(name).unwrap();
    let mut trial = classifier.start_trial(plot).unwrap();
    assert!(trial.effects(Predictor::DistilBert).is_none());
    while !classifier.step_trial(&mut trial, &mut workspace).unwrap() {}
    assert_eq!(trial.done(), trial.variants());
    let whole = classify(&classifier, plot).unwrap();
    for predictor in [Predictor::Keywords, Predictor::DistilBert, Predictor::Blend] {
        let effects = trial.effects(predictor).unwrap();
        let genres = classifier.genres().len();
        let mut order: Vec<usize> = (0..whole.text.words().len()).collect();
        order.sort_by(|a, b| effects[b * genres + genre].total_cmp(&effects[a * genres + genre]));
        let mut fall = |gone: &[usize]| {
            let left = whole.text.without(|word| gone.contains(&word));
            let answer = classifier.classify(left.as_str(), Ask::All, &mut workspace).unwrap();
            let logit =
                |answer: &Classification| answer.opinion(predictor).unwrap().logits[genre].0;
            logit(&whole) - logit(&answer)
        };
        let strongest = fall(&order[..5]);
        assert!(strongest > 0.0 && strongest > fall(&order[order.len() - 5..]), "{predictor:?}");
    }
}

/// How far a word's contribution to the first genre moves, at most, as a share of the
/// largest, when a text is edited without other words: by the keyword model, by
/// DistilBERT, by both.
fn moved(classifier: &Classifier, before: &str, after: &str) -> [f32; 3] {
    let [before, after] = [before, after].map(|text| classify(classifier, text).unwrap());
    assert_eq!(before.text.words().len(), after.text.words().len());
    let probabilities = &before.blend.as_ref().unwrap().probabilities;
    let genres = probabilities.len();
    let more = |&a: &usize, &b: &usize| probabilities[a].0.total_cmp(&probabilities[b].0);
    let genre = (0..genres).max_by(more).unwrap();
    let predictors = [Predictor::Keywords, Predictor::DistilBert, Predictor::Blend];
    predictors.map(|predictor| {
        let [before, after] = [&before, &after].map(|answer| {
            let words = &answer.opinion(predictor).unwrap().explanation.as_ref().unwrap().words;
            words.iter().skip(genre).step_by(genres).copied().collect::<Vec<f32>>()
        });
        let largest = before.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        let pairs = before.iter().zip(&after);
        pairs.fold(0.0f32, |most, (before, after)| most.max((before - after).abs())) / largest
    })
}

/// White space moves nothing. Other quotes and a missing full stop are read by
/// DistilBERT as other pieces: no word moves by more than 20 % of the largest there,
/// and 15 % in the answer of both.
#[test]
fn edits_that_say_nothing_hardly_move_the_paint() {
    let classifier = loaded();
    for (_, plot) in PLOTS {
        let plot = format!("\"It's hers,\" a liar's son says. {plot}");
        let spaced = plot.replace(' ', "  ");
        let broken = plot.replace(". ", ".\n\n") + "\n";
        for same in [spaced, broken] {
            assert_eq!(moved(&classifier, &plot, &same), [0.0; 3], "{same}");
        }
        let stopless = plot.trim_end_matches('.').to_string();
        let curly = plot.replace('\'', "\u{2019}");
        let curly = curly.replacen('"', "\u{201c}", 1).replacen('"', "\u{201d}", 1);
        for near in [stopless, curly] {
            let [keywords, distilbert, both] = moved(&classifier, &plot, &near);
            assert_eq!(keywords, 0.0, "{near}");
            assert!(distilbert < 0.2 && both < 0.15, "{near}: {distilbert}, {both}");
        }
    }
}

#[test]
fn a_title_is_read_and_none_is_as_an_empty_one() {
    let classifier = loaded();
    let text = "Two strangers meet on a train and make a promise that one of them keeps.";
    let read = |title: Option<&str>| {
        let plot = Plot { title: title.map(String::from), text: text.into() };
        classifier.classify(plot, Ask::All, &mut Workspace::default()).unwrap()
    };
    let logits = |answer: &Classification| answer.distilbert.as_ref().unwrap().logits.clone();
    let alone = read(None);
    assert_eq!(logits(&read(Some(" \n"))), logits(&alone));
    assert!(
        alone
            .distilbert
            .as_ref()
            .unwrap()
            .explanation
            .as_ref()
            .unwrap()
            .title
            .iter()
            .all(|&t| t == 0.0)
    );
    let western = classifier.genres().index_of("Western").unwrap();
    let titled = read(Some("The Sheriff of Gunsmoke Ranch"));
    for predictor in [Predictor::Keywords, Predictor::DistilBert] {
        let [before, after] =
            [&alone, &titled].map(|a| a.opinion(predictor).unwrap().logits[western]);
        assert!(after > before, "{predictor:?}");
    }
    assert!(!titled.title_is_cut && read(Some(&"long ".repeat(30))).title_is_cut);
    // A title changes nothing of where the words are.
    assert_eq!(titled.text.words(), alone.text.words());
}

#[test]
fn the_same_text_has_the_same_scores_alone_and_after_others() {
    let classifier = loaded();
    let mut workspace = Workspace::default();
    let long = AWKWARD.join(" ").repeat(30);
    for (_, plot) in PLOTS {
        let alone = classify(&classifier, plot).unwrap().distilbert.unwrap().logits;
        classifier.classify(long.as_str(), Ask::All, &mut workspace).unwrap();
        let after = classifier.classify(plot, Ask::All, &mut workspace).unwrap();
        assert_eq!(after.distilbert.unwrap().logits, alone);
    }
}

#[test]
fn a_long_text_is_read_in_windows_and_says_where_reading_stopped() {
    let classifier = loaded();
    let long = PLOTS[0].1.repeat(8);
    let answer = classify(&classifier, &long).unwrap();
    assert!(answer.windows > 1 && answer.truncated_at.is_none());

    let huge = format!("{} ", PLOTS[0].1).repeat(5_000);
    let answer = classify(&classifier, &huge).unwrap();
    let read = Answer::new(&classifier, &answer).read;
    assert!(read.truncated_at.unwrap() > 1_000);
    assert!(read.words_read < huge.split_whitespace().count());

    // Nothing but punctuation runs out of windows before it runs out of bytes.
    let marks = format!("a plot {}", "?!".repeat(40_000));
    let answer = classify(&classifier, &marks).unwrap();
    assert!(answer.truncated_at.unwrap() < answer.text.as_str().len());
}

#[test]
fn a_failure_leaves_the_next_call_as_it_was() {
    let classifier = loaded();
    let mut workspace = Workspace::default();
    let mut logits = || {
        let answer = classifier.classify(PLOTS[1].1, Ask::All, &mut workspace).unwrap();
        answer.distilbert.unwrap().logits
    };
    let before = logits();
    for (text, kind) in [
        ("", ErrorKind::TextEmpty),
        ("🎬", ErrorKind::TextNoWords),
        ("二人の友人が戦争に行く", ErrorKind::TextUnreadable),
    ] {
        assert_eq!(classify(&classifier, text).unwrap_err().kind(), kind);
    }
    assert_eq!(logits(), before);
}

#[test]
fn an_answer_before_the_end_is_an_error() {
    let classifier = loaded();
    let job = classifier.start(PLOTS[0].1, Ask::All).unwrap();
    assert_eq!(classifier.finish(job).unwrap_err().kind(), ErrorKind::JobState);
}

#[test]
fn a_damaged_or_missing_file_is_an_error_and_can_be_mended() {
    let manifest = manifest();
    let mut classifier = Classifier::new(manifest.clone()).unwrap();
    for entry in &manifest.files {
        for at in [0, entry.bytes as usize / 2, entry.bytes as usize - 1] {
            let mut bytes = file(&entry.path);
            bytes[at] ^= 1;
            let error = classifier.load(&entry.path, bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelDamaged);
        }
        let mut bytes = file(&entry.path);
        bytes.pop();
        let error = classifier.load(&entry.path, bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelDamaged);
    }
    let error = classifier.load("other.bin", Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelUnknownFile);
    assert_eq!(classify(&classifier, "a plot").unwrap_err().kind(), ErrorKind::ModelMissing);
    for entry in &manifest.files {
        classifier.load(&entry.path, file(&entry.path)).unwrap();
    }
    assert!(classify(&classifier, "a plot").is_ok());
}

#[cfg(feature = "tract")]
#[test]
fn tract_agrees_on_the_same_weights() {
    use plotlens::artefact::EngineKind;

    let ours = loaded();
    let manifest = manifest();
    let mut second = Classifier::with_engine(manifest.clone(), EngineKind::Tract).unwrap();
    for entry in &manifest.files {
        second.load(&entry.path, file(&entry.path)).unwrap();
    }
    for (_, plot) in PLOTS {
        let [a, b] = [&ours, &second]
            .map(|classifier| classify(classifier, plot).unwrap().distilbert.unwrap());
        for (a, b) in a.probabilities.iter().zip(&b.probabilities) {
            assert!((a.0 - b.0).abs() < 0.02, "{a:?} {b:?}");
        }
        assert!(b.explanation.is_none());
    }
}

/// Another classifier than DistilBERT, in a folder whose manifest says that tract
/// runs it: from the text to PyTorch's logits.
#[cfg(feature = "tract")]
#[test]
fn any_text_classifier_runs_on_tract() {
    use plotlens::artefact::{EngineKind, sha256};
    use plotlens::genre::Calibration;

    let file = |name: &str| fs::read(format!("tests/reference/tiny-bert.{name}")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&file("json")).unwrap();

    let mut folder = manifest();
    let genres = folder.genres.len();
    let entry = folder.distilbert.as_mut().unwrap();
    entry.engine = EngineKind::Tract;
    (entry.window_pieces, entry.window_overlap) = (30, 0);
    entry.calibration = Calibration { slopes: vec![1.0; genres], intercepts: vec![0.0; genres] };
    let (onnx, tokenizer) = (entry.onnx.clone(), entry.tokenizer.clone());
    for (path, bytes) in [(&onnx, file("onnx")), (&tokenizer, file("tokenizer.json"))] {
        let listed = folder.files.iter_mut().find(|listed| listed.path == *path).unwrap();
        (listed.bytes, listed.sha256) = (bytes.len() as u64, sha256(&bytes));
    }
    let keywords = folder.keywords.as_ref().unwrap().file.clone();
    let mut classifier = Classifier::new(folder).unwrap();
    classifier.load(&keywords, self::file(&keywords)).unwrap();
    classifier.load(&onnx, file("onnx")).unwrap();
    classifier.load(&tokenizer, file("tokenizer.json")).unwrap();

    let texts = expected["texts"].as_array().unwrap();
    for (text, logits) in texts.iter().zip(expected["logits"].as_array().unwrap()) {
        let answer = classify(&classifier, text.as_str().unwrap()).unwrap().distilbert.unwrap();
        for (probability, logit) in answer.probabilities.iter().zip(logits.as_array().unwrap()) {
            let expected = 1.0 / (1.0 + (-logit.as_f64().unwrap()).exp());
            assert!((f64::from(probability.0) - expected).abs() < 1e-5);
        }
    }
}

/// Windows that somebody else runs, as the browser does on a graphics processor.
#[cfg(feature = "webgpu")]
mod elsewhere {
    use plotlens::encoder::{WebGpu, Window};

    use super::*;

    fn encoder() -> WebGpu {
        let entry = manifest().distilbert.unwrap();
        let onnx = file(&entry.onnx);
        pollster::block_on(WebGpu::open(&onnx, entry.attention_heads)).unwrap()
    }

    fn run(encoder: &WebGpu, windows: &[Vec<u32>]) -> Vec<Window> {
        pollster::block_on(encoder.run(windows)).unwrap()
    }

    #[test]
    fn they_come_to_the_same_answer() {
        let (classifier, encoder) = (loaded(), encoder());
        let long = [PLOTS[0].1; 12].join(" ");
        for text in PLOTS.iter().map(|(_, plot)| *plot).chain([long.as_str()]) {
            let mut job = classifier.start(text, Ask::All).unwrap();
            while let Some(ids) = classifier.next_window(&job) {
                let window = run(&encoder, std::slice::from_ref(&ids)).remove(0);
                let labels = classifier.genres().len();
                let unpacked = Window::unpack(window.pack(), ids.len(), labels).unwrap();
                classifier.take_window(&mut job, unpacked).unwrap();
            }
            let answer = classifier.finish(job).unwrap();
            let expected = classify(&classifier, text).unwrap();
            for predictor in [Predictor::DistilBert, Predictor::Blend] {
                let [answer, expected] =
                    [&answer, &expected].map(|answer| answer.opinion(predictor).unwrap());
                assert_eq!(answer.choice.labels, expected.choice.labels);
                for (a, b) in answer.probabilities.iter().zip(&expected.probabilities) {
                    assert!((a.0 - b.0).abs() <= 2e-3, "{} and {}", a.0, b.0);
                }
            }
        }
    }

    #[test]
    fn variants_of_a_trial_are_read_side_by_side() {
        let (classifier, encoder) = (loaded(), encoder());
        let (name, plot) = PLOTS[1];
        let genre = classifier.genres().index_of(name).unwrap();
        let mut trial = classifier.start_trial(plot).unwrap();
        let mut submissions = Vec::new();
        loop {
            let windows = classifier.next_trial_windows(&mut trial, 28).unwrap();
            submissions.push(windows.len());
            let answers = run(&encoder, &windows);
            if classifier.take_trial_windows(&mut trial, answers).unwrap() {
                break;
            }
        }
        assert_eq!((trial.done(), submissions.as_slice()), (56, &[1, 28, 28][..]));
        let genres = classifier.genres().len();
        let effects = trial.effects(Predictor::DistilBert).unwrap();
        let whole = classify(&classifier, plot).unwrap();
        let mut order: Vec<usize> = (0..whole.text.words().len()).collect();
        order.sort_by(|a, b| effects[b * genres + genre].total_cmp(&effects[a * genres + genre]));
        let fall = |gone: &[usize]| {
            let left = whole.text.without(|word| gone.contains(&word));
            let logit = |answer: &Classification| {
                answer.opinion(Predictor::DistilBert).unwrap().logits[genre].0
            };
            logit(&whole) - logit(&classify(&classifier, left.as_str()).unwrap())
        };
        let strongest = fall(&order[..5]);
        assert!(strongest > 0.0 && strongest > fall(&order[order.len() - 5..]));
    }

    #[test]
    fn what_was_not_asked_is_refused() {
        let classifier = loaded();
        let mut job = classifier.start(PLOTS[0].1, Ask::Keywords).unwrap();
        assert!(classifier.next_window(&job).is_none());
        let window = Window::unpack(vec![0.0; classifier.genres().len()], 1, 21).unwrap();
        let error = classifier.take_window(&mut job, window).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::JobState);
    }
}
