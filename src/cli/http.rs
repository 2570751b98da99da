//! Just enough of HTTP/1.1 (RFC 9112) for files on localhost: one request and one
//! answer for each connection, which is closed then, so that none waits for another.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// How long a browser may neither send nor take anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection stays open for a browser to close it first.
const PARTING: Duration = Duration::from_secs(1);
/// Bytes of a request's head, at most.
const MOST_HEAD: u64 = 16 * 1024;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `HEAD` or another.
    pub method: String,
    /// A path with what follows it.
    pub target: String,
}

/// What is answered.
pub struct Answer {
    /// As `200 OK`.
    pub status: &'static str,
    /// Names and values, all but those of the length and the connection.
    pub headers: Vec<(&'static str, String)>,
    /// Bytes of the body.
    pub length: u64,
    /// So many bytes; left out where only the head was asked for.
    pub body: Box<dyn Read>,
}

/// Answers the request of a connection, and closes it.
///
/// # Errors
/// Where the browser goes away, or sends no request.
pub fn converse(stream: &TcpStream, answer: impl FnOnce(&Request) -> Answer) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = read_request(BufReader::new(stream))?;
    write_answer(stream, &request, answer(&request))?;
    stream.shutdown(Shutdown::Write)?;
    // Closing before all is read would take back what is on its way.
    stream.set_read_timeout(Some(PARTING))?;
    let mut rest = stream.take(MOST_HEAD);
    io::copy(&mut rest, &mut io::sink()).map(|_| ())
}

fn read_request(input: impl BufRead) -> io::Result<Request> {
    let mut lines = input.take(MOST_HEAD).lines();
    let mut line = || lines.next().unwrap_or(Err(io::ErrorKind::UnexpectedEof.into()));
    let first = line()?;
    let request = match *first.split(' ').collect::<Vec<_>>() {
        [method, target, version] if version.starts_with("HTTP/1.") => {
            Request { method: method.to_string(), target: target.to_string() }
        }
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    while !line()?.is_empty() {}
    Ok(request)
}

fn write_answer(mut output: impl Write, request: &Request, answer: Answer) -> io::Result<()> {
    let Answer { status, headers, length, body } = answer;
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    output.write_all(head.as_bytes())?;
    if request.method != "HEAD" {
        io::copy(&mut body.take(length), &mut output)?;
    }
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_to_the_end_of_its_head() {
        let read = |bytes: &[u8]| read_request(bytes);
        let get = read(b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nmore").unwrap();
        assert_eq!(get, Request { method: "GET".into(), target: "/a?b".into() });
        let endless = [b"GET / HTTP/1.1\r\nX: ".as_slice(), &[b'x'; 20_000], b"\r\n\r\n"].concat();
        for bad in [
            b"".as_slice(),
            b"GET /\r\n\r\n",
            b"GET / HTTP/2\r\n\r\n",
            b"GET /  HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x",
            b"GET /\xff HTTP/1.1\r\n\r\n",
            &endless,
        ] {
            assert!(read(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn a_head_alone_has_the_length_of_the_body() {
        let answer = || Answer {
            status: "200 OK",
            headers: vec![("X", "y".into())],
            length: 4,
            body: Box::new(b"body and more".as_slice()),
        };
        let written = |method: &str| {
            let mut output = Vec::new();
            let request = Request { method: method.into(), target: "/".into() };
            write_answer(&mut output, &request, answer()).unwrap();
            String::from_utf8(output).unwrap()
        };
        let head = "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 4\r\nConnection: close\r\n\r\n";
        assert_eq!(written("HEAD"), head);
        assert_eq!(written("GET"), format!("{head}body"));
    }
}
