//! Sleep schedules: stored, shown, and put into force at once.

use serde_json::{Value, json};

use super::farm::{Farm, UNKNOWN_ID};

fn path(worker: &str) -> String {
    format!("/api/v3/worker-mgt/workers/{worker}/sleep-schedule")
}

fn schedule(active: bool, days: &str, start: &str, end: &str) -> Value {
    json!({"is_active": active, "days_of_week": days, "start_time": start, "end_time": end})
}

#[actix::test]
async fn a_schedule_is_shown_as_it_is_kept_and_holds_at_once() {
    let farm = Farm::start().await;
    let who = farm.awake().await;
    let path = path(&who.id);
    farm.get(&path).await.nothing();
    let state = || {
        who.request("GET", "/api/v3/worker/state")
            .send(farm.address)
    };
    for (given, shown) in [
        (
            schedule(false, "Monday  TUESDAY", "9:05", "17:00:30"),
            schedule(false, "mo tu", "09:05", "17:00"),
        ),
        (
            schedule(false, "", "22:00", "06:00"),
            schedule(false, "", "22:00", "06:00"),
        ),
    ] {
        farm.post(&path, &given).await.nothing();
        assert_eq!(farm.get(&path).await.json(), shown);
        state().await.nothing();
    }
    farm.post(&path, &schedule(true, "", "", ""))
        .await
        .nothing();
    assert_eq!(state().await.json(), json!({"status_requested": "asleep"}));
    let shown = farm
        .get(&format!("/api/v3/worker-mgt/workers/{}", who.id))
        .await
        .json();
    assert_eq!(
        shown["status_change"],
        json!({"status": "asleep", "is_lazy": false})
    );
    let asleep = json!({"status": "asleep"});
    farm.say(&who, "/api/v3/worker/state-changed", &asleep)
        .await
        .nothing();
    let sign_on =
        json!({"name": "anna", "supported_task_types": ["misc"], "software_version": "1"});
    let told = farm.say(&who, "/api/v3/worker/sign-on", &sign_on).await;
    assert_eq!(told.json(), json!({"status_requested": "asleep"}));
    farm.say(&who, "/api/v3/worker/state-changed", &asleep)
        .await
        .nothing();
    farm.post(&path, &schedule(false, "", "", ""))
        .await
        .nothing();
    assert_eq!(state().await.json(), json!({"status_requested": "awake"}));
    farm.end().await;
}

#[actix::test]
async fn what_is_wrong_with_a_schedule_is_said_and_changes_nothing() {
    let farm = Farm::start().await;
    let who = farm.member("secret").await;
    let path = path(&who.id);
    let good = schedule(false, "mo", "09:00", "");
    farm.post(&path, &good).await.nothing();
    for (bad, named) in [
        (schedule(true, "m", "", ""), "\"m\""),
        (schedule(true, "mo,tu", "", ""), "mo,tu"),
        (schedule(true, "", "25:00", ""), "25:00"),
        (schedule(true, "", "", "9"), "\"9\""),
        (
            json!({"is_active": true, "days_of_week": "", "start_time": ""}),
            "end_time",
        ),
        (
            json!({"is_active": 1, "days_of_week": "", "start_time": "", "end_time": ""}),
            "is_active",
        ),
    ] {
        let message = farm.post(&path, &bad).await.refused(400);
        if named != "is_active" {
            assert!(message.contains(named), "{message}");
        }
    }
    assert_eq!(farm.get(&path).await.json(), good);
    let nobody = super::schedules::path(UNKNOWN_ID);
    farm.get(&nobody).await.nothing();
    farm.post(&nobody, &good).await.refused(404);
    farm.get(&super::schedules::path("odd")).await.refused(400);
    farm.end().await;
}
