//! A Manager that answers by a script, and remembers in what order it was asked what.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a request may be waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request that came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method and path, without `/api/v3`, such as `POST /worker/task`.
    pub what: String,
    /// The header `Authorization`.
    pub authorization: String,
    /// The header `Farandole-Idle`; empty when it is absent.
    pub idle: String,
    /// The type of the body.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
    /// When it came.
    pub at: Instant,
}

impl Asked {
    /// The body as JSON; `null` if there is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    body: String,
    /// Where a redirect leads; empty if it is none.
    location: String,
}

impl Reply {
    /// A status without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            body: String::new(),
            location: String::new(),
        }
    }

    /// A redirect to this URL.
    pub fn redirect(url: &str) -> Self {
        Self {
            location: url.to_owned(),
            ..Self::empty(307)
        }
    }

    /// A status with JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string(),
            location: String::new(),
        }
    }
}

/// A Manager that answers by a script. It ends with its process's last use of it.
#[derive(Debug)]
pub struct ScriptedManager {
    port: u16,
    asked: Receiver<Asked>,
}

impl ScriptedManager {
    /// Listens on a free port. The script answers every request; `None` hangs up.
    pub fn start(script: impl FnMut(&Asked) -> Option<Reply> + Send + 'static) -> Self {
        // As a Flamenco Manager, it has nothing of what Farandole adds. When that is asked for is left to the Worker.
        let mut script = script;
        Self::serve(move |asked| (!is_ours(asked)).then(|| script(asked)))
    }

    /// The same for a script that is asked for what Farandole adds, too.
    pub fn start_with_all(script: impl FnMut(&Asked) -> Option<Reply> + Send + 'static) -> Self {
        let mut script = script;
        Self::serve(move |asked| Some(script(asked)))
    }

    fn serve(script: impl FnMut(&Asked) -> Option<Option<Reply>> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("an address").port();
        let (tell, asked) = channel();
        std::thread::spawn(move || serve(&listener, script, &tell));
        Self { port, asked }
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next request.
    ///
    /// # Panics
    /// If none comes for a minute.
    #[track_caller]
    pub fn next(&self) -> Asked {
        self.asked
            .recv_timeout(PATIENCE)
            .expect("another request comes")
    }

    /// How many requests have come that were not taken yet.
    pub fn asked_so_far(&self) -> usize {
        self.asked.try_iter().count()
    }

    /// Takes the next request, which has to be this one, with this body if it is one of JSON.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn expect(&self, what: &str, body: &Value) -> Asked {
        let asked = self.next();
        assert_eq!((asked.what.as_str(), &asked.json()), (what, body));
        asked
    }
}

fn is_ours(asked: &Asked) -> bool {
    asked.what.contains(" /api/farm/")
}

/// A request that the script does not know is answered with a 404, and not told.
fn serve(
    listener: &TcpListener,
    mut script: impl FnMut(&Asked) -> Option<Option<Reply>>,
    tell: &Sender<Asked>,
) {
    for stream in listener.incoming().flatten() {
        // A client that opens a connection and leaves it has asked for nothing.
        let Some(asked) = read(&stream) else { continue };
        let scripted = script(&asked);
        let is_told = scripted.is_some();
        let reply = scripted.unwrap_or_else(|| Some(Reply::empty(404)));
        if is_told && tell.send(asked).is_err() {
            return;
        }
        if let Some(Reply {
            status,
            body,
            location,
        }) = reply
        {
            let content_type = if body.is_empty() {
                ""
            } else {
                "Content-Type: application/json\r\n"
            };
            let location = if location.is_empty() {
                location
            } else {
                format!("Location: {location}\r\n")
            };
            let head =
                format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{content_type}{location}");
            let length = if status == 204 {
                String::new()
            } else {
                format!("Content-Length: {}\r\n", body.len())
            };
            // Whoever has gone needs no answer.
            drop((&stream).write_all(format!("{head}{length}\r\n{body}").as_bytes()));
        }
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (method, rest) = line.split_once(' ')?;
    let path = rest.split(' ').next()?;
    let path = path.strip_prefix("/api/v3").unwrap_or(path);
    let mut asked = Asked {
        what: format!("{method} {path}"),
        authorization: String::new(),
        idle: String::new(),
        content_type: String::new(),
        body: Vec::new(),
        at: Instant::now(),
    };
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        match name.to_lowercase().as_str() {
            "authorization" => value.clone_into(&mut asked.authorization),
            "farandole-idle" => value.clone_into(&mut asked.idle),
            "content-type" => value.clone_into(&mut asked.content_type),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    asked.body = vec![0; length];
    reader.read_exact(&mut asked.body).ok()?;
    Some(asked)
}
