//! Plain tables, aligned, with the colours of states. Pure.

use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};

use crate::terminal::width;

/// What a state's colour says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Colour {
    /// Something is being done.
    Busy,
    /// All is well.
    Good,
    /// Somebody holds it.
    Held,
    /// Something is wrong.
    Bad,
}

impl Colour {
    const fn code(self) -> &'static str {
        match self {
            Self::Busy => "\x1b[36m",
            Self::Good => "\x1b[32m",
            Self::Held => "\x1b[33m",
            Self::Bad => "\x1b[31m",
        }
    }

    /// The text in this colour.
    pub(crate) fn paint(self, text: &str) -> String {
        format!("{}{text}\x1b[0m", self.code())
    }
}

/// A cell of a table: one line of text.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    colour: Option<Colour>,
}

impl<T: ToString> From<T> for Cell {
    fn from(value: T) -> Self {
        Self {
            text: one_line(&value.to_string()),
            colour: None,
        }
    }
}

impl Cell {
    /// The state of a job.
    pub(crate) fn job_status(status: JobStatus) -> Self {
        let colour = match status {
            JobStatus::Active | JobStatus::Requeueing => Some(Colour::Busy),
            JobStatus::Completed => Some(Colour::Good),
            JobStatus::Canceled
            | JobStatus::CancelRequested
            | JobStatus::Paused
            | JobStatus::PauseRequested => Some(Colour::Held),
            JobStatus::Failed => Some(Colour::Bad),
            JobStatus::Queued | JobStatus::UnderConstruction | JobStatus::Unset => None,
        };
        Self::from(status).coloured(colour)
    }

    /// The state of a task.
    pub(crate) fn task_status(status: TaskStatus) -> Self {
        let colour = match status {
            TaskStatus::Active => Some(Colour::Busy),
            TaskStatus::Completed => Some(Colour::Good),
            TaskStatus::Canceled | TaskStatus::Paused => Some(Colour::Held),
            TaskStatus::Failed | TaskStatus::SoftFailed => Some(Colour::Bad),
            TaskStatus::Queued => None,
        };
        Self::from(status).coloured(colour)
    }

    /// The state of a Worker, and the one it was asked to go to.
    pub(crate) fn worker_status(status: WorkerStatus, asked: Option<WorkerStatus>) -> Self {
        let colour = match status {
            WorkerStatus::Starting | WorkerStatus::Restart => Some(Colour::Busy),
            WorkerStatus::Awake | WorkerStatus::Testing => Some(Colour::Good),
            WorkerStatus::Asleep => Some(Colour::Held),
            WorkerStatus::Error => Some(Colour::Bad),
            WorkerStatus::Offline | WorkerStatus::Unset => None,
        };
        let text = match (status, asked) {
            (WorkerStatus::Unset, _) => "never signed on".to_owned(),
            // What it is asked for is how it comes back.
            (WorkerStatus::Offline | WorkerStatus::Error, _) | (_, None) => status.to_string(),
            (_, Some(asked)) => format!("{status} -> {asked}"),
        };
        Self::from(text).coloured(colour)
    }

    /// The same in a colour.
    pub(crate) fn coloured(mut self, colour: Option<Colour>) -> Self {
        self.colour = colour;
        self
    }
}

/// Rows under a heading.
pub(crate) fn table<const N: usize>(
    heading: [&str; N],
    rows: &[[Cell; N]],
    colours: bool,
) -> String {
    let heading = heading.map(Cell::from);
    let mut widths = [0; N];
    for row in std::iter::once(&heading).chain(rows) {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(&cell.text));
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&heading).chain(rows) {
        text += &line(row, widths, colours);
        text.push('\n');
    }
    text
}

fn line<const N: usize>(row: &[Cell; N], widths: [usize; N], colours: bool) -> String {
    let mut line = String::new();
    for (cell, widest) in row.iter().zip(widths) {
        match cell.colour.filter(|_| colours) {
            Some(colour) => line += &colour.paint(&cell.text),
            None => line += &cell.text,
        }
        let missing = widest - width(&cell.text);
        line += &" ".repeat(missing + 2);
    }
    line.truncate(line.trim_end().len());
    line
}

/// The text without what would break a line, or do worse to a terminal: names come from anybody.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            [Cell::from("a"), Cell::from("long name")],
            [Cell::from("äöü"), Cell::from("")],
            [Cell::from("日本"), Cell::from("wide")],
        ];
        assert_eq!(
            table(["id", "name"], &rows, false),
            "id    name\na     long name\näöü\n日本  wide\n"
        );
    }

    #[test]
    fn colours_do_not_count_as_width() {
        let rows = [[Cell::job_status(JobStatus::Failed), Cell::from("x")]];
        assert_eq!(
            table(["STATUS", ""], &rows, true),
            "STATUS\n\x1b[31mfailed\x1b[0m  x\n"
        );
        assert_eq!(table(["STATUS", ""], &rows, false), "STATUS\nfailed  x\n");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let rows = [[Cell::from("a\x1b[2Jb\nc")]];
        assert_eq!(table(["NAME"], &rows, false), "NAME\na [2Jb c\n");
    }

    #[test]
    fn a_worker_says_where_it_was_asked_to_go() {
        let cell = Cell::worker_status(WorkerStatus::Awake, Some(WorkerStatus::Asleep));
        assert_eq!(cell.text, "awake -> asleep");
        assert_eq!(
            Cell::worker_status(WorkerStatus::Unset, None).text,
            "never signed on"
        );
    }
}
