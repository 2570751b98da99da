//! The command `plotlens`.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Command::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::note(&format!("{error}\n"));
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                cli::note(&format!("  because: {error}\n"));
                cause = error.source();
            }
            cli::note(&format!("  code: {}\n", error.kind().code()));
            ExitCode::FAILURE
        }
    }
}
