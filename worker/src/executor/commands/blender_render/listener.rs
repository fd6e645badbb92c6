//! Hears what Blender says while it renders: what it is about to write, which files it has saved, and what it complains
//! about. A frame counts as done when its files are whole.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem;
use std::path::PathBuf;

use farandole_protocol::api::{Consequence, FindingClass, OutputState, TaskFinding, TaskOutput};

use super::files::{self, Existing, Mark, Whole, Wrong};
use super::plan::Plan;
use crate::blender::{Facts, MessageReader, Notice, notice, parse_facts};
use crate::executor::commands::registry::blocking;
use crate::executor::{Cancelled, CommandError, OutputsError, Site};
use crate::process::{Listener, Reaction};
use crate::text::quoted;

/// How many warnings of one class are reported where they come from what Blender says: a script can fail in each frame
/// many times.
const MOST_WARNINGS: u32 = 100;

/// How Blender names the scene whose engine is missing. It does so for all scenes of a file.
const FOR_SCENE: &str = " for scene '";

/// What is known of a render.
#[derive(Debug, Default)]
pub(super) struct RenderListener {
    plan: Plan,
    messages: MessageReader,
    /// The version that Blender says first of all.
    version: Option<String>,
    /// What was there before rendering began.
    before: HashMap<PathBuf, Mark>,
    /// What was whole when it was looked at.
    checked: HashMap<PathBuf, Option<Mark>>,
    /// What was saved since the last frame was done.
    saved: Vec<PathBuf>,
    /// What was said of missing engines before it was known which scene is rendered.
    engines: Vec<String>,
    /// What fails the task.
    faults: Vec<TaskFinding>,
    warned: BTreeMap<FindingClass, u32>,
}

impl Listener for RenderListener {
    const ANSWERS: bool = true;

    async fn hear(&mut self, line: &str, site: &Site) -> Result<Reaction, Cancelled> {
        let mut reaction = Reaction::default();
        if self.version.is_none() {
            self.version = version(line);
        }
        if let Some(facts) = parse_facts(line) {
            reaction.answer = true;
            reaction.shown_as = Some(match facts {
                Ok(facts) => self.prepare(&facts, site).await?,
                Err(error) => format!("{error}; only existence and content of files are checked"),
            });
        } else if let Some(class) = self.messages.read(line) {
            let line = line.trim().to_owned();
            if class == FindingClass::Engine && line.contains(FOR_SCENE) {
                self.engines.push(line);
            } else {
                self.found(class, None, line, site).await?;
            }
        } else {
            match notice(line) {
                Some(Notice::Saved(path)) => self.saved.push(PathBuf::from(path)),
                Some(Notice::FrameDone) => self.frame_done(site).await?,
                // A frame that is kept was counted before rendering began.
                Some(Notice::FrameSkipped) if !self.plan.counts_frames() => site.step().await?,
                Some(Notice::FrameSkipped) | None => {}
            }
        }
        if self.plan.is_done() {
            site.all_frames_saved();
        }
        reaction.end = !self.faults.is_empty();
        Ok(reaction)
    }
}

/// The version in the line that Blender begins with, such as `Blender 3.4.1`.
fn version(line: &str) -> Option<String> {
    let version = line.strip_prefix("Blender ")?.split_whitespace().next()?;
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| version.to_owned())
}

impl RenderListener {
    /// The version of Blender, as soon as it has said it.
    pub(super) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Makes way for what Blender is about to write. Gives a line for the log.
    async fn prepare(&mut self, facts: &Facts, site: &Site) -> Result<String, Cancelled> {
        self.plan = Plan::new(facts);
        let of_scene = format!("{FOR_SCENE}{}'", facts.scene);
        for line in mem::take(&mut self.engines) {
            if line.contains(&of_scene) {
                self.found(FindingClass::Engine, None, line, site).await?;
            }
        }
        for missing in &facts.missing {
            let line = format!("{} {} does not exist", missing.kind, quoted(&missing.path));
            self.found(FindingClass::MissingFiles, None, line, site)
                .await?;
        }
        self.make_way(site).await?;
        Ok(format!(
            "scene {}, {}, {} × {} pixels, {}, {} frame(s)",
            quoted(&facts.scene),
            facts.engine,
            facts.width,
            facts.height,
            facts.format,
            facts.frames().count()
        ))
    }

