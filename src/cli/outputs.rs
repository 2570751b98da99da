//! Files that a command is to write, looked at before the work that fills them.

use std::path::{Path, PathBuf};

use plotlens::{Error, ErrorKind, Result};

use super::folder;

/// Refuses an output that is also read, or named twice, and one that cannot be
/// written, as far as that can be told without writing it.
pub fn check<'a>(
    outputs: impl IntoIterator<Item = &'a PathBuf>,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<()> {
    let mut taken: Vec<PathBuf> = inputs.into_iter().filter_map(|path| place(path)).collect();
    for output in outputs {
        let place = place(output);
        if place.as_ref().is_some_and(|place| taken.contains(place)) {
            let message = format!(
                "{} is read by this command, or written twice. Name another output.",
                output.display()
            );
            return Err(Error::new(ErrorKind::FileInvalid, message));
        }
        folder::can_write(output)?;
        taken.extend(place);
    }
    Ok(())
}

/// Where a plain file is or would be, whatever it is called. Nothing of what may well
/// be written twice, such as a pipe.
fn place(path: &Path) -> Option<PathBuf> {
    match path.metadata() {
        Ok(metadata) => metadata.is_file().then(|| path.canonicalize().ok())?,
        Err(_) => {
            let path = std::path::absolute(path).ok()?;
            Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?))
        }
    }
}
