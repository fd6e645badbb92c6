//! The recorded outputs of tasks and jobs. Their paths are as they are stored: they begin with a variable where they
//! can.

use diesel::prelude::*;
use farandole_protocol::api::{Command, JobOutput, JobOutputs, TaskOutput};
use farandole_protocol::ids::JobId;

use super::tasks::FindCommands;
use crate::farm::keys::{JobNo, TaskKey};
use crate::store::codes::output_state;
use crate::store::connection::Connection;
use crate::store::error::StoreError;
use crate::store::imported::TaskIds;
use crate::store::query::Query;
use crate::store::schema::{jobs, outputs};

/// The longest page of outputs.
const PAGE: i64 = 1_000;

/// What a Worker is given with a task. From Handout, with every task that is handed out.
#[derive(Clone, Copy, Debug)]
pub struct FindHandout {
    /// Which task.
    pub key: TaskKey,
    /// Which attempt begins: before the first there are no outputs to be read.
    pub attempt: u32,
}

impl Query for FindHandout {
    type Reply = (Vec<Command>, Vec<TaskOutput>);

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        let commands = FindCommands { key: self.key }.run(conn)?;
        if self.attempt <= 1 {
            return Ok((commands, Vec::new()));
        }
        let rows: Vec<OutputColumns> = outputs::table
            .filter(outputs::key.eq(self.key.pack()))
            .order(outputs::path)
            .select(OutputColumns::as_select())
            .load(conn)?;
        let outputs = rows.into_iter().map(OutputColumns::into_output).collect();
        Ok((commands, outputs))
    }
}

/// The place in the list of a job's outputs after which a page begins: the last output of the page before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OutputPlace {
    /// The index of its task.
    pub index: u32,
    /// Its path, as it is stored.
    pub path: String,
}

impl OutputPlace {
    /// Reads what [`JobOutputs::next`] says. `None` if it says something else.
    pub fn read(text: &str) -> Option<Self> {
        let (index, path) = text.split_once(':')?;
        Some(Self {
            index: index.parse().ok()?,
            path: path.to_owned(),
        })
    }
}

/// A page of the outputs of a job, if there is one with this id. From JobOutput.
#[derive(Clone, Debug)]
pub struct ListOutputs {
    /// Which job.
    pub job: JobId,
    /// Where the page before ended.
    pub after: Option<OutputPlace>,
    /// Only those whose paths end in this text; all where it is empty.
    pub ending: String,
}

/// The pattern of `LIKE` for texts that end in this one.
fn ends_in(ending: &str) -> String {
    let mut pattern = "%".to_owned();
    for character in ending.chars() {
        if matches!(character, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(character);
    }
    pattern
}

/// What makes a character of a pattern mean itself. It is none that paths often have.
const ESCAPE: char = '!';

impl Query for ListOutputs {
    type Reply = Option<JobOutputs>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        let no: Option<i64> = jobs::table
            .filter(jobs::id.eq(self.job.to_string()))
            .filter(jobs::released.eq(true))
            .select(jobs::no)
            .first(conn)
            .optional()?;
        let Some(no) = no.map(JobNo) else {
            return Ok(None);
        };
        let keys = TaskKey::range_of(no);
        let of_job = outputs::key.between(*keys.start(), *keys.end());
        let total: i64 = outputs::table.filter(of_job).count().get_result(conn)?;
        let place = self.after.map_or((*keys.start(), String::new()), |place| {
            let key = TaskKey {
                job: no,
                index: place.index,
            };
            (key.pack(), place.path)
        });
        let rows: Vec<OutputColumns> = outputs::table
            .filter(of_job)
            .filter(outputs::path.like(ends_in(&self.ending)).escape(ESCAPE))
            .filter(
                outputs::key
                    .gt(place.0)
                    .or(outputs::key.eq(place.0).and(outputs::path.gt(place.1))),
            )
            .order((outputs::key, outputs::path))
            .limit(PAGE)
            .select(OutputColumns::as_select())
            .load(conn)?;
        let is_full = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        let next = rows.last().filter(|_| is_full).map(OutputColumns::place);
        let ids = TaskIds::of_job(conn, self.job, no)?;
        Ok(Some(JobOutputs {
            total,
            outputs: rows.into_iter().map(|row| row.into_api(&ids)).collect(),
            next,
        }))
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outputs)]
struct OutputColumns {
    key: i64,
    path: String,
    frame: Option<i32>,
    view: String,
    size: i64,
    attempt: i32,
    state: i16,
}

impl OutputColumns {
    fn place(&self) -> String {
        format!("{}:{}", TaskKey::unpack(self.key).index, self.path)
    }

    fn into_api(self, ids: &TaskIds) -> JobOutput {
        let index = TaskKey::unpack(self.key).index;
        JobOutput {
            task_id: ids.get(index),
            index_in_job: i64::from(index),
            attempt: u32::try_from(self.attempt).unwrap_or_default(),
            output: self.into_output(),
        }
    }

    fn into_output(self) -> TaskOutput {
        TaskOutput {
            frame: self.frame,
            view: self.view,
            path: self.path,
            size: self.size,
            state: output_state(self.state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_patterns_mean_themselves() {
        assert_eq!(ends_in(""), "%");
        assert_eq!(ends_in("a_1%!.png"), "%a!_1!%!!.png");
    }
}
