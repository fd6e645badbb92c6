//! What the client said, with what differs from run to run replaced by names.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use farandole_tests::harness::binary;
use regex::Regex;
use serde_json::Value;

const ID: &str = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/// What the client said, and its exit code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// The same, after a look at the exit code.
    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// The output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The client, about to be run against the Manager at this address.
pub(crate) fn client(url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(binary("farandole"));
    for name in ["FARANDOLE_FARM", "FARANDOLE_BLENDER", "NO_COLOR", "BROWSER"] {
        command.env_remove(name);
    }
    command
        .env("FARANDOLE_MANAGER", url)
        .env("TZ", "UTC")
        .args(args);
    command
}

/// Runs the client on a terminal of its own, and types this.
pub(crate) fn on_a_terminal(url: &str, line: &str, typed: &str) -> String {
    let program = binary("farandole");
    let folder = program.parent().unwrap().to_string_lossy().into_owned();
    let path = std::env::var("PATH").unwrap();
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", line, "/dev/null"])
        .env("PATH", format!("{folder}:{path}"))
        .env("FARANDOLE_MANAGER", url)
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// What stands for what.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<(Regex, String)>);

impl Names {
    /// From now on this name stands for a job and its tasks, or for a Worker.
    pub(crate) fn add(&mut self, id: &str, name: &str) {
        let (half, short) = (&id[..18], &id[..8]);
        let whole = Regex::new(id).unwrap();
        let task = Regex::new(&format!("{half}-[0-9a-f]{{4}}-0*([0-9a-f]+)")).unwrap();
        let short = Regex::new(&format!(r"\b{short}\b")).unwrap();
        self.0.push((whole, format!("[{name}]")));
        self.0.push((task, format!("[{name}/$1]")));
        self.0.push((short, format!("[{name}]")));
    }

    /// From now on this name stands for a text.
    pub(crate) fn add_text(&mut self, text: &str, name: &str) {
        let text = Regex::new(&regex::escape(text)).unwrap();
        self.0.push((text, format!("[{name}]")));
    }

    /// The text as it is each time.
    pub(crate) fn redact(&self, text: &str) -> String {
        let rules = [
            (ID, "[id]"),
            (r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", "[time]"),
            (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "[local time]"),
            (
                r"\d{4}-\d\d-\d\d_\d{6}(-[0-9a-f]{8})?|\d{8}T\d{9}Z",
                "[stamp]",
            ),
            (r#""size":\d+"#, r#""size":[size]"#),
            (r"just now|\d+ (s|min)( \d+ s)? ago", "[ago]"),
            (r"watched for \d+ (s|min)( \d+ s)?", "watched for [length]"),
            (r"(\[local time\] +)\d+ (s|min)( \d+ s)?", "$1[length]"),
            (r"127\.0\.0\.1(:\d+)?", "[address]"),
            (r#""etag": "[0-9a-f]+""#, r#""etag": "[etag]""#),
            (r"[0-9a-f]{16}-\d+", "[event]"),
            (r"\d+\.\d+\.\d+(-[0-9a-f]{7,})?\b", "[version]"),
            (r"Blender \d+\.\d+[.\d]*", "Blender [version]"),
            // Widths follow from what was replaced.
            (r"(\S)  +", "$1  "),
        ];
        let mut text = text.to_owned();
        for (pattern, name) in &self.0 {
            text = pattern.replace_all(&text, name).into_owned();
        }
        for id in Regex::new(ID).unwrap().find_iter(&text.clone()) {
            let short = Regex::new(&format!(r"\b{}(\s|$)", &id.as_str()[..8])).unwrap();
            text = short.replace_all(&text, "[id]$1").into_owned();
        }
        for (pattern, name) in rules.map(|(pattern, name)| (Regex::new(pattern).unwrap(), name)) {
            text = pattern.replace_all(&text, name).into_owned();
        }
        text
    }

    /// A command and its answer.
    pub(crate) fn shown(&self, args: &[&str], said: &Said) -> String {
        let quoted = |arg: &&str| {
            if arg.contains([' ', '*', '|', '(']) {
                format!("'{arg}'")
            } else {
                (*arg).to_owned()
            }
        };
        let line: Vec<String> = args.iter().map(quoted).collect();
        let line = self.redact(&format!("$ farandole {}\n", line.join(" ")));
        line + &self.answer(said)
    }

    /// An answer.
    pub(crate) fn answer(&self, said: &Said) -> String {
        let code = said
            .code
            .map_or_else(|| "none".to_owned(), |code| code.to_string());
        self.redact(&format!(
            "{}--- beside it\n{}--- exit code {code}\n",
            said.out, said.err
        ))
    }
}
