//! `plotlens explain-eval`, against what `plotlens occlude` says of the same words.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const PLOT: &str = "A sheriff, an outlaw and a stolen horse: a duel at noon on the frontier.";
const WORDS: usize = 15;

fn plotlens(args: &[&str], input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plotlens"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = if output.status.success() { output.stdout } else { output.stderr };
    String::from_utf8(text).unwrap()
}

fn scratch(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// DistilBERT's probability of each genre without some of the words.
fn without(words: &[usize]) -> Vec<f64> {
    let request = json!({ "text": PLOT, "without": [words] }).to_string();
    let reply: Value = serde_json::from_str(&plotlens(&["occlude"], &request)).unwrap();
    assert_eq!(reply["words"].as_array().unwrap().len(), WORDS);
    let logits = reply["logits"][0]["distilbert"].as_array().unwrap();
    logits.iter().map(|logit| 1.0 / (1.0 + (-logit.as_f64().unwrap()).exp())).collect()
}

#[test]
fn scores_from_elsewhere_are_measured_as_by_hand() {
    let row = |text: &str| json!({ "text": text, "genres": ["Western"] }).to_string();
    let file = scratch("explain.jsonl", &format!("{}\n{}\n", row(PLOT), row("?!")));
    // The words from last to first.
    let ranks: Vec<usize> = (0..WORDS).collect();
    let scores = json!({ "line": 1, "scores": ranks, "passes": 7 }).to_string();
    let named = format!("backwards={}", scratch("backwards.jsonl", &scores).display());
    let out = scratch("explained.json", "");
    let args = ["explain-eval", file.to_str().unwrap(), "--scores", &named, "--json"];
    let said = plotlens(&[&args[..], &[out.to_str().unwrap(), "--resamples", "50"]].concat(), "");
    assert!(said.contains("by trial / backwards, 1 texts"), "{said}");

    let report: Value = serde_json::from_str(&std::fs::read_to_string(out).unwrap()).unwrap();
    assert_eq!((report["n"].as_u64(), &report["rows_skipped"][0]["line"]), (Some(1), &json!(2)));
    let found = report["explanations"].as_array().unwrap();
    let names: Vec<&str> = found.iter().map(|one| one["name"].as_str().unwrap()).collect();
    let own = ["random", "keyword weights", "free contributions", "blend", "by trial"];
    assert_eq!(names, [&own[..], &["backwards"]].concat());
    let backwards = &found[5];
    assert_eq!((&backwards["passes"], &found[4]["passes"]), (&json!(7.0), &json!(57.0)));

    let whole = without(&[]);
    let top = (0..whole.len()).max_by(|&a, &b| whole[a].total_cmp(&whole[b])).unwrap();
    // 1, 5, 10, 20 and 50 % of 15 words, rounded up.
    for (at, taken) in [1, 1, 2, 3, 8].into_iter().enumerate() {
        let split = WORDS - taken;
        for (measure, gone) in
            [("comprehensiveness", &ranks[split..]), ("sufficiency", &ranks[..split])]
        {
            let expected = whole[top] - without(gone)[top];
            let curve = backwards[measure]["curve"][at].as_f64().unwrap();
            assert!((curve - expected).abs() < 1e-6, "{measure} {at}: {curve}, {expected}");
        }
    }
}

#[test]
fn scores_of_other_words_are_refused() {
    let row = json!({ "text": PLOT, "genres": ["Western"] }).to_string();
    let file = scratch("refused.jsonl", &row);
    for (name, line) in [("few", r#"{"line": 1, "scores": [1]}"#), ("none", "{}")] {
        let named = format!("{name}={}", scratch(&format!("{name}.jsonl"), line).display());
        let said = plotlens(&["explain-eval", file.to_str().unwrap(), "--scores", &named], "");
        assert!(said.contains("file-invalid"), "{said}");
    }
}
