//! Files of a model folder and labelled files, from disk.

use std::fs;
use std::io::Write;
use std::path::Path;

use plotlens::artefact::{Manifest, Verified};
use plotlens::classify::Classifier;
use plotlens::evaluate::{self, LabelledFile};
use plotlens::genre::GenreSet;
use plotlens::{Error, ErrorKind, Result};

use super::ModelArgs;

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|cause| io("read", path, cause))
}

/// Writes a file in one move: a full disk leaves the old one as it was. What is
/// not a plain file, such as a link or a pipe, is written to as it is.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let written = fs::OpenOptions::new().write(true).truncate(true).open(path);
        let written = written.and_then(|mut file| file.write_all(bytes));
        return written.map_err(|cause| io("write", path, cause));
    }
    let partial = path.with_added_extension("partial");
    let written = fs::File::create(&partial)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&partial, path));
    written.map_err(|cause| {
        // The write has failed already; a leftover is the lesser harm.
        let _ = fs::remove_file(&partial);
        io("write", path, cause)
    })
}

/// Reads a labelled file.
pub fn labelled(path: &Path, genres: &GenreSet) -> Result<LabelledFile> {
    let file = fs::File::open(path).map_err(|cause| io("open", path, cause))?;
    evaluate::read(&path.to_string_lossy(), file, genres)
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
    classifier_of(manifest(&args.model)?, args)
}

/// The same with a manifest that need not be in the folder.
pub fn classifier_of(manifest: Manifest, args: &ModelArgs) -> Result<Classifier> {
    let files = manifest.files.clone();
    let mut classifier = match args.engine {
        Some(engine) => Classifier::with_engine(manifest, engine.into()),
        None => Classifier::new(manifest),
    }?;
    for file in &files {
        classifier.load(&file.path, read(&args.model.join(&file.path))?)?;
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
