//! A report of three rows, of two models that say the same, whose every number can be counted by hand.

use super::*;
use crate::evaluate::{Evaluation, LabelledRow, Thresholds};
use crate::genre::{GenreSet, Labels};

/// Drama alone is chosen for every row: rightly, for Drama and War, and in place
/// of War.
fn evaluation() -> Evaluation {
    let genres = GenreSet::new(["Drama", "War"].map(String::from).to_vec()).unwrap();
    let year = ["year".to_string()];
    let mut evaluation =
        Evaluation::new(genres, vec![Predictor::Keywords, Predictor::Blend], &year);
    for (row, (labels, words, year, scores)) in [
        (vec![0], 10, 1950.0, [0.875, 0.25]),
        (vec![0, 1], 25, 1960.0, [0.75, 0.375]),
        (vec![1], 25, 1970.0, [0.625, 0.3125]),
    ]
    .into_iter()
    .enumerate()
    {
        let (text, labels) = ("word ".repeat(words), labels.into_iter().collect());
        let labelled = LabelledRow { labels, text, numbers: vec![year], ..Default::default() };
        evaluation.push(&labelled, [0, 1].into_iter().collect::<Labels>());
        evaluation.set(row, &[scores, scores].concat());
    }
    evaluation
}

fn report(without: Option<usize>, tuned: bool, skipped: &[SkippedRow]) -> String {
    let view = evaluation().view(without);
    let thresholds = Thresholds(vec![vec![0.5; 2]; 2]);
    page(&Story {
        file: "a<b.csv",
        decisions: &view.decisions(&thresholds),
        curves: &view.curves(),
        intervals: &[vec![Interval { metric: "map", low: 0.1, high: 0.9 }]],
        tuned,
        skipped,
        row: &|row| {
            let (line, genres) = (u64::from(row) + 2, vec!["War".into()]);
            Some(ShownRow { line, title: Some("A & B".into()), text: "<i>".into(), genres })
        },
    })
}

#[track_caller]
fn assert_shows(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

/// A table's row as it stands in the page.
fn row(name: &str, cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!("<tr><th scope=\"row\">{name}</th>{cells}</tr>")
}

#[test]
fn tables_hold_what_is_counted_by_hand() {
    let page = report(None, false, &[]);
    let drama = ["2", "0.667", "1.000", "0.800", "1.000", "0.50", "2", "1", "0", "0"];
    let war = ["2", "0.000", "0.000", "0.000", "1.000", "0.50", "0", "0", "2", "1"];
    let worst = "<meter min=\"0\" max=\"1\" value=\"0.625\"></meter> 0.62";
    assert_shows(
        &page,
        &[
            "<h1>a&lt;b.csv</h1>\n<p>3 rows are measured.</p>",
            "<title>a&lt;b.csv: PlotLens report</title>",
            &row("Jaccard, samples", &["0.500", "0.500"]),
            &row("mAP", &["1.000 <small>[0.100, 0.900]</small>", "1.000"]),
            &row("Drama", &drama),
            &row("War", &war),
            &row("0 to 19", &["1", "1.000", "0.000", "1.000"]),
            &row("20 to 29", &["2", "0.250", "0.490", "0.333"]),
            &row("Drama", &[worst, "4", "War", "A &amp; B", "&lt;i&gt;"]),
            "<h2>Keyword model: what is chosen in place of what</h2>",
            "<i class=\"s9\">1</i>",
            "<i class=\"s6\">1</i>",
            "<i class=\"s0\"></i>",
            "<h3>words</h3>",
            "<h3>year</h3>",
            "TP: has the genre, and it is chosen",
        ],
    );
    assert!(!page.contains("Lines that were left out"));
}

#[test]
fn charts_are_drawn_where_the_numbers_are() {
    assert_shows(
        &report(None, false, &[]),
        &[
            "<rect class=\"m0\" x=\"158\" y=\"4.0\" width=\"344.0\" height=\"7\"><title>Keyword model: 0.800<",
            "<rect class=\"m1\" x=\"158\" y=\"12.0\" width=\"344.0\" height=\"7\"><title>Both together: 0.800<",
            "<rect class=\"m0\" x=\"158\" y=\"26.0\" width=\"0.0\" height=\"7\">",
            "<text x=\"150.0\" y=\"15.0\" text-anchor=\"end\">Drama (2)</text>",
            "<svg viewBox=\"0 0 640 68\"",
            "<p class=\"legend\"><span><b class=\"m0\"></b>Keyword model</span> \
             <span><b class=\"m1\"></b>Both together</span> </p>",
            "role=\"img\" aria-label=\"Drama\"",
            "<text x=\"128.0\" y=\"14.0\" text-anchor=\"middle\">Drama</text>",
            "recall 0 to 1",
            "<path class=\"aid\" d=\"M28.0 228.0L228.0 28.0\"/>",
            "<path class=\"aid\" d=\"M28.0 228.0L28.0 28.0L228.0 28.0L228.0 228.0L28.0 228.0\"/>",
            "<circle class=\"m0\" cx=\"78.0\" cy=\"228.0\" r=\"3\"><title>said 0.25, found 0.00, 1 times<",
            "cy=\"28.0\" r=\"3\"><title>said 0.34, found 1.00, 2 times<",
            "<svg viewBox=\"0 0 256 256\"",
            "<text x=\"128.0\" y=\"248.0\" text-anchor=\"middle\">said 0 to 1</text>",
            "translate(14 128)",
        ],
    );
}

#[test]
fn the_summary_says_what_was_done() {
    let skipped = [SkippedRow { line: 7, why: "<b>".into() }];
    let page = report(Some(1), true, &skipped);
    assert_shows(
        &page,
        &[
            "<p>2 rows are measured. War is left out, and with it 1 rows that have no other genre. \
             1 lines could not be used. The thresholds were tuned on this file: this is no test of them.</p>",
            "<h2>Lines that were left out</h2>",
            &row("7", &["&lt;b&gt;"]),
        ],
    );
}

#[test]
fn what_comes_from_a_file_cannot_become_markup() {
    let hostile = "<script>alert(\"1\")</script> & 'more'";
    let safe = escape(hostile);
    assert!(!safe.contains(['<', '>', '"', '\'']));
    assert_eq!(safe, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;");
}

#[test]
fn excerpts_end_with_a_word() {
    assert_eq!(excerpt("short <b>"), "short &lt;b&gt;");
    let long = "wörter ".repeat(100);
    let cut = excerpt(&long);
    assert!(cut.ends_with("wörter …") && cut.chars().count() <= EXCERPT + 2);
    assert!(excerpt(&"é".repeat(1000)).ends_with('…'));
}
