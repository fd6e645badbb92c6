//! What a page of another site can do to the farm through a user's browser, shown in a real browser.

use std::fs;

use farandole_tests::harness::{Manager, ManagerOptions, Request, eventually};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::chromium::{self, Chromium};
use super::site::Site;

/// A name that a stranger can register; the browser resolves it to this host.
pub(super) const STRANGER: &str = "evil.example";

/// The SHA-256 of `abc`.
const SUM_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn manager() -> (Manager, TempDir) {
    let folder = tempdir().unwrap();
    (Manager::start(ManagerOptions::below(folder.path())), folder)
}

fn job(name: &str) -> Value {
    json!({
        "name": name, "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
        "settings": {"message": "m", "sleep_duration_seconds": 0, "sleep_repeats": 1},
    })
}

fn names_of_jobs(manager: &Manager) -> Vec<String> {
    let jobs = manager.api().get("/api/v3/jobs");
    let names = jobs["jobs"].as_array().unwrap().iter();
    names
        .map(|job| job["name"].as_str().unwrap().to_owned())
        .collect()
}

/// A page of a stranger's site that runs a script, open in a browser.
#[derive(Debug)]
struct Visit {
    site: Site,
    browser: Chromium,
}

fn visit(script: &str) -> Visit {
    let site = Site::start(&format!(
        "<!doctype html><body><script>\n\
         const report = what => fetch('/report', {{method: 'POST', body: JSON.stringify(what)}});\n\
         (async () => {{ {script} }})().catch(error => report({{failed: String(error)}}));\n</script>"
    ));
    let browser = Chromium::open(&format!("http://{STRANGER}:{}/", site.port()));
    Visit { site, browser }
}

impl Visit {
    /// What the script reports next.
    #[track_caller]
    fn report(&self) -> Value {
        let report = self.site.next_report();
        assert_eq!(report["failed"], Value::Null, "{report}");
        report
    }
}

#[test]
fn a_page_of_another_site_submits_no_job_and_stores_no_file() {
    let (manager, folder) = manager();
    let (base, body) = (manager.url(), job("from a page"));
    // Requests of these kinds are sent by a browser without asking the server first.
    let visit = visit(&format!(
            "const send = (path, body) => fetch('{base}' + path, {{method: 'POST', mode: 'no-cors', body}})
                 .then(() => 'sent', String);
             const form = new FormData(); form.append('x', 'y');
             report([await send('/api/v3/jobs', JSON.stringify({body})),
                     await send('/api/v3/shaman/files/{SUM_OF_ABC}/3', 'abc'),
                     await send('/api/farm/v1/uploads', form)]);"
        ),
    );
    assert_eq!(
        visit.report(),
        json!(["sent", "sent", "sent"]),
        "the browser itself does not stop it"
    );
    assert_eq!(names_of_jobs(&manager), [""; 0]);
    let stored = folder.path().join("storage/file-store/stored");
    assert!(!stored.join(SUM_OF_ABC.get(..2).unwrap()).exists());
}

#[test]
fn a_page_of_another_site_opens_no_websocket() {
    let (manager, _folder) = manager();
    let address = manager.address();
    let visit = visit(&format!(
        "const socket = new WebSocket('ws://{address}/socket.io/?EIO=3&transport=websocket');
             socket.onopen = () => report('open');
             socket.onerror = () => report('refused');"
    ));
    assert_eq!(visit.report(), "refused");
}

#[test]
fn pages_are_not_shown_in_frames_of_other_sites() {
    let (manager, _folder) = manager();
    let base = manager.url();
    let visit = visit(&format!(
        "const frame = document.createElement('iframe');
             frame.src = '{base}/api/v3/swagger-ui/';
             frame.onload = () => report('loaded');
             document.body.append(frame);"
    ));
    assert_eq!(
        visit.report(),
        "loaded",
        "the browser shows its own page instead"
    );
    eventually("the browser says why the frame is empty", || {
        visit.browser.says("frame-ancestors").then_some(())
    });
}

#[test]
fn a_name_of_a_stranger_that_leads_here_shows_nothing() {
    let (manager, _folder) = manager();
    let page = |host: &str| {
        let url = format!("http://{host}:{}/flamenco-addon.zip", manager.port());
        chromium::text_of(&url)
    };
    let refused = page(STRANGER);
    assert!(refused.contains("allowed_hosts"), "{refused}");
    let shown = page("localhost");
    assert!(shown.contains("The Blender add-on"), "{shown}");
}

#[test]
fn what_a_job_has_made_runs_no_script() {
    let (manager, folder) = manager();
    let mut own = job("own");
    own["settings"]["render_output_path"] = json!("{jobs}/out/######");
    let own = manager.api().submit(&own);
    let files = folder.path().join("storage/jobs/out");
    fs::create_dir_all(&files).unwrap();
    let hostile = format!(
        "fetch('/api/v3/jobs', {{method: 'POST', headers: {{'Content-Type': 'application/json'}},
             body: JSON.stringify({})}})",
        job("from a file")
    );
    fs::write(files.join("a.html"), format!("<script>{hostile}</script>")).unwrap();
    fs::write(
        files.join("a.svg"),
        format!("<svg xmlns='http://www.w3.org/2000/svg'><script>{hostile}</script></svg>"),
    )
    .unwrap();
    for name in ["a.html", "a.svg"] {
        let path = format!("/api/farm/v1/jobs/{own}/files/{name}");
        assert_eq!(
            Request::new("GET", &path).send(&manager.address()).status,
            200
        );
        // A file that is saved instead of shown leaves the page where it is.
        let visit = visit(&format!(
            "report('here');
                 location.href = '{}{path}';
                 setTimeout(() => report('still here'), 2000);",
            manager.url()
        ));
        assert_eq!(visit.report(), "here");
        assert_eq!(visit.report(), "still here", "{name} was opened");
    }
    assert_eq!(names_of_jobs(&manager), ["own"]);
}
