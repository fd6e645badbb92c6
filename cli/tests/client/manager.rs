//! A Manager made of a script: each request has a list of answers, of which the last one stays.
//!
//! One thread owns the script, connections ask it; so nothing is shared. Requests can be looked at afterwards.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use serde_json::Value;

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// This status and JSON.
    Json(u16, Value),
    /// This status and text.
    Text(u16, String),
    /// A page for browsers, as proxies answer.
    Page(u16),
    /// These events, and then silence on an open connection.
    Events(String),
    /// Nothing: the connection is closed.
    HangUp,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `GET /path?query`.
    pub(crate) line: String,
    /// The body; as a text if it is not JSON.
    pub(crate) body: Value,
}

/// The answers to requests, by their lines without the query.
pub(crate) type Script = Vec<(String, Vec<Answer>)>;

/// The running script.
pub(crate) struct Manager {
    port: u16,
    seen: mpsc::Receiver<Request>,
}

type Question = (Request, mpsc::Sender<Answer>);

impl Manager {
    /// Plays the script on a port of its own.
    pub(crate) fn play(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (questions, asked) = mpsc::channel();
        let (tell, seen) = mpsc::channel();
        thread::spawn(move || answer(script, &asked, &tell));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let questions = questions.clone();
                thread::spawn(move || serve(stream, &questions));
            }
        });
        Self { port, seen }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All requests since the last time.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.try_iter().collect()
    }

    /// The body of the one request with this line.
    #[track_caller]
    pub(crate) fn body_of(&self, line: &str) -> Value {
        let all = self.seen();
        let mut found = all.iter().filter(|request| request.line == line);
        let one = found
            .next()
            .unwrap_or_else(|| panic!("no {line} in {all:?}"));
        assert!(found.next().is_none(), "several {line} in {all:?}");
        one.body.clone()
    }
}

fn answer(script: Script, asked: &mpsc::Receiver<Question>, tell: &mpsc::Sender<Request>) {
    let mut script: HashMap<String, Vec<Answer>> = script.into_iter().collect();
    for (request, reply) in asked {
        let line = request.line.split('?').next().unwrap_or_default();
        let answer = match script.get_mut(line) {
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers.first().cloned().unwrap_or(Answer::HangUp),
            None => Answer::Json(
                404,
                serde_json::json!({"code": 404, "message": format!("no {line} in the script")}),
            ),
        };
        // The test may have ended, and so may the client.
        drop(tell.send(request));
        drop(reply.send(answer));
    }
}

fn serve(stream: TcpStream, questions: &mpsc::Sender<Question>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream) {
        let (reply, answered) = mpsc::channel();
        if questions.send((request, reply)).is_err() {
            return;
        }
        let Ok(answer) = answered.recv() else { return };
        let text = match answer {
            Answer::Json(status, json) => text(status, "application/json", &json.to_string()),
            Answer::Text(status, body) => text(status, "text/plain", &body),
            Answer::Page(status) => text(status, "text/html", "<html>\n<h1>no</h1></html>"),
            Answer::Events(events) => {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
                drop(
                    stream
                        .get_mut()
                        .write_all((head.to_owned() + &events).as_bytes()),
                );
                drop(stream.read_to_end(&mut Vec::new()));
                return;
            }
            Answer::HangUp => return,
        };
        if stream.get_mut().write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

fn text(status: u16, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut head: Vec<String> = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let length = head.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let line = head.first()?.rsplit_once(' ')?.0.to_owned();
    let text = || Value::from(String::from_utf8_lossy(&body).into_owned());
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| text());
    Some(Request { line, body })
}
