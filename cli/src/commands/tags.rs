//! Tags: the list, making and deleting them, and giving them to Workers and jobs.

use farandole_protocol::api::{JobTagChange, WorkerTag};
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::ids::TagId;
use serde::Serialize;

use super::workers;
use crate::args::{Consent, TagDeed, TagUse, Tags};
use crate::consent;
use crate::error::{CliError, Outcome};
use crate::lookup;
use crate::output::{Output, note, print, print_json};
use crate::submission::nearest;
use crate::table::{Cell, one_line, table};
use crate::words::count;

/// What became of a tag, for programs.
#[derive(Debug, Serialize)]
struct Given<'a> {
    tag: &'a WorkerTag,
    workers: Vec<String>,
    jobs: Vec<String>,
}

/// Does what the command line says.
pub(super) async fn tags(manager: &ManagerHttp, what: &Tags, output: Output) -> Outcome<()> {
    match what.deed.as_ref().unwrap_or(&TagDeed::List) {
        TagDeed::List => list(manager, output).await,
        TagDeed::Create { name, description } => {
            let tag = WorkerTag {
                id: None,
                name: name.clone(),
                description: description.clone(),
            };
            let tag = manager.create_tag(&tag).await?;
            if output.json {
                return print_json(&tag);
            }
            let name = one_line(&tag.name);
            print(&format!("tag {name} is made\n"))?;
            output.next(&format!(
                "give it to a Worker with: farandole tags assign {} --worker NAME",
                quoted(&name)
            ));
            Ok(())
        }
        TagDeed::Delete { tag, yes } => delete(manager, tag, *yes, output).await,
        TagDeed::Assign(of) => change(manager, of, true, output).await,
        TagDeed::Unassign(of) => change(manager, of, false, output).await,
    }
}

async fn list(manager: &ManagerHttp, output: Output) -> Outcome<()> {
    let tags = manager.tags().await?;
    if output.json {
        return print_json(&tags);
    }
    if tags.is_empty() {
        note("no tags yet; make one with: farandole tags create NAME");
        return Ok(());
    }
    let row = |tag: &WorkerTag| {
        [
            Cell::from(tag.id.as_deref().unwrap_or_default()),
            Cell::from(&tag.name),
            Cell::from(tag.description.as_deref().unwrap_or_default()),
        ]
    };
    let rows: Vec<_> = tags.iter().map(row).collect();
    print(&table(["ID", "NAME", "DESCRIPTION"], &rows, output.colours))?;
    output.next("give one to a Worker with: farandole tags assign TAG --worker NAME");
    Ok(())
}

/// The tag that is meant: by its name or its id.
pub(super) async fn find(manager: &ManagerHttp, text: &str) -> Outcome<WorkerTag> {
    let tags = manager.tags().await?;
    let is_meant = |tag: &&WorkerTag| tag.name == text || tag.id.as_deref() == Some(text);
    if let Some(tag) = tags.iter().find(is_meant) {
        return Ok(tag.clone());
    }
    let names = tags.iter().map(|tag| tag.name.as_str());
    let hint = match nearest(text, names.clone()) {
        Some(nearest) => format!("did you mean {nearest}? all of them: farandole tags"),
        None if tags.is_empty() => format!(
            "there are none yet; make it with: farandole tags create {}",
            quoted(text)
        ),
        None => format!("there are: {}", names.collect::<Vec<_>>().join(", ")),
    };
    Err(CliError::Usage(format!("no tag {text}; {hint}")))
}

/// A Manager of another kind may have tags whose ids are none of ours.
fn id_of(tag: &WorkerTag) -> Outcome<TagId> {
    let id = tag.id.as_deref().unwrap_or_default();
    id.parse().map_err(|_| {
        CliError::Failed(format!(
            "the id of tag {} is odd: {id:?}",
            one_line(&tag.name)
        ))
    })
}

async fn delete(manager: &ManagerHttp, text: &str, yes: bool, output: Output) -> Outcome<()> {
    let tag = find(manager, text).await?;
    let id = tag.id.clone().unwrap_or_default();
    let name = one_line(&tag.name);
    let jobs = manager.jobs().await?;
    let bound = jobs
        .iter()
        .filter(|job| job.worker_tag.as_deref() == Some(&id))
        .count();
    if !output.json {
        note(&match bound {
            0 => format!("tag {name} goes; no job asked for it"),
            _ => format!(
                "tag {name} goes; {} with it may run anywhere then",
                count(bound, "job")
            ),
        });
    }
    let consent = Consent {
        yes,
        dry_run: false,
    };
    if !consent::given(consent, &format!("delete tag {name}?"))? {
        return Ok(());
    }
    manager.delete_tag(id_of(&tag)?).await?;
    if output.json {
        return print_json(&tag);
    }
    print(&format!("tag {name} is deleted\n"))
}

/// Gives the tag, or takes it away.
async fn change(manager: &ManagerHttp, of: &TagUse, give: bool, output: Output) -> Outcome<()> {
    let tag = find(manager, &of.tag).await?;
    let id = id_of(&tag)?;
    let mut given = Given {
        tag: &tag,
        workers: Vec::new(),
        jobs: Vec::new(),
    };
    for text in &of.workers {
        let worker = manager.worker(workers::find(manager, text).await?).await?;
        let own = worker
            .tags
            .iter()
            .flatten()
            .filter_map(|tag| id_of(tag).ok());
        let mut ids: Vec<TagId> = own.filter(|own| *own != id).collect();
        if give {
            ids.push(id);
        }
        manager.set_worker_tags(worker.id, &ids).await?;
        tell(output, "worker", &worker.name, &tag, give)?;
        given.workers.push(worker.id.to_string());
    }
    for text in &of.jobs {
        let job = manager.job(lookup::job(manager, text).await?).await?;
        let has_it = job.worker_tag == tag.id;
        if !give && !has_it {
            note(&format!(
                "job {} does not have tag {}",
                one_line(&job.name),
                one_line(&tag.name)
            ));
            continue;
        }
        let change = JobTagChange {
            id: tag.id.clone().filter(|_| give),
            name: None,
        };
        manager.set_job_tag(job.id, &change).await?;
        tell(output, "job", &job.name, &tag, give)?;
        given.jobs.push(job.id.to_string());
    }
    if output.json {
        return print_json(&given);
    }
    output.next("see whether jobs find Workers with: farandole why JOB");
    Ok(())
}

fn tell(output: Output, kind: &str, name: &str, tag: &WorkerTag, give: bool) -> Outcome<()> {
    if output.json {
        return Ok(());
    }
    let has = if give { "has" } else { "no longer has" };
    print(&format!(
        "{kind} {} {has} tag {}\n",
        one_line(name),
        one_line(&tag.name)
    ))
}

/// A name as it has to be typed.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_where_a_shell_would_break_it() {
        assert_eq!(quoted("GPU"), "GPU");
        assert_eq!(quoted("big memory"), "'big memory'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