    /// Frames that are there already are kept, or moved aside, and what is there of all other files is noted.
    async fn make_way(&mut self, site: &Site) -> Result<(), Cancelled> {
        let task = site.task();
        let own: HashSet<&str> = task.outputs.iter().map(|it| it.path.as_str()).collect();
        let plan = &self.plan;
        let frames: Vec<_> = plan
            .frames()
            .map(|path| {
                let is_own = path.to_str().is_some_and(|path| own.contains(path));
                let may_be_kept = is_own || task.keep_existing;
                (path.to_owned(), may_be_kept, plan.size_of(path))
            })
            .collect();
        let (all, go_on) = (self.plan.all(), site.go_on());
        // One trip to a thread that may block for all files: each costs more than a look at a file that is not there.
        let looked = blocking(super::NAME, move || {
            let decided: Vec<_> = frames
                .into_iter()
                .take_while(|_| go_on())
                .filter_map(|(path, may_be_kept, wanted)| {
                    files::decide(&path, may_be_kept, wanted).map(|existing| (path, existing))
                })
                .collect();
            let marked = all.into_iter().filter_map(|path| {
                let mark = Mark::of(&path)?;
                Some((path, mark))
            });
            (decided, marked.collect())
        });
        let Some((decided, before)) = in_time(looked.await, site)? else {
            return Ok(());
        };
        self.before = before;
        for (path, existing) in decided {
            self.existing(path, existing, site).await?;
        }
        Ok(())
    }

    async fn existing(
        &mut self,
        path: PathBuf,
        existing: Existing,
        site: &Site,
    ) -> Result<(), Cancelled> {
        match existing {
            Existing::Kept(whole) => self.finished(path, whole, OutputState::Kept, site).await,
            Existing::Aside(moved, reason) => {
                let text = match moved {
                    Ok(aside) => format!("moved to {}", quoted(&aside.to_string_lossy())),
                    Err(error) => format!("cannot be moved aside: {error}"),
                };
                let path = quoted(&path.to_string_lossy());
                let line = format!("{}: {path} exists, and {reason}; {text}", super::NAME);
                site.log(line).await
            }
        }
    }

    /// Blender says that a frame is done: what it has saved is looked at.
    async fn frame_done(&mut self, site: &Site) -> Result<(), Cancelled> {
        for path in mem::take(&mut self.saved) {
            self.check(path, site).await?;
        }
        // Without facts, or with one file for all frames, a frame is what Blender says it is.
        if !self.plan.counts_frames() && self.faults.is_empty() {
            site.step().await?;
        }
        Ok(())
    }

    /// Looks at a file that was written.
    async fn check(&mut self, path: PathBuf, site: &Site) -> Result<(), Cancelled> {
        let (looked_at, wanted) = (path.clone(), self.plan.size_of(&path));
        let inspected = blocking(super::NAME, move || {
            let mark = Mark::of(&looked_at);
            files::inspect(&looked_at, mark, wanted).map(|whole| (whole, mark))
        });
        match in_time(inspected.await, site)? {
            Some(Ok((whole, mark))) => {
                self.checked.insert(path.clone(), mark);
                site.picture(path.clone()).await?;
                self.finished(path, whole, OutputState::Written, site).await
            }
            Some(Err(wrong)) => self.wrong(&path, wrong, site).await,
            None => Ok(()),
        }
    }

    async fn wrong(
        &mut self,
        path: &std::path::Path,
        wrong: Wrong,
        site: &Site,
    ) -> Result<(), Cancelled> {
        let frame = self.plan.file(path).and_then(|file| file.frame);
        let line = format!("{}: {}", quoted(&path.to_string_lossy()), wrong.reason);
        self.found(wrong.class, frame, line, site).await
    }

