//! Tables of the report.

use super::{EXCERPT, LISTED, ShownRow, Story, escape, excerpt, label};
use crate::evaluate::decisions::{Decisions, Hit, LengthBin};
use crate::evaluate::order::Order;
use crate::evaluate::read::SkippedRow;
use crate::metrics::{Interval, Metrics};

/// A metric's name, its key among the intervals, and where it stands.
type Line = (&'static str, &'static str, fn(&Metrics) -> f64);

const METRICS: [Line; 20] = [
    ("Jaccard, samples", "samples.jaccard", |m| m.samples.jaccard),
    ("Hamming loss", "hamming", |m| m.hamming),
    ("exact match", "exact_match", |m| m.exact_match),
    ("at least one", "at_least_one", |m| m.at_least_one),
    ("at least two", "at_least_two", |m| m.at_least_two),
    ("precision, micro", "micro.precision", |m| m.micro.precision),
    ("recall, micro", "micro.recall", |m| m.micro.recall),
    ("F1, micro", "micro.f1", |m| m.micro.f1),
    ("precision, macro", "macro.precision", |m| m.macro_.precision),
    ("recall, macro", "macro.recall", |m| m.macro_.recall),
    ("F1, macro", "macro.f1", |m| m.macro_.f1),
    ("precision, weighted", "weighted.precision", |m| m.weighted.precision),
    ("recall, weighted", "weighted.recall", |m| m.weighted.recall),
    ("F1, weighted", "weighted.f1", |m| m.weighted.f1),
    ("precision, samples", "samples.precision", |m| m.samples.rates.precision),
    ("recall, samples", "samples.recall", |m| m.samples.rates.recall),
    ("F1, samples", "samples.f1", |m| m.samples.rates.f1),
    ("mAP", "map", |m| m.map),
    ("LRAP", "lrap", |m| m.lrap),
    ("ECE", "ece", |m| m.ece),
];

/// Every metric of every model, with its interval where there is one.
pub fn metrics(decisions: &Decisions, intervals: &[Vec<Interval>]) -> String {
    let head: Vec<String> =
        decisions.models.iter().map(|own| label(own.model).to_string()).collect();
    let rows = METRICS.iter().map(|(name, key, value)| {
        let cells = decisions.models.iter().enumerate().map(|(at, own)| {
            let found = intervals.get(at).and_then(|all| all.iter().find(|i| i.metric == *key));
            let interval = found.map_or(String::new(), |i| {
                format!(" <small>[{:.3}, {:.3}]</small>", i.low, i.high)
            });
            format!("{:.3}{interval}", value(&own.metrics))
        });
        (name.to_string(), cells.collect())
    });
    table("metric, with 95 % bootstrap intervals", &head, rows)
}

/// Every model's figures for each genre.
pub fn by_genre(decisions: &Decisions) -> String {
    let columns = ["precision", "recall", "F1", "AP", "threshold", "TP", "FP", "FN", "TN"];
    let mut out = String::new();
    for own in &decisions.models {
        let mut head = vec!["support".to_string()];
        head.extend(columns.map(String::from));
        let rows = decisions.genres.iter().zip(&own.metrics.per_genre).map(|(name, genre)| {
            let (rates, counts) = (&genre.rates, &genre.counts);
            let mut cells = vec![genre.support.to_string()];
            let shares = [rates.precision, rates.recall, rates.f1, genre.ap];
            cells.extend(shares.map(|share| format!("{share:.3}")));
            cells.push(format!("{:.2}", genre.threshold));
            cells.extend([counts.tp, counts.fp, counts.fn_, counts.tn].map(|n| n.to_string()));
            (escape(name), cells)
        });
        out += &format!("<h3>{}</h3>\n", label(own.model));
        out += &table("genre", &head, rows);
    }
    out
}

/// Counts of pairs of genres, the darker the more; ordered so that what belongs
/// together stands together.
pub fn matrix(counts: &[Vec<u64>], order: &Order, genres: &[String], what: &str) -> String {
    let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1);
    let name = |at: &usize| format!("<span>{}</span>", escape(&genres[*at]));
    let head: Vec<String> = order.columns.iter().map(name).collect();
    let rows = order.rows.iter().map(|&row| {
        let cells = order.columns.iter().map(|&column| {
            let count = counts[row][column];
            // Nine shades, so that the sheet can name them.
            let shade = (count as f64 / most as f64 * 9.0).sqrt() * 3.0;
            let text = if count == 0 { String::new() } else { count.to_string() };
            format!("<i class=\"s{}\">{text}</i>", shade.round() as u64)
        });
        (escape(&genres[row]), cells.collect())
    });
    format!("<div class=\"matrix\">{}</div>\n", table(what, &head, rows))
}

/// How scores depend on the length of a text.
pub fn lengths(bins: &[LengthBin]) -> String {
    let head = ["rows", "Jaccard", "± (95 %)", "F1"].map(String::from);
    let rows = bins.iter().map(|bin| {
        let name = match bin.to {
            Some(to) => format!("{} to {}", bin.from, to - 1),
            None => format!("{} and more", bin.from),
        };
        let shares = [bin.jaccard, bin.margin, bin.f1].map(|value| format!("{value:.3}"));
        (name, [vec![bin.n.to_string()], shares.to_vec()].concat())
    });
    table("words", &head, rows)
}

/// Rows behind mistakes.
pub fn hits(hits: &[Hit], story: &Story<'_>) -> String {
    let head = ["probability", "line", "labels", "title", "text"].map(String::from);
    let rows = hits.iter().map(|hit| {
        let genre = escape(&story.decisions.genres[hit.genre]);
        let bar = format!(
            "<meter min=\"0\" max=\"1\" value=\"{:.3}\"></meter> {:.2}",
            hit.probability, hit.probability
        );
        let row = (story.row)(hit.row);
        let ShownRow { line, title, text, genres } = row.unwrap_or(ShownRow {
            line: 0,
            title: None,
            text: String::new(),
            genres: Vec::new(),
        });
        let title = title.as_deref().map(excerpt).unwrap_or_default();
        let cells = vec![bar, line.to_string(), escape(&genres.join(", ")), title, excerpt(&text)];
        (genre, cells)
    });
    let note = format!("<p>The first {LISTED} at most; texts to {EXCERPT} letters.</p>\n");
    note + &format!("<div class=\"rows\">{}</div>\n", table("genre", &head, rows))
}

/// Lines that could not be used.
pub fn skipped(skipped: &[SkippedRow]) -> String {
    let rows =
        skipped.iter().take(LISTED).map(|row| (row.line.to_string(), vec![escape(&row.why)]));
    table("line", &["why".to_string()], rows)
}

/// A table whose first column names the rows; every cell is HTML already.
pub(super) fn table(
    corner: &str,
    head: &[String],
    rows: impl Iterator<Item = (String, Vec<String>)>,
) -> String {
    let head: String = head.iter().map(|name| format!("<th scope=\"col\">{name}</th>")).collect();
    let mut out = format!(
        "<table>\n<thead><tr><th scope=\"col\">{}</th>{head}</tr></thead>\n<tbody>\n",
        escape(corner)
    );
    for (name, cells) in rows {
        let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        out += &format!("<tr><th scope=\"row\">{name}</th>{cells}</tr>\n");
    }
    out + "</tbody>\n</table>\n"
}
