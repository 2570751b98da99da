//! Box plots: a column's numbers by what became of a genre.

use std::fmt::Write;

use super::charts::{open, text};
use super::escape;
use super::tables::table;
use crate::evaluate::decisions::{Outcomes, Summary};

/// Where a plot's boxes begin, how wide the widest is, and how high each, in units
/// of the drawing.
const LEFT: f64 = 30.0;
const WIDTH: f64 = 200.0;
const ROW: f64 = 14.0;
/// What stands above the boxes: the genre's name.
const TOP: f64 = 20.0;

/// The numbers of one column, a plot for each genre, all on one scale, with the
/// table behind them.
pub fn by_outcome(column: &str, genres: &[String], of_genres: &[Outcomes]) -> String {
    let all = || of_genres.iter().flat_map(named).map(|(_, own)| own).filter(|own| own.n > 0);
    let low = all().map(|own| own.low).fold(f32::INFINITY, f32::min);
    let high = all().map(|own| own.high).fold(f32::NEG_INFINITY, f32::max);
    if !low.is_finite() || !high.is_finite() {
        return String::new();
    }
    let plots = genres.iter().zip(of_genres);
    let plots: String = plots.map(|(genre, own)| plot(column, genre, own, low, high)).collect();
    let head = ["rows", "5 %", "25 %", "median", "75 %", "95 %"].map(String::from);
    let rows = genres.iter().zip(of_genres).flat_map(|(genre, own)| {
        named(own).map(|(name, own)| (format!("{}, {name}", escape(genre)), cells(&own)))
    });
    let column = escape(column);
    format!(
        "<h3>{column}</h3>\n<div class=\"plots\">{plots}</div>\n\
         <details>\n<summary>The numbers of {column}</summary>\n{}</details>\n",
        table("genre", &head, rows)
    )
}

fn named(own: &Outcomes) -> [(&'static str, Summary); 4] {
    [("TP", own.tp), ("FP", own.fp), ("FN", own.fn_), ("TN", own.tn)]
}

fn cells(own: &Summary) -> Vec<String> {
    let quantiles = [own.low, own.q1, own.median, own.q3, own.high];
    let quantile = |value: f32| if own.n > 0 { short(value) } else { String::new() };
    [own.n.to_string()].into_iter().chain(quantiles.map(quantile)).collect()
}

/// A line from 5 % to 95 % of the rows, a box from 25 % to 75 %, a dot at the median.
fn plot(column: &str, genre: &str, own: &Outcomes, low: f32, high: f32) -> String {
    let x = |value: f32| {
        // In f64: the span of two f32 may be more than one holds.
        let (low, high) = (f64::from(low), f64::from(high));
        let share = if high > low { (f64::from(value) - low) / (high - low) } else { 0.5 };
        LEFT + share * WIDTH
    };
    let bottom = TOP + 4.0 * ROW;
    let title = format!("{column} by what became of {genre}");
    let mut out = open(LEFT + WIDTH + 10.0, bottom + 18.0, &title);
    text(&mut out, LEFT, 13.0, "start", &escape(genre));
    let _ = write!(out, "<path class=\"aid\" d=\"M{LEFT} {bottom}h{WIDTH}\"/>");
    text(&mut out, LEFT, bottom + 13.0, "start", &short(low));
    text(&mut out, LEFT + WIDTH, bottom + 13.0, "end", &short(high));
    for (at, (name, own)) in named(own).into_iter().enumerate() {
        let y = TOP + ROW * at as f64 + ROW / 2.0;
        text(&mut out, LEFT - 6.0, y + 4.0, "end", name);
        if own.n == 0 {
            continue;
        }
        let [low, q1, median, q3, high] = [own.low, own.q1, own.median, own.q3, own.high].map(x);
        let _ = write!(
            out,
            "<g><title>{name}: {}</title>\
             <path class=\"whisker\" d=\"M{low:.1} {y:.1}H{high:.1}\"/>\
             <rect class=\"box\" x=\"{q1:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"8\"/>\
             <circle class=\"median\" cx=\"{median:.1}\" cy=\"{y:.1}\" r=\"2.5\"/></g>",
            in_words(&own),
            y - 4.0,
            q3 - q1,
        );
    }
    out + "</svg>\n"
}

fn in_words(own: &Summary) -> String {
    let [q1, median, q3] = [own.q1, own.median, own.q3].map(short);
    format!("rows {}, median {median}, the middle half from {q1} to {q3}", own.n)
}

/// A number with two decimals at most.
fn short(value: f32) -> String {
    // Adding 0 makes −0 plain.
    ((f64::from(value) * 100.0).round() / 100.0 + 0.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(n: usize, [low, q1, median, q3, high]: [f32; 5]) -> Summary {
        Summary { n, low, q1, median, q3, high }
    }

    #[test]
    fn boxes_stand_where_their_numbers_are() {
        let tp = summary(9, [100.0, 125.0, 150.0, 175.0, 200.0]);
        let own = Outcomes { tp, ..Default::default() };
        let html = by_outcome("a<b", &["Drama".to_string()], &[own]);
        assert!(html.contains("M30.0 27.0H230.0"), "{html}");
        assert!(html.contains("x=\"80.0\" y=\"23.0\" width=\"100.0\""), "{html}");
        assert!(html.contains("cx=\"130.0\""), "{html}");
        assert_eq!(html.matches("<rect").count(), 1);
        for part in [
            "<svg viewBox=\"0 0 240 94\"",
            "<path class=\"aid\" d=\"M30 76h200\"/>",
            "<text x=\"30.0\" y=\"89.0\" text-anchor=\"start\">100</text>",
            "<text x=\"230.0\" y=\"89.0\" text-anchor=\"end\">200</text>",
            "<text x=\"24.0\" y=\"31.0\" text-anchor=\"end\">TP</text>",
            "<text x=\"24.0\" y=\"73.0\" text-anchor=\"end\">TN</text>",
            "<title>TP: rows 9, median 150, the middle half from 125 to 175</title>",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(html.contains("<h3>a&lt;b</h3>") && !html.contains("a<b"));
        assert!(
            html.contains("<th scope=\"row\">Drama, TP</th><td>9</td><td>100</td><td>125</td>")
        );
        assert!(html.contains("<th scope=\"row\">Drama, TN</th><td>0</td><td></td>"));
    }

    #[test]
    fn numbers_of_any_size_are_drawn() {
        let genres = ["Drama".to_string()];
        let draw = |of: [f32; 5]| {
            let tn = summary(3, of);
            by_outcome("votes", &genres, &[Outcomes { tn, ..Default::default() }])
        };
        for of in [[7.0; 5], [f32::MIN, -1.0, 0.0, 1.0, f32::MAX]] {
            let html = draw(of);
            assert!(html.contains("<circle") && !html.contains("NaN") && !html.contains("inf"));
        }
        assert_eq!(by_outcome("votes", &genres, &[Outcomes::default()]), "");
    }

    #[test]
    fn short_numbers_end_where_they_say_nothing_more() {
        assert_eq!(
            [1970.0, 0.5, -2.25, -0.004, 100.0].map(short),
            ["1970", "0.5", "-2.25", "0", "100"]
        );
    }
}
