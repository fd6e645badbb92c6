//! The command: what is done in which order, and what is told.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use farandole_settings::{
    FolderError, Loaded, PRIVATE_FILE, SettingsError, private_folder, usable_file,
};
use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::{self, Arguments};
use super::{configuration, logs};
use crate::config::{self, Config};
use crate::exclusive::{Exclusive, ExclusiveError};
use crate::store::flamenco::{self, ImportError, Imported, Source};

/// How it is called.
pub const NAME: &str = "import-flamenco";
/// What its configuration is called.
const FLAMENCO_CONFIG: &str = "flamenco-manager.yaml";
/// What ours is called.
const OUR_CONFIG: &str = "farandole-manager.yaml";

/// Why nothing was taken over, or not all.
#[derive(Debug, thiserror::Error)]
pub enum ImportFault {
    /// The command line makes no sense.
    #[error("{0}")]
    Arguments(String),
    /// Our own settings make none.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A folder of ours cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Another process, such as the Manager, works with our data directory or database.
    #[error(transparent)]
    Exclusive(#[from] ExclusiveError),
    /// The database would be taken over into itself.
    #[error(
        "{0} is to be taken over, and also the database of this Manager; give this one another with --database, or \
         another folder with --data-dir"
    )]
    Itself(PathBuf),
    /// The database is not taken over.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Nobody can be told.
    #[error("cannot say what was done: {0}")]
    Output(#[from] io::Error),
}

/// Carries it out: `args` is what stands behind its name.
pub fn run(
    args: &[OsString],
    env: &BTreeMap<String, String>,
    working_dir: &Path,
    out: &mut dyn Write,
) -> Result<(), ImportFault> {
    let Some(args) = arguments::read(args).map_err(ImportFault::Arguments)? else {
        return Ok(out.write_all(arguments::HELP.as_bytes())?);
    };
    let (ours, loaded) = config::load(&args.settings, env, working_dir)?;
    let file = working_dir.join(&args.file);
    private_folder(&loaded.data_dir)?;
    usable_file(&ours.database)?;
    if is_same(&file, &ours.database) {
        return Err(ImportFault::Itself(file));
    }
    let _exclusive = Exclusive::take(&ours, &loaded.data_dir)?;
    let taken = take_database(&args, &file, &ours)?;
    let mut import = Import {
        args,
        file,
        working_dir,
        ours,
        loaded,
        taken,
    };
    import.tell(out)?;
    let said = import.take_configuration(out)?;
    import.take_logs(said.as_deref(), out)?;
    for warning in &import.taken.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    Ok(writeln!(
        out,
        "start farandole-manager where the Flamenco Manager was reached: its Workers sign on with their old credentials"
    )?)
}

fn take_database(args: &Arguments, file: &Path, ours: &Config) -> Result<Imported, ImportFault> {
    let workshop = ours.database.parent().unwrap_or(Path::new("."));
    let mut source = Source::open(file, workshop)?;
    let bar = ProgressBar::new(0).with_style(style());
    let taken = flamenco::import(&mut source, &ours.database, args.merge, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    Ok(taken?)
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    real(one).is_some_and(|one| Some(one) == real(other))
}

fn style() -> ProgressStyle {
    let style =
        ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} tasks, {eta} left");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn counts(taken: &Imported) -> String {
    let Imported {
        jobs,
        tasks,
        workers,
        tags,
        schedules,
        blocks,
        ..
    } = taken;
    format!(
        "{} jobs with {tasks} tasks, {workers} workers, {tags} tags, {schedules} sleep schedules, {blocks} entries of blocklists",
        jobs.len()
    )
}

/// What goes on once the database is taken over.
struct Import<'a> {
    args: Arguments,
    file: PathBuf,
    working_dir: &'a Path,
    ours: Config,
    loaded: Loaded,
    taken: Imported,
}

impl Import<'_> {
    fn tell(&self, out: &mut dyn Write) -> io::Result<()> {
        let (file, counts) = (self.file.display(), counts(&self.taken));
        writeln!(out, "taken over from {file}: {counts}")?;
        match self.taken.here_already {
            0 => Ok(()),
            here => writeln!(
                out,
                "here already, left as they are: {here} jobs and workers"
            ),
        }
    }

    fn warn(&mut self, text: String) {
        self.taken.warnings.push(text);
    }

    /// Where its configuration is, if anywhere.
    fn its_config(&self) -> PathBuf {
        match &self.args.config {
            Some(config) => self.working_dir.join(config),
            None => self.file.with_file_name(FLAMENCO_CONFIG),
        }
    }

    /// Takes over its configuration, if ours is none yet. Gives where it says that its logs are.
    fn take_configuration(&mut self, out: &mut dyn Write) -> io::Result<Option<String>> {
        let path = self.its_config();
        if self.args.config.is_none() && !path.exists() {
            let path = path.display();
            self.warn(format!(
                "there is no {path}, so no configuration is taken over; name it with --flamenco-config"
            ));
            return Ok(None);
        }
        let folder = path.parent().unwrap_or(self.working_dir);
        let read = fs::read_to_string(&path).map_err(|error| error.to_string());
        let found = read.and_then(|text| configuration::take(&text, folder));
        let path = path.display();
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                self.warn(format!("the configuration {path} is left out: {error}"));
                return Ok(None);
            }
        };
        if let Some(ours) = &self.loaded.file {
            let ours = ours.display();
            self.warn(format!(
                "{ours} is there and stays as it is: nothing of {path} is taken over"
            ));
            return Ok(found.logs);
        }
        let target = self.loaded.data_dir.join(OUR_CONFIG);
        match write_checked(&target, &found.text) {
            Ok(warnings) => {
                writeln!(out, "its configuration is now in {}", target.display())?;
                self.taken.warnings.extend(warnings);
            }
            Err(error) => self.warn(format!("the configuration {path} is left out: {error}")),
        }
        Ok(found.logs)
    }

    fn take_logs(&mut self, said: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
        let config = self.its_config();
        let folders = [self.file.parent(), config.parent()];
        let folders: Vec<PathBuf> = folders.into_iter().flatten().map(Path::to_owned).collect();
        let Some(from) = logs::find(said, &folders) else {
            self.warn("the logs of its tasks are not found, and are left out".to_owned());
            return Ok(());
        };
        let to = &self.ours.local_manager_storage_path;
        match logs::copy(&from, to, &self.taken.jobs) {
            Ok(copied) => writeln!(out, "copied {copied} logs and pictures")?,
            Err(error) => {
                let from = from.display();
                self.warn(format!("not all logs in {from} could be copied: {error}"));
            }
        }
        Ok(())
    }
}

/// Writes a configuration that we understand. Gives what of it we do not know.
fn write_checked(target: &Path, text: &str) -> Result<Vec<String>, String> {
    let folder = target.parent().unwrap_or(Path::new("."));
    // Passwords may stand in it.
    let written = fs::File::options()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE)
        .open(target)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
    written.map_err(|error| format!("{} cannot be written: {error}", target.display()))?;
    match config::load(&[], &BTreeMap::new(), folder) {
        Ok((_, loaded)) => Ok(loaded.warnings),
        Err(error) => {
            // Otherwise the Manager would not even start.
            drop(fs::remove_file(target));
            Err(error.to_string())
        }
    }
}
