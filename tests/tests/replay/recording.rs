//! What a recording says.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// A scenario.
#[derive(Debug, Deserialize)]
pub(crate) struct Recording {
    pub(crate) configuration: String,
    pub(crate) exchanges: Vec<Step>,
}

/// A step of a scenario.
#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) n: u32,
    #[serde(default)]
    pub(crate) note: String,
    #[serde(flatten)]
    pub(crate) kind: Kind,
}

/// What happens in a step. Exchanges by HTTP do not say their kind.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Kind {
    Http {
        request: Sent,
        response: Box<Recorded>,
    },
    Files {
        root: String,
        files: Vec<FoundFile>,
    },
    Socket {
        status: u16,
        received: Value,
    },
    Emit {
        event: String,
        payload: Value,
        acknowledgement: Value,
    },
    Events {
        events: Value,
    },
    Value {
        value: Value,
    },
}

/// A request.
#[derive(Debug, Deserialize)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) basic_auth: Option<BasicAuth>,
    #[serde(default)]
    pub(crate) chunked: bool,
    pub(crate) body: Option<Body>,
}

/// User and password.
#[derive(Debug, Deserialize)]
pub(crate) struct BasicAuth {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// An answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<Body>,
}

impl Recorded {
    /// Nothing but a body of JSON.
    pub(crate) fn of_json(json: Value) -> Self {
        Self {
            status: 200,
            content_type: None,
            headers: BTreeMap::new(),
            body: Some(Body::Json { json }),
        }
    }

    /// The body, if it is JSON.
    pub(crate) fn json(self) -> Option<Value> {
        match self.body {
            Some(Body::Json { json }) => Some(json),
            _ => None,
        }
    }
}

/// A body, in the form that says most of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub(crate) enum Body {
    Json { json: Value },
    Text { text: String },
    Image { image: Image },
    Bytes { bytes: usize, sha256: String },
}

/// Format and size of a picture.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) format: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A file below the root of a step.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FoundFile {
    pub(crate) path: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../protocol/tests/contract/recordings")
}

/// The names of all scenarios.
pub(crate) fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("the recordings are there");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// A scenario, by its name.
pub(crate) fn recording(name: &str) -> Recording {
    let text = fs::read_to_string(folder().join(format!("{name}.json"))).expect("a recording");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}
