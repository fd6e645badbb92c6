//! The longer texts of `--help`.

pub(super) const EXAMPLES: &str = "\
Examples:
  farandole submit shot.blend --frames 1-48 --watch
  farandole submit shot.blend --set chunk_size=4 --set render_output_root=/mnt/farm/out
  farandole submit --type echo-sleep-test --set message=hello --name \"just a test\"
  farandole submit shot.blend --pack --watch
  farandole fetch 8fac frames/
  farandole jobs --status failed --name 'shot_*'
  farandole watch 8fac
  farandole watch --all
  farandole tasks 8fac
  farandole log 8fac/3 --follow
  farandole why 8fac
  farandole requeue 8fac/3
  farandole requeue --status failed --name 'shot_*'
  farandole verify 8fac --requeue
  farandole worker anna sleep
  farandole jobs --json | jq -r '.[] | select(.status == \"failed\").id'

Ids can be shortened, as long as they are unmistakable. A task can be named by its job and its place in it: 8fac/3.

The Manager is the one that --manager names, else the one on this host (port 8080), else the first that is found in \
the network; with --farm only one of that farm, which is always searched for.

Exit codes:
  0    all went well
  1    a watched job failed or was canceled, files are missing or broken, the Manager refused, or something on this \
side failed
  2    the command line makes no sense, names several things where one is meant, or lacks a --yes
  3    there is no Manager
  130  interrupted; jobs that were being watched go on";

pub(super) const FETCH_EXAMPLES: &str = "\
Examples:
  farandole fetch 8fac
  farandole fetch 8fac /home/me/frames --overwrite

What is there already, with the same size and time, is not fetched again. A connection that breaks is opened again by \
itself; when that was given up, or after Ctrl-C, fetch again to go on.";

pub(super) const SUBMIT_EXAMPLES: &str = "\
Examples:
  farandole submit shot.blend --frames 1-48 --watch
  farandole submit shot.blend --frames 1-100x10
  farandole submit shot.blend --set scene=Teaser --set format=JPEG
  farandole submit shots/*.blend --tag GPU --priority 70
  farandole submit shot.blend --pack
  farandole submit /mnt/farm/shot.blend --in-place --set render_output_root=/mnt/farm/out
  farandole submit shot.blend --set render_output_path=/mnt/farm/out/###### --keep-existing
  farandole submit shot.blend --allow view-transform,missing-files
  farandole submit --type echo-sleep-test --set message=hello

Before anything is queued, Blender is asked about the scene that is to be rendered. The job is refused where settings \
contradict the file, and unless that is allowed, where Workers would miss files (missing-files), simulations are not baked \
(not-baked), or the compositor writes to a folder that is not shared (outputs-elsewhere). Where the compositor of an \
uploaded file writes beside the file, those files go to the job's output folder.

Where frames exist already at the output path, a person is asked; without a terminal say --overwrite or \
--keep-existing. Nothing is deleted.

A task whose picture differs from what the file describes fails. --allow makes what is found a warning, by its class: \
engine, missing-libraries, view-transform, scene, format, missing-files, not-baked, outputs-elsewhere, private-output.";

pub(super) const VERIFY_EXAMPLES: &str = "\
Examples:
  farandole verify 8fac
  farandole verify 8fac 1b2c --requeue
  farandole verify 8fac --json | jq -r '.faults[].path'

The Manager reads each recorded file to its end, which takes as long as reading all frames. The exit code is 1 when \
something is missing or broken and was not requeued.";

pub(super) const JOBS_EXAMPLES: &str = "\
Examples:
  farandole jobs
  farandole jobs --status active,queued
  farandole jobs --name 'shot_*' --older-than 7days";

pub(super) const WATCH_EXAMPLES: &str = "\
Examples:
  farandole watch 8fac
  farandole watch 8fac 1b2c
  farandole watch --name 'shot_*'
  farandole watch --all

Jobs go on when the watching ends. The exit code is 0 when all of them were completed.";

pub(super) const LOG_EXAMPLES: &str = "\
Examples:
  farandole log 8fac/3
  farandole log 8fac/3 --follow
  farandole log 8fac/3 --grep '(?i)error'";

pub(super) const WHY_EXAMPLES: &str = "\
Examples:
  farandole why 8fac
  farandole why 8fac/3";

pub(super) const EVENTS_EXAMPLES: &str = "\
Examples:
  farandole events
  farandole events --topic jobs --topic workers
  farandole events --topic tasklog/8fac/3
  farandole events --json | jq -r 'select(.data.status == \"failed\").data.id'

Topics: jobs, jobs/ID, jobs/ID/last-rendered, workers, workertags, tasklog/TASK, last-rendered, status, lifecycle.";

pub(super) const CANCEL_EXAMPLES: &str = "\
Examples:
  farandole cancel 8fac --reason 'wrong camera'
  farandole cancel 8fac/3 8fac/4
  farandole cancel --status active,queued --name 'test_*' --dry-run

Jobs that were selected are shown first, and a person is asked. Without a terminal nothing happens without --yes.";

pub(super) const PAUSE_EXAMPLES: &str = "\
Examples:
  farandole pause 8fac
  farandole pause --status queued --yes

What is paused waits until it is requeued. Jobs that were selected are shown first, and a person is asked. Without a \
terminal nothing happens without --yes.";

pub(super) const REQUEUE_EXAMPLES: &str = "\
Examples:
  farandole requeue 8fac
  farandole requeue 8fac/3 8fac/4
  farandole requeue --status failed --name 'shot_*'
  farandole requeue --status failed --dry-run
  farandole requeue 8fac --overwrite

Whole frames that the job has rendered are kept; those that are not whole are moved aside and rendered again. With \
--overwrite all of them are moved aside and rendered again; nothing is deleted.

Jobs that were selected are shown first, and a person is asked. Without a terminal nothing happens without --yes.";

pub(super) const DELETE_EXAMPLES: &str = "\
Examples:
  farandole delete 8fac
  farandole delete --status completed,canceled --older-than 30days --dry-run

What goes and what stays is said first, and a person is asked. Without a terminal nothing happens without --yes. Frames \
always stay.";
