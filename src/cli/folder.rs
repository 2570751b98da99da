//! Files of a model folder and labelled files, from disk.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use plotlens::artefact::{FileEntry, Manifest, Verified};
use plotlens::classify::Classifier;
use plotlens::evaluate::{self, Format, LabelledFile, Table};
use plotlens::genre::GenreSet;
use plotlens::{Error, ErrorKind, Result};

use super::ModelArgs;

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|cause| io("read", path, cause))
}

/// Writes a file in one move, as [`write_with`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_with(path, |mut file| file.write_all(bytes).map_err(|cause| io("write", path, cause)))
}

/// Writes a file in one move: a full disk leaves the old one as it was. What is
/// not a plain file, such as a link or a pipe, is written to as it is.
pub fn write_with(path: &Path, fill: impl FnOnce(&fs::File) -> Result<()>) -> Result<()> {
    let failed = |cause| io("write", path, cause);
    if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let file = fs::OpenOptions::new().write(true).truncate(true).open(path).map_err(failed)?;
        return fill(&file);
    }
    let partial = path.with_added_extension("partial");
    let written = fs::File::create(&partial)
        .map_err(failed)
        .and_then(|file| fill(&file).and_then(|()| file.sync_all().map_err(failed)))
        .and_then(|()| fs::rename(&partial, path).map_err(failed));
    written.inspect_err(|_| {
        // The write has failed already; a leftover is the lesser harm.
        let _ = fs::remove_file(&partial);
    })
}

/// Fails where [`write_with`] would, as far as that can be told; changes nothing.
pub fn can_write(path: &Path) -> Result<()> {
    let failed = |cause| io("write", path, cause);
    if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let behind = path.metadata().map_err(failed)?;
        // To open a pipe would be to wait for its reader.
        if behind.is_file() || behind.is_dir() {
            fs::OpenOptions::new().write(true).open(path).map_err(failed)?;
        }
        return Ok(());
    }
    let partial = path.with_added_extension("partial");
    match fs::File::create_new(&partial) {
        Ok(_) => fs::remove_file(&partial).map_err(failed),
        // One that was left over is overwritten.
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(cause) => Err(failed(cause)),
    }
}

/// Reads a labelled file.
pub fn labelled(path: &Path, genres: &GenreSet) -> Result<LabelledFile> {
    evaluate::read_table(&path.to_string_lossy(), table(path)?, genres)
}

/// Opens a file of rows.
pub fn table(path: &Path) -> Result<Table<Box<dyn Read>>> {
    let file = fs::File::open(path).map_err(|cause| io("open", path, cause))?;
    if is_parquet(path) {
        return Table::open(parquet_lines(path, file)?, Format::Json);
    }
    evaluate::open(&path.to_string_lossy(), file)
}

/// Whether a file is, or is to be, Parquet, by its name.
pub fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}

#[cfg(feature = "parquet")]
fn parquet_lines(path: &Path, file: fs::File) -> Result<Box<dyn Read>> {
    Ok(Box::new(super::parquet::Lines::open(path, file)?))
}

#[cfg(not(feature = "parquet"))]
fn parquet_lines(_: &Path, _: fs::File) -> Result<Box<dyn Read>> {
    Err(no_parquet())
}

/// What a program without Parquet says.
#[cfg(not(feature = "parquet"))]
pub fn no_parquet() -> Error {
    let message = "This program has no Parquet: cargo build --release --features parquet";
    Error::new(ErrorKind::FileInvalid, message)
}

/// Reads a folder's manifest.
pub fn manifest(folder: &Path) -> Result<Manifest> {
    Manifest::read(&String::from_utf8_lossy(&read(&folder.join("manifest.json"))?))
}

/// Reads a file of a folder and checks it against the manifest.
pub fn verified(manifest: &Manifest, folder: &Path, path: &str) -> Result<Vec<u8>> {
    let bytes = read(&folder.join(path))?;
    Ok(Verified::check(manifest.file(path)?, bytes)?.into_inner())
}

/// Loads every model of a folder, every file checked against the manifest.
pub fn classifier(args: &ModelArgs) -> Result<Classifier> {
    let manifest = manifest(&args.model)?;
    let files = manifest.files.clone();
    let classifier = match args.engine {
        Some(engine) => Classifier::with_engine(manifest, engine.into()),
        None => Classifier::new(manifest),
    }?;
    loaded(classifier, &files, |path| read(&args.model.join(path)))
}

/// Loads files into a classifier, wherever they come from.
pub fn loaded(
    mut classifier: Classifier,
    files: &[FileEntry],
    read: impl Fn(&str) -> Result<Vec<u8>>,
) -> Result<Classifier> {
    for file in files {
        classifier.load(&file.path, read(&file.path)?)?;
    }
    Ok(classifier)
}

/// What went wrong with a file.
pub fn io(what: &str, path: &Path, cause: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("Cannot {what} {}.", path.display())).caused_by(cause)
}

/// Makes a folder and those above it.
pub fn create(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|cause| io("create", path, cause))
}

/// Prints to standard output; a closed pipe is an error, not a panic.
pub fn print(text: &str) -> Result<()> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|cause| {
        Error::new(ErrorKind::Io, "Standard output cannot be written.").caused_by(cause)
    })
}
