//! The command line, for the tests that run it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub fn plotlens(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plotlens"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args);
    command
}

pub fn run(args: &[&str]) -> Output {
    plotlens(args).output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The stable code that a failure prints.
pub fn code(output: &Output) -> String {
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    let line = stderr.lines().last().unwrap();
    line.trim().strip_prefix("code: ").unwrap_or(&stderr).to_string()
}

/// A file of its own for a test.
pub fn scratch(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}
