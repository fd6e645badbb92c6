//! On a terminal: colours, and questions.

use super::farm::Farm;
use super::said::on_a_terminal;

#[test]
fn colours_are_for_terminals_alone_and_for_those_who_want_them() {
    let farm = Farm::busy();
    let green = "\x1b[32mcompleted";
    let said = on_a_terminal(&farm.url(), "farandole jobs", "");
    assert!(said.contains(green), "{said:?}");
    for line in [
        "NO_COLOR=1 farandole jobs",
        "TERM=dumb farandole jobs",
        "farandole jobs --json",
        "farandole jobs | cat",
    ] {
        let said = on_a_terminal(&farm.url(), line, "");
        assert!(
            said.contains("completed") && !said.contains('\x1b'),
            "{line}: {said:?}"
        );
    }
}

#[test]
fn a_person_is_asked_before_many_jobs_are_canceled() {
    let farm = Farm::busy();
    let line = "farandole cancel --status queued";
    let said = on_a_terminal(&farm.url(), line, "n\n");
    assert!(said.contains("cancel 1 job? [y/N]"), "{said:?}");
    assert!(said.contains("nothing was done"), "{said:?}");
    let said = on_a_terminal(&farm.url(), line, "y\n");
    assert!(said.contains("job waiting is canceled"), "{said:?}");
}

#[test]
fn a_person_is_asked_before_a_job_is_deleted() {
    let farm = Farm::busy();
    let dance = farm.short("dance");
    let line = format!("farandole delete {dance}");
    let said = on_a_terminal(&farm.url(), &line, "n\n");
    assert!(said.contains("delete 1 job? [y/N]"), "{said:?}");
    assert!(said.contains("nothing was done"), "{said:?}");
    farm.run(&["job", &dance]).ended_with(0);
    let said = on_a_terminal(&farm.url(), &line, "y\n");
    assert!(said.contains("job dance is being deleted"), "{said:?}");
}

#[test]
fn a_person_is_asked_before_frames_are_moved_aside() {
    let farm = Farm::busy();
    let scene = farm.fill("{scene}");
    let output = farm.frames().join("######");
    let given = "--blender no-such-blender --paused --set fps=24 --set format=PNG --set image_file_extension=.png \
                 --set has_previews=no --set scene=S --frames 2-9";
    let line = format!(
        "farandole submit {scene} {given} --set render_output_path={}",
        output.display()
    );
    let said = on_a_terminal(&farm.url(), &line, "n\n");
    assert!(
        said.contains("2 frame files of this job exist already in"),
        "{said:?}"
    );
    assert!(said.contains("Go on? [y/N]"), "{said:?}");
    assert!(said.contains("it was not submitted"), "{said:?}");
    let said = on_a_terminal(&farm.url(), &line, "y\n");
    assert!(said.contains("submitted shot (paused)"), "{said:?}");
    assert!(farm.frames().join("000002.png").is_file());
}

#[test]
fn a_pipe_that_closes_early_is_quiet() {
    let farm = Farm::busy();
    let line = "farandole jobs | head -n 1; echo ended with ${PIPESTATUS[0]}";
    let said = on_a_terminal(&farm.url(), &format!("bash -c '{line}'"), "");
    assert!(said.contains("ended with 0"), "{said:?}");
    assert!(
        !said.contains("roken pipe") && !said.contains("panic"),
        "{said:?}"
    );
}
