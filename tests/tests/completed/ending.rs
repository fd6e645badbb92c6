//! A heartbeat is not progress.

use serde_json::json;

use super::stage::Stage;

/// Keeps Blender from ending: Python waits for its threads.
const STAYS: &str = "import threading, time
threading.Thread(target=lambda: time.sleep(3600)).start()
";

#[test]
fn blender_that_does_not_end_after_its_last_frame_is_ended_and_the_task_completed() {
    let stage = Stage::with(&[("task-timeout", "1h")], &[("task-exit-timeout", "2s")]);
    let blend = stage.scene("stays.blend", &[&format!("more=script({STAYS:?})")]);
    let ended = stage.render(&blend, &json!({}));
    assert_eq!(ended.status, "completed", "{}", ended.job);
    assert_eq!(stage.outputs(&ended).len(), 3, "two frames and a video");
}

#[test]
fn blender_that_does_not_end_and_lost_a_frame_fails() {
    let stage = Stage::with(&[("task-timeout", "1h")], &[("task-exit-timeout", "2s")]);
    let more = format!(
        "more=script({STAYS:?} + '''import bpy, os
def lose(scene, *_):
    if scene.frame_current == 2: os.remove(scene.render.frame_path(frame=2))
bpy.app.handlers.render_write.append(lose)
''')"
    );
    let blend = stage.scene("loses.blend", &[&more]);
    let ended = stage.render(&blend, &json!({}));
    assert_eq!(ended.status, "failed", "{}", ended.job);
}

#[test]
fn blender_that_does_nothing_at_all_times_out() {
    let stage = Stage::with(&[("task-timeout", "4s")], &[("task-exit-timeout", "1s")]);
    let more = "more=script('''import bpy, time
def wait(scene, *_):
    if scene.frame_current == 2: time.sleep(3600)
bpy.app.handlers.render_pre.append(wait)
''')";
    let blend = stage.scene("waits.blend", &[more]);
    let ended = stage.render(&blend, &json!({}));
    assert_eq!(ended.status, "failed", "{}", ended.job);
    assert_eq!(stage.outputs(&ended).len(), 1, "the first frame was saved");
}
