//! What other catalogues call our genres.

use crate::genre::{GenreSet, Labels};

/// Other names, and the ids of The Movie Database, by our own name.
const ALIASES: [(&str, &[&str]); 21] = [
    ("Action", &["28"]),
    ("Adventure", &["12"]),
    ("Animation", &["16", "animated", "anime", "cartoon"]),
    ("Biography", &["biopic", "biographical"]),
    ("Comedy", &["35", "comedies"]),
    ("Crime", &["80", "gangster"]),
    ("Drama", &["18", "dramas"]),
    ("Family", &["10751", "children", "kids", "children's", "kids & family"]),
    ("Fantasy", &["14"]),
    ("Film-Noir", &["noir"]),
    ("History", &["36", "historical", "period"]),
    ("Horror", &["27"]),
    ("Music", &["10402"]),
    ("Musical", &["musicals"]),
    ("Mystery", &["9648"]),
    ("Romance", &["10749", "romantic"]),
    ("Sci-Fi", &["878", "science fiction", "sf"]),
    ("Sport", &["sports"]),
    ("Thriller", &["53", "suspense", "thrillers"]),
    ("War", &["10752"]),
    ("Western", &["37", "westerns"]),
];

/// The position of a genre by any of its names, whatever their case, hyphens
/// and spaces.
pub fn index_of(genres: &GenreSet, name: &str) -> Option<usize> {
    let name = plain(name);
    if let Some(index) = genres.names().iter().position(|own| plain(own) == name) {
        return Some(index);
    }
    let known = ALIASES.iter().find(|(_, others)| others.iter().any(|other| plain(other) == name));
    known.and_then(|(own, _)| genres.index_of(own))
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a cell names, in a row's order of mention.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The genres among the names.
    pub labels: Labels,
    /// Names that mean none of the genres.
    pub unknown: Vec<String>,
}

impl Named {
    /// Sorts names into genres and others; empty ones are nothing.
    pub fn new<'a>(genres: &GenreSet, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut named = Self::default();
        for name in names.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
            match index_of(genres, name) {
                Some(index) => named.labels.insert(index),
                None => named.unknown.push(name.to_string()),
            }
        }
        named
    }
}

/// The names in a cell of text: joined by `,` `|` `;` `/`, or a list as Python or
/// JSON write it (`['Drama', 'War']`, `[{"id": 18, "name": "Drama"}]`).
pub fn split(cell: &str) -> Vec<String> {
    let cell = cell.trim();
    let Some(inner) = cell.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return cell.split([',', '|', ';', '/']).map(String::from).collect();
    };
    if inner.contains('{') {
        return inner.split('}').filter_map(name_of_object).collect();
    }
    let unquoted = |name: &str| name.trim().trim_matches(['\'', '"']).to_string();
    inner.split(',').map(unquoted).collect()
}

/// The `name`, or else the `id`, of an object as Python or JSON write it.
fn name_of_object(object: &str) -> Option<String> {
    let value = |key: &str| {
        let quoted = [format!("'{key}':"), format!("\"{key}\":")];
        let start = quoted.iter().find_map(|key| Some(object.find(key)? + key.len()))?;
        let value = object[start..].trim_start();
        let end = match value.chars().next()? {
            quote @ ('\'' | '"') => 1 + value[1..].find(quote)?,
            _ => value.find(',').unwrap_or(value.len()),
        };
        Some(value[..end].trim_matches(['\'', '"', ' ']).to_string())
    };
    value("name").or_else(|| value("id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_catalogues_names_and_ids_are_understood() {
        let names = ALIASES.iter().map(|(name, _)| name.to_string()).collect();
        let genres = GenreSet::new(names).unwrap();
        let of = |name| index_of(&genres, name).map(|index| genres.names()[index].as_str());
        for (name, genre) in [
            ("Science Fiction", Some("Sci-Fi")),
            ("SCIFI", Some("Sci-Fi")),
            ("sci fi", Some("Sci-Fi")),
            ("878", Some("Sci-Fi")),
            ("Film Noir", Some("Film-Noir")),
            ("10402", Some("Music")),
            ("Musical", Some("Musical")),
            ("Reality-TV", None),
            ("10770", None), // TV Movie
            ("", None),
        ] {
            assert_eq!(of(name), genre, "{name}");
        }
    }

    #[test]
    fn lists_are_split_however_they_are_written() {
        for cell in [
            "Drama,War",
            " Drama | War",
            "['Drama', 'War']",
            r#"["Drama","War"]"#,
            r#"[{"id": 18, "name": "Drama"}, {"id": 10752, "name": "War"}]"#,
            "[{'name': 'Drama', 'id': 18}, {'name': 'War', 'id': 10752}]",
        ] {
            let names: Vec<String> = split(cell).iter().map(|n| n.trim().to_string()).collect();
            assert_eq!(names, ["Drama", "War"], "{cell}");
        }
        assert_eq!(split("[18, 10752]"), ["18", "10752"]);
        assert_eq!(split(r#"[{"name": "War, at sea", "id": 1}]"#), ["War, at sea"]);
        assert_eq!(split(r#"[{"id": 18}]"#), ["18"]);
        assert_eq!(split("[{"), ["[{"]);
    }
}
