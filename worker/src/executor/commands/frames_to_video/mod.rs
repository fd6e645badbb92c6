//! `frames-to-video`: lets FFmpeg make a video of frames.
//!
//! A job script names the frames in one of two ways. `inputGlob` with `fps` is Flamenco's: every file that the pattern
//! matches becomes a frame of the video. `inputPattern` with `frames` and `frameRate` is ours: the video has exactly the
//! frames of the job, each once and in order. They are linked under consecutive numbers in a temporary folder, from
//! which FFmpeg reads them.
//!
//! | part | is |
//! |---|---|
//! | `film` | the parameters of the command |
//! | `rate` | the frame rate, which may be a fraction |
//! | `find` | the files of the frames, and the views of a multi-view render |
//! | `kind` | how pictures of each kind get to FFmpeg |
//! | `sequence` | the temporary folder |
//! | `line` | the command line of FFmpeg |
//! | `run` | the command itself |

mod film;
mod find;
mod kind;
mod line;
mod locate;
mod rate;
mod run;
mod sequence;

#[cfg(test)]
mod tests;

pub(super) use run::{NAME, run};
