//! `plotlens serve`: static files on localhost, with the headers they need.

use std::fs::File;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use plotlens::{Error, ErrorKind, Result};

use super::http::{Answer, Request, converse};
use super::{ServeArgs, folder};

/// What the page may do: nothing from elsewhere, no inline code.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
    worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    require-trusted-types-for 'script'; trusted-types default";

/// Runs the command; returns only where it cannot start.
pub fn run(args: ServeArgs) -> Result<()> {
    let root = args.dir.canonicalize().map_err(|cause| {
        let message = format!("There is no folder {}.", args.dir.display());
        Error::new(ErrorKind::Io, message).caused_by(cause)
    })?;
    let root: Arc<Path> = root.into();
    let listener = TcpListener::bind(("127.0.0.1", args.port)).map_err(|cause| {
        let taken = cause.kind() == io::ErrorKind::AddrInUse;
        let why = if taken { "is taken" } else { "cannot be used" };
        let message = format!("Port {} {why}; choose another with --port N.", args.port);
        Error::new(ErrorKind::Io, message).caused_by(cause)
    })?;
    let port = listener.local_addr().map_or(args.port, |address| address.port());
    // Whoever knows the port needs no address.
    let _ = folder::print(&format!("http://localhost:{port}\n"));
    loop {
        match listener.accept() {
            Ok((stream, _)) => serve(stream, Arc::clone(&root)),
            // Too many files are open, perhaps: those who have them will end.
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    }
}

/// A connection has a thread of its own: a browser that reads slowly holds no other up.
fn serve(stream: TcpStream, root: Arc<Path>) {
    let talk = move || {
        // A browser that went away is no concern of the server.
        let _ = converse(&stream, |request| answer(request, &root));
    };
    // Without a thread the connection is closed, and the browser tries again.
    let _ = std::thread::Builder::new().spawn(talk);
}

fn answer(request: &Request, root: &Path) -> Answer {
    let Request { method, target } = request;
    let is_readable = matches!(method.as_str(), "GET" | "HEAD");
    let found = is_readable.then(|| resolve(root, target)).flatten();
    let opened = found.and_then(|path| {
        let file = File::open(&path).ok()?;
        Some((file.metadata().ok()?.len(), file, path))
    });
    match opened {
        Some((length, file, path)) => match slashed(root, target) {
            Some(address) => moved(address),
            None => {
                Answer { status: "200 OK", headers: headers(&path), length, body: Box::new(file) }
            }
        },
        None => {
            let body = b"Not found\n".as_slice();
            let headers = vec![("Content-Type", "text/plain; charset=utf-8".to_string())];
            let length = body.len() as u64;
            Answer { status: "404 Not Found", headers, length, body: Box::new(body) }
        }
    }
}

/// The file behind a URL's path, if it is inside the folder. A URL with a line break
/// has none: it may come back in a header.
fn resolve(root: &Path, url: &str) -> Option<PathBuf> {
    let (path, _) = parts(url);
    let plain = !url.contains(char::is_control)
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let mut file = plain.then(|| root.join(path))?;
    if file.is_dir() {
        file.push("index.html");
    }
    let file = file.canonicalize().ok()?;
    (file.starts_with(root) && file.is_file()).then_some(file)
}

/// The address of a folder that a URL names without the slash at its end, from which
/// the links of its page count.
fn slashed(root: &Path, url: &str) -> Option<String> {
    let (path, query) = parts(url);
    let lacking = !path.is_empty() && !path.ends_with('/') && root.join(path).is_dir();
    lacking.then(|| format!("/{path}/{query}"))
}

/// A URL's path, without the slashes that it begins with, and what follows it.
fn parts(url: &str) -> (&str, &str) {
    let (path, query) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    (path.trim_start_matches('/'), query)
}

fn moved(address: String) -> Answer {
    let headers = vec![("Location", address), ("Cache-Control", "no-cache".to_string())];
    Answer { status: "301 Moved Permanently", headers, length: 0, body: Box::new(io::empty()) }
}

fn headers(path: &Path) -> Vec<(&'static str, String)> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let mime = match ending {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "md" | "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    [
        ("Content-Type", mime),
        ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
        ("Cache-Control", "no-cache"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ]
    .map(|(name, value)| (name, value.to_string()))
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").canonicalize().unwrap();
        assert_eq!(resolve(&root, "/lib.rs?x#y"), Some(root.join("lib.rs")));
        for url in [
            "/../Cargo.toml",
            "/cli/../../Cargo.toml",
            "//etc/passwd",
            "/nothing",
            "/cli",
            "/lib.rs?\nSet-Cookie:x",
        ] {
            assert_eq!(resolve(&root, url), None, "{url}");
        }
    }

    #[test]
    fn a_folder_moves_to_its_address_with_a_slash_and_nowhere_else() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").canonicalize().unwrap();
        for url in ["/cli", "cli", "//cli", "///cli"] {
            assert_eq!(slashed(&root, url).as_deref(), Some("/cli/"), "{url}");
        }
        assert_eq!(slashed(&root, "/cli?x=/").as_deref(), Some("/cli/?x=/"));
        for url in ["/", "", "?x", "//", "/cli/", "/lib.rs", "/nothing"] {
            assert_eq!(slashed(&root, url), None, "{url}");
        }
    }
}
