//! Where something is to be seen in a browser.

use farandole_protocol::client::ManagerHttp;
use serde::Serialize;

use crate::browser;
use crate::error::Outcome;
use crate::lookup::{self, Named};
use crate::output::{Output, note, print, print_json};

/// An address, for programs.
#[derive(Debug, Serialize)]
struct Address<'a> {
    url: &'a str,
}

/// Shows a job, a task or the farm; or only says where it is.
pub(super) async fn open(
    manager: &ManagerHttp,
    id: Option<&str>,
    print_only: bool,
    output: Output,
) -> Outcome<()> {
    let path = match id {
        None => "/app/".to_owned(),
        Some(text) => match lookup::job_or_task(manager, text).await? {
            Named::Job(job) => format!("/app/jobs/{job}"),
            Named::Task(task) => {
                let job = manager.task(task).await?.job_id;
                format!("/app/jobs/{job}/{task}")
            }
        },
    };
    let url = manager.url(&path);
    if output.json {
        print_json(&Address { url: &url })?;
    } else if print_only {
        print(&format!("{url}\n"))?;
    }
    if print_only || output.json {
        return Ok(());
    }
    note(&format!("opening {url}"));
    browser::show(&url)
}
