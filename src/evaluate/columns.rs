//! Which column means what.

use serde::{Deserialize, Serialize};

use super::names::{self, Named};
use super::records::Record;
use super::row::{Cell, Header};
use crate::genre::GenreSet;

/// The columns that are read, by their names in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Columns {
    /// The description: required.
    pub text: Option<String>,
    /// Its genres, a list or names joined: required.
    pub genres: Option<String>,
    /// The film's title.
    pub title: Option<String>,
    /// What the file calls a row.
    pub id: Option<String>,
    /// Genres with those that a second source confirms.
    pub augmented: Option<String>,
    /// Genres whose absence proves nothing.
    pub maybe_missing: Option<String>,
    /// Where a row came from.
    pub source: Option<String>,
    /// Whether its list of genres was cut.
    pub capped: Option<String>,
    /// Columns of numbers, to be set beside the scores.
    pub numbers: Vec<String>,
}

const TEXT: [&str; 12] = [
    "text",
    "plot",
    "description",
    "overview",
    "summary",
    "synopsis",
    "plot_summary",
    "plot_synopsis",
    "storyline",
    "plot_outline",
    "long_description",
    "body",
];
const GENRES: [&str; 8] =
    ["genres", "genre", "genre_ids", "genre_names", "listed_in", "labels", "label", "tags"];
const TITLE: [&str; 8] = [
    "title",
    "name",
    "movie_title",
    "original_title",
    "primarytitle",
    "movie_name",
    "film",
    "movie",
];
const ID: [&str; 8] =
    ["id", "imdb_id", "imdbid", "tconst", "tmdb_id", "movie_id", "movieid", "show_id"];

/// Mean length of a cell, in bytes, above which it may be a description.
const LONG: usize = 60;
/// The share of filled cells that has to fit a column's meaning.
const MOST: f64 = 0.8;
/// Columns of numbers that are held for every row.
pub(super) const MOST_NUMBERS: usize = 32;

impl Columns {
    /// What the names, and the cells of some records, let one guess. The names
    /// that this project writes win over others.
    pub fn guess(header: &Header, sample: &[Record], genres: &GenreSet) -> Self {
        let by_name = |wished: &[&str]| {
            let same = |wish: &&str| header.names().iter().find(|name| same_name(name, wish));
            wished.iter().find_map(same).cloned()
        };
        let filled = |name: &str| -> Vec<Cell> {
            let cells = sample.iter().filter_map(|record| header.cell(record, name).ok());
            cells.filter(|cell| !matches!(cell, Cell::Absent) && *cell != text("")).collect()
        };
        let share = |name: &str, fits: &dyn Fn(&Cell) -> bool| {
            let cells = filled(name);
            let fitting = cells.iter().filter(|cell| fits(cell)).count();
            if cells.is_empty() { 0.0 } else { fitting as f64 / cells.len() as f64 }
        };
        let names_genres = |cell: &Cell| {
            let names = match cell {
                Cell::Text(joined) if joined.len() < 200 => names::split(joined),
                Cell::List(names) => names.clone(),
                _ => return false,
            };
            // A number alone may be anything.
            names.iter().any(|name| name.trim().parse::<f64>().is_err())
                && !Named::new(genres, names.iter().map(String::as_str)).labels.is_empty()
        };
        let mean_length = |name: &&String| {
            let cells = filled(name);
            let length = |cell: &Cell| if let Cell::Text(text) = cell { text.len() } else { 0 };
            cells.iter().map(length).sum::<usize>() / cells.len().max(1)
        };
        let genre_column = by_name(&GENRES)
            .or_else(|| header.names().iter().find(|n| share(n, &names_genres) > MOST).cloned());
        let text_column = by_name(&TEXT).or_else(|| {
            let others = header.names().iter().filter(|name| Some(*name) != genre_column.as_ref());
            let longest = others.max_by_key(mean_length);
            longest.filter(|name| mean_length(name) > LONG).cloned()
        });
        let mut columns = Self {
            text: text_column,
            genres: genre_column,
            title: by_name(&TITLE),
            id: by_name(&ID),
            augmented: by_name(&["genres_aug"]),
            maybe_missing: by_name(&["maybe_missing"]),
            source: by_name(&["source"]),
            capped: by_name(&["capped"]),
            numbers: Vec::new(),
        };
        let free = |name: &&String| !columns.uses(name);
        let is_number = |cell: &Cell| cell.number().is_some();
        let numbers = header.names().iter().filter(free).filter(|n| share(n, &is_number) > MOST);
        columns.numbers = numbers.take(MOST_NUMBERS).cloned().collect();
        columns
    }

