//! Charts of the report, as SVG; each has its numbers in a table beside it or
//! in its title.

use std::fmt::Write;

use super::{escape, label};
use crate::evaluate::curves::Curves;
use crate::evaluate::decisions::Decisions;

/// The side of a square plot, and its margin, in units of the drawing.
const SIDE: f64 = 200.0;
const MARGIN: f64 = 28.0;

/// Every model's F1 for each genre, those with most rows first.
pub fn by_genre(decisions: &Decisions) -> String {
    let Some(first) = decisions.models.first() else { return String::new() };
    let mut order: Vec<usize> = (0..decisions.genres.len()).collect();
    order.sort_by_key(|&genre| std::cmp::Reverse(first.metrics.per_genre[genre].support));
    let models = decisions.models.len();
    let row = 6.0 + 8.0 * models as f64;
    let height = row * order.len() as f64 + 24.0;
    let mut out = open(640.0, height, "F1 by genre");
    for (at, &genre) in order.iter().enumerate() {
        let y = at as f64 * row + 4.0;
        let support = first.metrics.per_genre[genre].support;
        let name = format!("{} ({support})", escape(&decisions.genres[genre]));
        text(&mut out, 150.0, y + row / 2.0, "end", &name);
        for (model, own) in decisions.models.iter().enumerate() {
            let f1 = own.metrics.per_genre[genre].rates.f1;
            let _ = write!(
                out,
                "<rect class=\"m{model}\" x=\"158\" y=\"{:.1}\" width=\"{:.1}\" height=\"7\"><title>{}: {f1:.3}</title></rect>",
                y + 8.0 * model as f64,
                f1 * 430.0,
                label(own.model)
            );
        }
    }
    out + "</svg>\n" + &legend(decisions)
}

fn legend(decisions: &Decisions) -> String {
    let name = |(at, own): (usize, &crate::evaluate::ModelDecisions)| {
        format!("<span><b class=\"m{at}\"></b>{}</span> ", label(own.model))
    };
    let names: String = decisions.models.iter().enumerate().map(name).collect();
    format!("<p class=\"legend\">{names}</p>\n")
}

/// What was said against what was found, for each model.
pub fn reliability(curves: &Curves) -> String {
    let plots = curves.models.iter().enumerate().map(|(at, own)| {
        let mut out = open_square(label(own.model), "said", "found");
        let _ = write!(out, "<path class=\"aid\" d=\"{}\"/>", path(&[(0.0, 0.0), (1.0, 1.0)]));
        let points: Vec<(f64, f64)> =
            own.reliability.iter().map(|bin| (bin.said, bin.found)).collect();
        let _ = write!(out, "<path class=\"m{at}\" d=\"{}\"/>", path(&points));
        for bin in &own.reliability {
            let (x, y) = place((bin.said, bin.found));
            let _ = write!(
                out,
                "<circle class=\"m{at}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"><title>said {:.2}, found {:.2}, {} times</title></circle>",
                bin.said, bin.found, bin.n
            );
        }
        out + "</svg>\n"
    });
    format!("<div class=\"plots\">{}</div>\n", plots.collect::<String>())
}

/// Each genre's curve, the models over each other.
pub fn precision_recall(decisions: &Decisions, curves: &Curves) -> String {
    let plots = decisions.genres.iter().enumerate().map(|(genre, name)| {
        let mut out = open_square(name, "recall", "precision");
        for (at, own) in curves.models.iter().enumerate() {
            let points: Vec<(f64, f64)> = own.precision_recall[genre]
                .iter()
                .map(|point| (point.recall, point.precision))
                .collect();
            let _ = write!(out, "<path class=\"m{at}\" d=\"{}\"/>", path(&points));
        }
        out + "</svg>\n"
    });
    legend(decisions) + &format!("<div class=\"plots\">{}</div>\n", plots.collect::<String>())
}

pub(super) fn open(width: f64, height: f64, title: &str) -> String {
    let title = escape(title);
    format!(
        "<svg viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{title}\" width=\"{width:.0}\">"
    )
}

/// A plot of shares against shares.
fn open_square(title: &str, x: &str, y: &str) -> String {
    let whole = SIDE + 2.0 * MARGIN;
    let mut out = open(whole, whole, title);
    let frame = [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)];
    let _ = write!(out, "<path class=\"aid\" d=\"{}\"/>", path(&frame));
    text(&mut out, whole / 2.0, 14.0, "middle", &escape(title));
    text(&mut out, whole / 2.0, whole - 8.0, "middle", &format!("{x} 0 to 1"));
    let _ = write!(
        out,
        "<text transform=\"translate(14 {:.0}) rotate(-90)\" text-anchor=\"middle\">{y} 0 to 1</text>",
        whole / 2.0
    );
    out
}

pub(super) fn text(out: &mut String, x: f64, y: f64, anchor: &str, content: &str) {
    let _ =
        write!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{content}</text>");
}

fn place((x, y): (f64, f64)) -> (f64, f64) {
    (MARGIN + x * SIDE, MARGIN + (1.0 - y) * SIDE)
}

fn path(points: &[(f64, f64)]) -> String {
    let mut out = String::new();
    for (at, &point) in points.iter().enumerate() {
        let (x, y) = place(point);
        let _ = write!(out, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
    }
    out
}
