//! Which jobs are like what a person described. Pure: what time it is comes as a parameter.

use farandole_protocol::api::Job;
use farandole_protocol::time::Timestamp;

use crate::args::Select;

/// Whether a job is meant.
pub(crate) fn is_meant(select: &Select, job: &Job, now: Timestamp) -> bool {
    let old_enough = select.older_than.is_none_or(|age| {
        // A clock that is ahead makes nothing old.
        (now - job.updated).to_std().is_ok_and(|quiet| quiet >= age)
    });
    old_enough
        && (select.status.is_empty() || select.status.contains(&job.status))
        && select
            .name_like
            .as_deref()
            .is_none_or(|like| is_like(&job.name, like))
        && select
            .of_type
            .as_ref()
            .is_none_or(|kind| *kind == job.job_type)
}

/// Whether a text is like a pattern, in which `*` stands for any text and `?` for any character.
fn is_like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // Where the pattern may be after the characters so far: one bit of all its places.
    let pattern: Vec<char> = pattern.chars().collect();
    let mut places = vec![false; pattern.len() + 1];
    if let Some(first) = places.first_mut() {
        *first = true;
    }
    pass_stars(&mut places, &pattern);
    for character in text {
        let mut next = vec![false; places.len()];
        for (place, wanted) in pattern.iter().enumerate() {
            if !places.get(place).is_some_and(|is_here| *is_here) {
                continue;
            }
            let to = match wanted {
                '*' => place,
                '?' => place + 1,
                wanted if *wanted == character => place + 1,
                _ => continue,
            };
            if let Some(reached) = next.get_mut(to) {
                *reached = true;
            }
        }
        pass_stars(&mut next, &pattern);
        places = next;
    }
    places.last() == Some(&true)
}

/// A star may stand for nothing.
fn pass_stars(places: &mut [bool], pattern: &[char]) {
    let mut passed = false;
    for (place, is_here) in places.iter_mut().enumerate() {
        *is_here |= passed;
        passed = *is_here && pattern.get(place) == Some(&'*');
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use farandole_protocol::status::JobStatus;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, pattern: &str, expected: bool) {
        assert_eq!(is_like(text, pattern), expected, "{text} {pattern}");
    }

    #[test]
    fn stars_and_question_marks_stand_for_text() {
        for pattern in [
            "shot_010",
            "shot_*",
            "*",
            "*010",
            "s*t*0",
            "shot_0?0",
            "shot_010*",
            "**0**",
        ] {
            check("shot_010", pattern, true);
        }
        for pattern in [
            "",
            "shot",
            "shot_?",
            "SHOT_010",
            "shot_*1",
            "?shot_010",
            "shot_010?",
        ] {
            check("shot_010", pattern, false);
        }
        check("", "", true);
        check("", "*", true);
        check("größe", "gr??e", true);
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_time_to_speak_of() {
        check(&"a".repeat(2000), &("*a".repeat(200) + "b"), false);
    }

    #[test]
    fn a_job_is_meant_when_all_that_was_said_is_so() {
        let now: Timestamp = "2026-01-08T00:00:00Z".parse().unwrap();
        let job: Job = serde_json::from_value(json!({
            "id": "8fac4efb-c260-4383-9000-000000000001", "name": "shot_010", "type": "render", "priority": 50,
            "submitter_platform": "", "status": "failed", "activity": "", "created": "2026-01-01T00:00:00Z",
            "updated": "2026-01-01T00:00:00Z", "steps_completed": 0, "steps_total": 1,
        }))
        .unwrap();
        let day = Duration::from_hours(24);
        let all = Select {
            status: vec![JobStatus::Canceled, JobStatus::Failed],
            name_like: Some("shot_*".to_owned()),
            of_type: Some("render".to_owned()),
            older_than: Some(7 * day),
        };
        assert!(is_meant(&Select::default(), &job, now));
        assert!(is_meant(&all, &job, now));
        for other in [
            Select {
                status: vec![JobStatus::Active],
                ..all.clone()
            },
            Select {
                name_like: Some("dance".to_owned()),
                ..all.clone()
            },
            Select {
                of_type: Some("echo".to_owned()),
                ..all.clone()
            },
            Select {
                older_than: Some(8 * day),
                ..all
            },
        ] {
            assert!(!is_meant(&other, &job, now), "{other:?}");
        }
    }
}
