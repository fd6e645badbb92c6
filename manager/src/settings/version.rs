//! Which version of Flamenco a client is told. Pure.
//!
//! The Blender add-on compares it with its own, and refuses to submit when they differ. All add-ons of Flamenco 3 speak
//! the same interface, so each is told its own version, unless the configuration names one.

/// What clients are told that are no program of Flamenco 3.
const USUAL: &str = "3.8.5";

/// How the programs of Flamenco 3 begin to name themselves, as in `Flamenco/3.9-beta1 (Blender add-on)`.
const FLAMENCO: &str = "Flamenco/";

/// Longer texts are no versions.
const LONGEST: usize = 40;

/// The version that a client is told.
pub(super) fn compatible<'a>(configured: &'a str, user_agent: &'a str) -> &'a str {
    if !configured.is_empty() {
        return configured;
    }
    version_of(user_agent).unwrap_or(USUAL)
}

/// The version of a program of Flamenco 3.
fn version_of(user_agent: &str) -> Option<&str> {
    let version = user_agent
        .strip_prefix(FLAMENCO)?
        .split_whitespace()
        .next()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
    let fits = version.len() <= LONGEST && version.chars().all(is_plain);
    (fits && (version == "3" || version.starts_with("3."))).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_flamenco_3_are_told_their_own_version() {
        for (user_agent, told) in [
            ("Flamenco/3.9-beta1 (Blender add-on)", "3.9-beta1"),
            ("Flamenco/3.8.5 (Blender add-on)", "3.8.5"),
            ("Flamenco/3.2", "3.2"),
            ("Flamenco/4.0 (Blender add-on)", USUAL),
            ("Flamenco/30.1 (Blender add-on)", USUAL),
            ("Flamenco/2.5", USUAL),
            ("Flamenco/", USUAL),
            ("Flamenco/3.<b>", USUAL),
            ("Mozilla/5.0 (X11) Flamenco/3.9", USUAL),
            ("", USUAL),
        ] {
            assert_eq!(compatible("", user_agent), told, "{user_agent}");
        }
        let long = format!("Flamenco/3.{}", "1".repeat(LONGEST));
        assert_eq!(compatible("", &long), USUAL);
    }

    #[test]
    fn a_configured_version_wins() {
        let user_agent = "Flamenco/3.9-beta1 (Blender add-on)";
        assert_eq!(compatible("3.7", user_agent), "3.7");
        assert_eq!(compatible("3.7", ""), "3.7");
    }
}