    /// A file is as it should be.
    async fn finished(
        &mut self,
        path: PathBuf,
        whole: Whole,
        state: OutputState,
        site: &Site,
    ) -> Result<(), Cancelled> {
        let file = self.plan.file(&path);
        let frame = match file {
            Some(file) => file.frame,
            None => number_in(&path),
        };
        let output = TaskOutput {
            frame,
            view: file.map(|file| file.view.clone()).unwrap_or_default(),
            path: path.to_string_lossy().into_owned(),
            size: whole.bytes,
            state,
        };
        let steps = i64::from(self.plan.finish(&path));
        site.finished(steps, vec![output]).await?;
        if whole.header_only {
            let name = quoted(&path.to_string_lossy());
            let line = format!("only the header of {name} was checked: its format is not decoded");
            self.found(FindingClass::HeaderOnly, frame, line, site)
                .await?;
        }
        Ok(())
    }

    /// Something was noticed: it fails the task, or is a warning.
    async fn found(
        &mut self,
        class: FindingClass,
        frame: Option<i32>,
        line: String,
        site: &Site,
    ) -> Result<(), Cancelled> {
        let found = TaskFinding { class, frame, line };
        match class.consequence(&site.task().allow) {
            Consequence::NotSubmitted | Consequence::FailsJob | Consequence::FailsTask => {
                self.faults.push(found);
                Ok(())
            }
            Consequence::Warning => {
                let warned = self.warned.entry(class).or_default();
                *warned += 1;
                if *warned > MOST_WARNINGS && class != FindingClass::HeaderOnly {
                    return Ok(());
                }
                site.warn(vec![found]).await
            }
        }
    }

    /// Blender has ended by itself: all that it was to write must be there, and all that was there must be as it was.
    pub(super) async fn check_the_rest(&mut self, site: &Site) -> Result<(), Cancelled> {
        // Blender has not said which scene it renders, so any of them counts.
        for line in mem::take(&mut self.engines) {
            self.found(FindingClass::Engine, None, line, site).await?;
        }
        for path in self.changed(site).await? {
            self.check(path, site).await?;
        }
        for path in mem::take(&mut self.saved) {
            self.check(path, site).await?;
        }
        for (path, is_certain) in self.plan.unfinished() {
            let looked_at = path.clone();
            let mark = blocking(super::NAME, move || Mark::of(&looked_at));
            let now = in_time(mark.await, site)?.flatten();
            let before = self.before.get(&path).copied();
            if now == before && !is_certain {
                continue;
            }
            if now.is_some() && now == before {
                let wrong = Wrong {
                    class: FindingClass::OutputMissing,
                    reason: "it was there before, and Blender has not written it again".to_owned(),
                };
                self.wrong(&path, wrong, site).await?;
            } else {
                self.check(path, site).await?;
            }
        }
        Ok(())
    }

    /// The files that have changed since they were looked at, such as by a script that runs after each frame.
    async fn changed(&mut self, site: &Site) -> Result<Vec<PathBuf>, Cancelled> {
        let checked = mem::take(&mut self.checked);
        let changed = blocking(super::NAME, move || {
            let changed = checked
                .into_iter()
                .filter(|(path, mark)| Mark::of(path) != *mark);
            let mut paths: Vec<PathBuf> = changed.map(|(path, _)| path).collect();
            paths.sort();
            paths
        });
        Ok(in_time(changed.await, site)?.unwrap_or_default())
    }

    /// What fails the task, if anything does.
    pub(super) fn verdict(self) -> Result<(), CommandError> {
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(CommandError::Outputs(OutputsError {
            findings: self.faults,
        }))
    }
}

/// The number at the end of a file's name, as frames have it.
fn number_in(path: &std::path::Path) -> Option<i32> {
    let stem = path.file_stem()?.to_string_lossy();
    let start = stem.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    stem.get(start..)?.parse().ok()
}

/// What was found out. If that failed, it was for the end of the Worker, and the task is over.
fn in_time<T>(outcome: Result<T, CommandError>, site: &Site) -> Result<Option<T>, Cancelled> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(_) if site.is_cancelled() => Err(Cancelled),
        Err(error) => {
            tracing::warn!(%error, "cannot look at a file of a frame");
            Ok(None)
        }
    }
}
