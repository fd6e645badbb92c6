//! A Manager made of a script: it answers the requests that come with what the script says, in order, over one
//! connection at a time, and hands out what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use farandole_protocol::client::{ManagerHttp, parse_manager_url};

/// What happens to one request.
pub(crate) enum Step {
    /// It is answered with this text, head and all.
    Answer(String),
    /// The connection is closed without an answer.
    HangUp,
    /// Nothing, until the client goes.
    Silence,
}

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Request {
    /// The first line and the header lines, names in lower case.
    pub(crate) head: Vec<String>,
    pub(crate) body: String,
}

impl Request {
    /// Whether the head has this line, values in their own case.
    pub(crate) fn has(&self, line: &str) -> bool {
        self.head.iter().any(|own| own == line)
    }
}

/// The running script.
pub(crate) struct Server {
    port: u16,
    requests: mpsc::Receiver<Request>,
}

impl Server {
    /// Runs the script on a thread of its own, which ends with it.
    pub(crate) fn run(script: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let (sender, requests) = mpsc::channel();
        thread::spawn(move || serve(&listener, script, &sender));
        Self { port, requests }
    }

    /// A client of this server, below this path.
    pub(crate) fn client(&self, path: &str) -> ManagerHttp {
        // Another test may have installed it already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let url =
            parse_manager_url(&format!("127.0.0.1:{}{path}", self.port)).expect("it is a URL");
        ManagerHttp::new(&url).expect("a client can be made")
    }

    /// The next request that came; to be asked for after its answer.
    pub(crate) fn request(&self) -> Request {
        self.requests.try_recv().expect("a request came")
    }

    /// Whether all requests were looked at.
    pub(crate) fn was_asked_no_more(&self) -> bool {
        self.requests.try_recv().is_err()
    }
}

/// An answer with a JSON body.
pub(crate) fn json(status: &str, body: &str) -> Step {
    answer(status, "Content-Type: application/json\r\n", body)
}

/// An answer with more header lines, each with its end.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Step {
    let length = body.len();
    Step::Answer(format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    ))
}

fn serve(listener: &TcpListener, script: Vec<Step>, requests: &mpsc::Sender<Request>) {
    let mut connection = None;
    for step in script {
        let request = loop {
            let stream = connection.take().unwrap_or_else(|| accept(listener));
            let mut stream = stream;
            if let Some(request) = read_request(&mut stream) {
                connection = Some(stream);
                break request;
            }
        };
        // The test may have ended.
        drop(requests.send(request));
        match step {
            Step::Answer(text) => {
                let stream = connection
                    .as_mut()
                    .expect("the request came over it")
                    .get_mut();
                stream
                    .write_all(text.as_bytes())
                    .expect("the client listens");
            }
            Step::HangUp => connection = None,
            Step::Silence => {
                let mut stream = connection.take().expect("the request came over it");
                drop(stream.read_to_end(&mut Vec::new()));
            }
        }
    }
}

fn accept(listener: &TcpListener) -> BufReader<TcpStream> {
    BufReader::new(listener.accept().expect("somebody connects").0)
}

/// The next request of a connection, if another comes.
fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut head: Vec<String> = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => head.push(match line.split_once(": ") {
                Some((name, value)) => format!("{}: {value}", name.to_lowercase()),
                None => line.to_owned(),
            }),
        }
    }
    let length = head
        .iter()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(Request {
        head,
        body: String::from_utf8(body).expect("tests send text"),
    })
}
