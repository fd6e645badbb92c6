//! Tells directories from patterns.

use std::path::PathBuf;

/// The directory of a pattern is meant as it is written if there is one of that name, whatever characters are in it.
pub(super) fn literal_directory(pattern: &str) -> String {
    let Some((directory, name)) = pattern.rsplit_once('/') else {
        return pattern.to_owned();
    };
    let is_special = |c| matches!(c, '*' | '?' | '[' | ']' | '{' | '}');
    if !directory.contains(is_special) || !PathBuf::from(directory).is_dir() {
        return pattern.to_owned();
    }
    let mut escaped = String::with_capacity(pattern.len() + 8);
    for c in directory.chars() {
        if is_special(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    format!("{escaped}/{name}")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_directory_that_exists_is_no_pattern() {
        let dir = tempfile::tempdir().unwrap();
        let directory = dir.path().join("shot[1]{a}");
        fs::create_dir(&directory).unwrap();
        let pattern = format!("{}/*.png", directory.display());
        assert_eq!(
            literal_directory(&pattern),
            format!("{}/shot\\[1\\]\\{{a\\}}/*.png", dir.path().display())
        );
        let real_pattern = format!("{}/shot*/*.png", dir.path().display());
        assert_eq!(literal_directory(&real_pattern), real_pattern);
        assert_eq!(literal_directory("*.png"), "*.png");
    }
}
