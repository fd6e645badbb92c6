//! A task's log that has become too long: its beginning and its newest part stay, and a line between them says how much
//! is left out.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use bytesize::ByteSize;
use farandole_settings::empty_private_file;

/// A quarter of the limit stays of the beginning, and as much of the end, so that it takes a while to the next time.
const PART: u64 = 4;
/// How far the end of a line is looked for.
const LINE: u64 = 64 << 10;
/// How the line begins that stands for what is left out.
const MARK: &str = "… ";

/// Cuts a log to about half of the limit. Gives its size then. It is on the disk when this is done.
pub(super) fn cut(path: &Path, limit: u64) -> io::Result<u64> {
    let mut log = File::open(path)?;
    let size = log.metadata()?.len();
    let head = end_of_line_before(&mut log, limit / PART)?;
    let tail = begin_of_line_after(&mut log, size - (limit / PART).min(size))?;
    let (earlier, length) = left_out_before(&mut log, head)?;
    let left_out = tail.saturating_sub(head).saturating_sub(length) + earlier;
    let notice = format!(
        "{MARK}{left_out} bytes are left out here, since the log of a task has at most {} (task_log_limit) …\n",
        ByteSize::b(limit)
    );

    let new_path = path.with_extension("cut");
    let mut new = empty_private_file(&new_path)?;
    log.seek(SeekFrom::Start(0))?;
    io::copy(&mut (&log).take(head), &mut new)?;
    new.write_all(notice.as_bytes())?;
    log.seek(SeekFrom::Start(tail))?;
    io::copy(&mut log, &mut new)?;
    new.sync_all()?;
    fs::rename(&new_path, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    new.stream_position()
}

/// Where the last line ends that ends before this place, or else the last character; or where the line begins that stands
/// for what was left out before.
fn end_of_line_before(log: &mut File, place: u64) -> io::Result<u64> {
    let from = place.saturating_sub(LINE);
    let text = read(log, from, place - from)?;
    let mark = [b"\n", MARK.as_bytes()].concat();
    let marked = text.windows(mark.len()).rposition(|part| part == mark);
    if let Some(end) = marked {
        let begin = from + end as u64 + 1;
        if left_out_before(log, begin)?.1 > 0 {
            return Ok(begin);
        }
    }
    let end = match text.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => end + 1,
        None => (0..text.len())
            .rev()
            .find(|at| !is_inside(&text, *at))
            .unwrap_or(0),
    };
    Ok(from + end as u64)
}

/// Where the first line begins that begins after this place, or else the first character.
fn begin_of_line_after(log: &mut File, place: u64) -> io::Result<u64> {
    let text = read(log, place, LINE)?;
    let begin = match text.iter().position(|byte| *byte == b'\n') {
        Some(end) if end + 1 < text.len() => end + 1,
        _ => (0..text.len())
            .find(|at| !is_inside(&text, *at))
            .unwrap_or(0),
    };
    Ok(place + begin as u64)
}

/// How much was left out before at this place, and how long the line is that says so.
fn left_out_before(log: &mut File, place: u64) -> io::Result<(u64, u64)> {
    let text = read(log, place, LINE)?;
    let line = text.split_inclusive(|byte| *byte == b'\n').next();
    let line = line.and_then(|line| std::str::from_utf8(line).ok());
    let number = line.and_then(|line| line.strip_prefix(MARK)?.split(' ').next()?.parse().ok());
    Ok(match (number, line) {
        (Some(number), Some(line)) => (number, line.len() as u64),
        _ => (0, 0),
    })
}

fn read(log: &mut File, from: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    log.seek(SeekFrom::Start(from))?;
    log.take(length).read_to_end(&mut text)?;
    Ok(text)
}

/// Whether no character of UTF-8 begins at this place.
fn is_inside(text: &[u8], at: usize) -> bool {
    text.get(at)
        .is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 1 << 20;

    struct Log(tempfile::TempDir);

    impl Log {
        fn new(text: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("task.txt"), text).unwrap();
            Self(folder)
        }

        fn cut(&self) -> String {
            let path = self.0.path().join("task.txt");
            let size = cut(&path, LIMIT).unwrap();
            let text = fs::read_to_string(path).unwrap();
            assert_eq!(text.len() as u64, size);
            assert!(size <= LIMIT / 2 + 200, "{size}");
            assert_eq!(fs::read_dir(self.0.path()).unwrap().count(), 1);
            text
        }

        fn append(&self, text: &str) {
            let path = self.0.path().join("task.txt");
            let mut file = File::options().append(true).open(path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }
    }

    fn lines(range: std::ops::Range<u32>) -> String {
        let lines: Vec<String> = range.map(|n| format!("line {n:08}\n")).collect();
        lines.concat()
    }

    /// How much the log says is left out.
    fn left_out(text: &str) -> usize {
        let mut notices = text.lines().filter_map(|line| line.strip_prefix(MARK));
        let number = notices.next().unwrap().split(' ').next().unwrap();
        assert_eq!(notices.next(), None);
        number.parse().unwrap()
    }

    #[test]
    fn the_beginning_and_the_end_stay_in_whole_lines() {
        let whole = lines(0..100_000);
        let log = Log::new(&whole);
        let text = log.cut();
        assert!(text.starts_with("line 00000000\n") && text.ends_with("line 00099999\n"));
        let fine = |line: &str| line.starts_with("line ") && line.len() == 13;
        assert_eq!(text.lines().filter(|line| !fine(line)).count(), 1);
        let kept: usize = text
            .lines()
            .filter(|line| fine(line))
            .map(|line| line.len() + 1)
            .sum();
        assert_eq!(left_out(&text) + kept, whole.len());
    }

    #[test]
    fn what_is_left_out_adds_up() {
        let log = Log::new(&lines(0..100_000));
        let before = left_out(&log.cut());
        log.append(&lines(100_000..200_000));
        let text = log.cut();
        let whole = lines(0..200_000).len();
        let notice = text
            .lines()
            .find(|line| line.starts_with(MARK))
            .unwrap()
            .len()
            + 1;
        assert!(left_out(&text) > before);
        assert_eq!(left_out(&text) + text.len() - notice, whole);
    }

    #[test]
    fn what_is_left_out_adds_up_where_lines_are_long() {
        let wide = |count: usize| format!("{}\n", "x".repeat(5_000)).repeat(count);
        let log = Log::new(&wide(300));
        let mut before = 0;
        for _ in 0..5 {
            let now = left_out(&log.cut());
            assert!(now > before);
            before = now;
            log.append(&wide(200));
        }
    }

    #[test]
    fn one_endless_line_is_cut_between_characters() {
        let log = Log::new(&"€".repeat(1 << 20));
        let text = log.cut();
        assert_eq!(text.chars().filter(|c| *c == '\u{fffd}').count(), 0);
        assert!(left_out(&format!("\n{}", &text[text.find('…').unwrap()..])) > 1 << 20);
    }
}
