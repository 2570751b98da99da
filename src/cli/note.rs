//! What a command says on standard error.

use std::io::Write;

/// Writes to standard error. That is a courtesy: where nobody reads it, the command
/// goes on without it.
pub fn note(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
