//! Plays a scenario against a Manager of its own, step by step, and says all that is not as recorded.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use farandole_tests::harness::{Answer, Opened, Request, retried};
use farandole_tests::wire::Stage;
use image::{DynamicImage, ImageFormat};
use sha2::{Digest as _, Sha256};

use super::compare::mismatches;
use super::differences::{self, Difference};
use super::preparation::{self, Preparations};
use super::recording::{Body, FoundFile, Image, Kind, Recorded, Sent, Step, recording};

/// How long something that happens by itself may take, where a step waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A scenario that is being played.
struct Player {
    stage: Stage,
    differences: Vec<Difference>,
    /// An upload that was begun, and the step that ends it.
    begun: Option<(u32, Opened)>,
    /// Whether the step is asked for again until the answer is as recorded.
    waits: bool,
}

/// Plays a scenario.
pub(crate) fn play(name: &str) {
    let recorded = recording(name);
    let mut player = Player {
        stage: Stage::with(&recorded.configuration),
        differences: differences::of(name),
        begun: None,
        waits: false,
    };
    let wrong = player.play(&recorded.exchanges, &preparation::of(name));
    assert!(
        wrong.is_empty(),
        "{name}: {} steps are not as recorded\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

impl Player {
    fn play(&mut self, steps: &[Step], preparations: &Preparations) -> Vec<String> {
        let mut wrong = Vec::new();
        for step in steps {
            self.prepare(steps, preparations.before(step.n));
            let (what, found) = match &step.kind {
                Kind::Http { request, response } => {
                    let what = format!("{} {}", request.method, request.path);
                    (what, self.exchange(step.n, request, response))
                }
                Kind::Files { root, files } => {
                    (format!("files below {root}"), self.files(root, files))
                }
                Kind::Other { kind } => (kind.clone(), vec![format!("{kind} is not known here")]),
            };
            if !found.is_empty() {
                let (n, note) = (step.n, &step.note);
                wrong.push(format!(
                    "  step {n} {what} ({note})\n    {}",
                    found.join("\n    ")
                ));
            }
        }
        wrong.extend(self.differences.iter().filter_map(Difference::unused));
        wrong
    }

    fn prepare(&mut self, steps: &[Step], lines: &[String]) {
        self.waits = false;
        for line in lines {
            if line == "waits" {
                self.waits = true;
            } else if let Some(n) = line.strip_prefix("begins ") {
                self.begin(steps, n.parse().expect("a step"));
            } else {
                self.stage.carry_out(line);
            }
        }
    }

    /// Begins the request of a later step: sends half of it.
    fn begin(&mut self, steps: &[Step], n: u32) {
        let step = steps.iter().find(|step| step.n == n);
        let Some(Kind::Http { request, .. }) = step.map(|step| &step.kind) else {
            panic!("step {n} has no request");
        };
        let opened = self.request(request).open(&self.stage.manager.address());
        self.begun = Some((n, opened));
    }

    fn exchange(&mut self, n: u32, sent: &Sent, response: &Recorded) -> Vec<String> {
        if self
            .differences
            .iter()
            .any(|difference| difference.skips(n))
        {
            return Vec::new();
        }
        let mut expected = response.clone();
        for difference in &self.differences {
            difference.apply(n, sent, &mut expected);
        }
        complete_refusal(&mut expected);
        let begun = self.begun.take_if(|(of, _)| *of == n);
        if let Some((_, opened)) = begun {
            return mismatches(&expected, &opened.finish(), &mut self.stage.labels);
        }
        let patience = self.patience();
        let attempt = || {
            let answer = self.send(sent);
            none(mismatches(&expected, &answer, &mut self.stage.labels))
        };
        retried(patience, attempt).err().unwrap_or_default()
    }

    fn patience(&self) -> Duration {
        if self.waits { PATIENCE } else { Duration::ZERO }
    }

    fn send(&mut self, sent: &Sent) -> Answer {
        let request = self.request(sent);
        self.stage.send(&request)
    }

    fn request(&mut self, sent: &Sent) -> Request {
        let path = self.stage.fill_in(&sent.path);
        let mut request = Request::new(&sent.method, &encoded(&path));
        for (name, value) in &sent.headers {
            request = request.header(name, value);
        }
        if let Some(basic) = &sent.basic_auth {
            let user = self.stage.fill_in(&basic.user);
            request = request.basic(&user, &basic.password);
        }
        let body = match &sent.body {
            None => return request,
            Some(Body::Json { json }) => self.stage.fill_in(&json.to_string()).into_bytes(),
            Some(Body::Text { text }) => self.stage.fill_in(text).into_bytes(),
            Some(Body::Image { image }) => picture(image),
            Some(Body::Bytes { bytes, sha256 }) => counting(*bytes, sha256),
        };
        if sent.chunked {
            request.chunked(&body)
        } else {
            request.body(body)
        }
    }

    fn files(&mut self, root: &str, expected: &[FoundFile]) -> Vec<String> {
        let root = self.stage.fill_in(root);
        let patience = self.patience();
        let attempt = || {
            let found = files_below(Path::new(&root));
            let wrong =
                (found != *expected).then(|| format!("expected {expected:#?}, got {found:#?}"));
            none(wrong.into_iter().collect())
        };
        retried(patience, attempt).err().unwrap_or_default()
    }
}

fn none(wrong: Vec<String>) -> Result<(), Vec<String>> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Our refusals always carry a code and a message, where the recorded Manager has forms without a code.
fn complete_refusal(expected: &mut Recorded) {
    if expected.status < 400 {
        return;
    }
    if let Some(Body::Json { json }) = &mut expected.body
        && (json.is_string() || json.get("message").is_some())
    {
        *json = serde_json::json!({ "code": expected.status, "message": "<text>" });
    }
}

/// What cannot stand in the line of a request as it is.
fn encoded(path: &str) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_graphic() && !b"{}\"<>".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    path.bytes().map(encode).collect::<Vec<_>>().concat()
}

fn picture(image: &Image) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let format = ImageFormat::from_extension(&image.format).expect("a format of pictures");
    DynamicImage::new_rgb8(image.width, image.height)
        .write_to(&mut bytes, format)
        .expect("a picture can be written");
    bytes.into_inner()
}

/// What was sent where only the length and the checksum were recorded: bytes that count up.
fn counting(length: usize, sha256: &str) -> Vec<u8> {
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
    assert_eq!(
        hex(&Sha256::digest(&bytes)),
        sha256,
        "other bytes were recorded"
    );
    bytes
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn files_below(root: &Path) -> Vec<FoundFile> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let contents = fs::read(&path).expect("a file can be read");
            found.push(FoundFile {
                path: path
                    .strip_prefix(root)
                    .expect("below the root")
                    .display()
                    .to_string(),
                size: contents.len() as u64,
                sha256: hex(&Sha256::digest(&contents)),
            });
        }
    }
    found.sort();
    found
}