    /// Whether a column has a meaning other than a number's.
    fn uses(&self, name: &str) -> bool {
        let Self { text, genres, title, id, augmented, maybe_missing, source, capped, .. } = self;
        [text, genres, title, id, augmented, maybe_missing, source, capped]
            .into_iter()
            .any(|column| column.as_deref() == Some(name))
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_string())
}

fn same_name(name: &str, wish: &str) -> bool {
    let plain = |c: char| if c == ' ' || c == '-' { '_' } else { c.to_ascii_lowercase() };
    name.chars().map(plain).eq(wish.chars())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Format, Table};

    fn guess(file: &str) -> Columns {
        let format = if file.starts_with('{') { "a.jsonl" } else { "a.csv" };
        let table = Table::open(file.as_bytes(), Format::of(format).unwrap()).unwrap();
        let genres = GenreSet::new(["Drama", "War"].map(String::from).to_vec()).unwrap();
        Columns::guess(table.header(), &table.sample(), &genres)
    }

    fn some(name: &str) -> Option<String> {
        Some(name.to_string())
    }

    #[test]
    fn a_column_of_lists_may_be_the_genres() {
        let row =
            |of: &str| format!("{{\"plot\": \"x\", \"people\": [\"Ann\"], \"is\": [{of}]}}\n");
        assert_eq!(guess(&(row("\"War\"") + &row("\"Drama\", \"Fun\""))).genres, some("is"));
        assert_eq!(guess(&row("10752")).genres, None);
    }

    #[test]
    fn a_column_that_seldom_names_a_genre_is_not_the_genres() {
        let file = |war: usize| {
            let rows: String =
                (0..10).map(|row| if row < war { "x,War\n" } else { "x,peace\n" }).collect();
            guess(&format!("plot,about\n{rows},\n")).genres
        };
        assert_eq!([file(9), file(8), file(1)], [some("about"), None, None]);
        let long = format!("plot,about\nx,\"War, {}\"\n", "and so on, ".repeat(20));
        assert_eq!(guess(&long).genres, None);
    }

    #[test]
    fn the_longest_column_is_the_text_where_it_is_long() {
        let (long, longer) = ("word ".repeat(13), "words ".repeat(13));
        let columns = guess(&format!("a,b,genre\n{long},{longer},War\n"));
        assert_eq!((columns.text, columns.genres), (some("b"), some("genre")));
        let sixty = "x".repeat(60);
        assert_eq!(guess(&format!("a,genre\n{sixty},War\n")).text, None);
        assert_eq!(guess(&format!("a,genre\n{sixty},War\n{sixty},War\n")).text, None);
        assert_eq!(guess(&format!("a,genre\n{sixty}x,War\n")).text, some("a"));
    }

    #[test]
    fn what_has_a_meaning_is_no_column_of_numbers() {
        let head = "id,plot,genre,title,source,capped,year";
        let columns = guess(&format!("{head}\n7,x,War,12,1,0,1950\n8,y,War,13,1,0,1960\n"));
        assert_eq!((columns.id, columns.title), (some("id"), some("title")));
        assert_eq!((columns.source, columns.capped), (some("source"), some("capped")));
        assert_eq!(columns.numbers, ["year"]);
    }

    #[test]
    fn a_column_of_numbers_is_nearly_all_numbers() {
        let file = |numbers: usize| {
            let row = |row| if row < numbers { "x,War,1950\n" } else { "x,War,unknown\n" };
            guess(&format!("plot,genre,year\n{}", (0..10).map(row).collect::<String>())).numbers
        };
        assert_eq!((file(9), file(8)), (vec!["year".to_string()], vec![]));
    }
}
