//! A client that goes on until it is told to end.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::said::Said;

/// How long a line may be waited for.
const PATIENCE: Duration = Duration::from_mins(5);

/// A client that runs.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<Line>,
    out: String,
    err: String,
}

enum Line {
    Out(String),
    Err(String),
}

impl Running {
    pub(crate) fn start(mut client: Command) -> Self {
        let mut child = client
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (tell, lines) = channel();
        read(child.stdout.take().unwrap(), tell.clone(), Line::Out);
        read(child.stderr.take().unwrap(), tell, Line::Err);
        Self {
            child,
            lines,
            out: String::new(),
            err: String::new(),
        }
    }

    /// The first line to come, on either side, in which something is found. None if the client ended before.
    pub(crate) fn find<T>(&mut self, look: impl Fn(&str) -> Option<T>) -> Option<T> {
        loop {
            // All lines are there when both sides have ended.
            match self.lines.recv_timeout(PATIENCE) {
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
                Err(error) => panic!("{error}; so far: {}{}", self.out, self.err),
                Ok(line) => {
                    let found = look(self.keep(&line));
                    if found.is_some() {
                        return found;
                    }
                }
            }
        }
    }

    fn keep<'a>(&mut self, line: &'a Line) -> &'a str {
        let (all, line) = match line {
            Line::Out(line) => (&mut self.out, line),
            Line::Err(line) => (&mut self.err, line),
        };
        all.push_str(line);
        all.push('\n');
        line
    }

    /// Presses Ctrl-C, unless it has ended. Gives all that it said.
    pub(crate) fn interrupt(mut self) -> Said {
        if self.child.try_wait().unwrap().is_none() {
            let pid = self.child.id().to_string();
            // It may end at this very moment.
            drop(Command::new("kill").args(["-INT", &pid]).output());
        }
        let code = self.child.wait().unwrap().code();
        let none = self.find(|_| None::<()>);
        assert!(none.is_none());
        Said {
            code,
            out: self.out,
            err: self.err,
        }
    }

    /// Leaves the client alone; with the next line that it says, nobody is there to read it.
    pub(crate) fn read_no_more(self) -> Child {
        self.child
    }
}

fn read(from: impl Read + Send + 'static, tell: Sender<Line>, side: fn(String) -> Line) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            // Nobody may be there to hear any more.
            let Ok(line) = line else { return };
            if tell.send(side(line)).is_err() {
                return;
            }
        }
    });
}
