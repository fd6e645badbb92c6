//! Where frames go, as the Flamenco add-on says it: below the root, the last folders of the file's path, the job's
//! name, the time of the submission (which the Manager fills in), and the frame's number.

use std::path::{Component, Path, PathBuf};

/// The root as an absolute path: `//` is where the file is, as in Blender; others are relative to the folder `here`.
/// A root that begins with a variable (`{farm}/out`) is the farm's to resolve.
pub(super) fn absolute_root(root: &str, file: &Path, here: &Path) -> String {
    if root.starts_with('{') {
        return root.to_owned();
    }
    let path = match root.strip_prefix("//") {
        Some(beside) => file.parent().unwrap_or(here).join(beside),
        None => here.join(root),
    };
    without_detours(&path).to_string_lossy().into_owned()
}

/// The path for `--render-output`, with the last `components` folders of the file's path.
pub(super) fn output_path(root: &str, file: &Path, components: usize, job_name: &str) -> String {
    let folders: Vec<String> = file
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .filter(|part| matches!(part, Component::Normal(_)))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let left_out = folders.len().saturating_sub(components);
    let mut parts = vec![root.trim_end_matches('/').to_owned()];
    parts.extend(folders.into_iter().skip(left_out));
    parts.push(folder_name(job_name));
    parts.extend(["{timestamp}".to_owned(), "######".to_owned()]);
    parts.join("/")
}

/// A job's name as the name of one folder, which leads nowhere else.
pub(crate) fn folder_name(job_name: &str) -> String {
    let name = job_name.replace(['/', '\\'], "-");
    if name.chars().all(|c| c == '.') {
        return name.replace('.', "-");
    }
    name
}

/// The path without `.` and `..`; links are not looked at.
pub(crate) fn without_detours(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                straight.pop();
            }
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => straight.push(part),
        }
    }
    straight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_path_is_the_one_that_the_add_on_would_make() {
        let file = Path::new("/mnt/farm/show/shot/a.blend");
        let check = |root, components, name, expected| {
            assert_eq!(output_path(root, file, components, name), expected);
        };
        check("/out/", 0, "a", "/out/a/{timestamp}/######");
        check("/out", 2, "a", "/out/show/shot/a/{timestamp}/######");
        check(
            "/out",
            99,
            "a",
            "/out/mnt/farm/show/shot/a/{timestamp}/######",
        );
        check("/", 0, "a", "/a/{timestamp}/######");
    }

    #[test]
    fn a_jobs_name_leads_nowhere_else() {
        let check = |name, expected| {
            assert_eq!(
                output_path("/o", Path::new("/a.blend"), 0, name),
                format!("/o/{expected}/{{timestamp}}/######")
            );
        };
        check("show/shot", "show-shot");
        check("..", "--");
        check("a..b", "a..b");
    }

    #[test]
    fn a_root_is_made_absolute() {
        let check = |root, expected| {
            let (file, here) = (Path::new("/farm/shot/a.blend"), Path::new("/home/me"));
            assert_eq!(absolute_root(root, file, here), expected);
        };
        check("/out", "/out");
        check("out", "/home/me/out");
        check("../out/./x", "/home/out/x");
        check("//renders", "/farm/shot/renders");
        check("//../renders", "/farm/renders");
        check("{farm}/out", "{farm}/out");
    }
}
