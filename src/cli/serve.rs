//! `plotlens serve`: static files on localhost, with the headers they need.

use std::fs::File;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use plotlens::{Error, ErrorKind, Result};
use tiny_http::{Header, Method, Request, Response, Server};

use super::{ServeArgs, folder};

/// What the page may do: nothing from elsewhere, no inline code.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
    worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    require-trusted-types-for 'script'; trusted-types default";

/// Requests served at the same time, each on its thread: a browser that reads slowly
/// holds one up, and not the others.
const THREADS: usize = 64;

/// Runs the command; returns only where it cannot start.
pub fn run(args: ServeArgs) -> Result<()> {
    let root = args.dir.canonicalize().map_err(|cause| {
        let message = format!("There is no folder {}.", args.dir.display());
        Error::new(ErrorKind::Io, message).caused_by(cause)
    })?;
    let server = Server::http(("127.0.0.1", args.port)).map_err(|cause| {
        let taken = cause
            .downcast_ref::<std::io::Error>()
            .is_none_or(|cause| cause.kind() == std::io::ErrorKind::AddrInUse);
        let why = if taken { "is taken" } else { "cannot be used" };
        let message = format!("Port {} {why}; choose another with --port N.", args.port);
        Error::new(ErrorKind::Io, message).caused_by(cause)
    })?;
    let port = server.server_addr().to_ip().map_or(args.port, |address| address.port());
    // Whoever knows the port needs no address.
    let _ = folder::print(&format!("http://localhost:{port}\n"));
    let server = Arc::new(server);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| server.incoming_requests().for_each(|request| answer(request, &root)));
        }
    });
    Ok(())
}

fn answer(request: Request, root: &Path) {
    let readable = matches!(request.method(), Method::Get | Method::Head);
    let found = readable.then(|| resolve(root, request.url())).flatten();
    let opened = found.and_then(|path| Some((File::open(&path).ok()?, path)));
    // A browser that went away is no concern of the server.
    let _ = match opened {
        Some((file, path)) => match slashed(root, request.url()) {
            Some(address) => request.respond(moved(&address)),
            None => {
                let mut response = Response::from_file(file);
                headers(&path).for_each(|header| response.add_header(header));
                request.respond(response)
            }
        },
        None => request.respond(Response::from_string("Not found\n").with_status_code(404)),
    };
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

fn moved(address: &str) -> Response<std::io::Empty> {
    let mut response = Response::empty(301);
    [("Location", address), ("Cache-Control", "no-cache")]
        .into_iter()
        .filter_map(|(name, value)| Header::from_bytes(name, value).ok())
        .for_each(|header| response.add_header(header));
    response
}

fn headers(path: &Path) -> impl Iterator<Item = Header> {
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
    .into_iter()
    .filter_map(|(name, value)| Header::from_bytes(name, value).ok())
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
