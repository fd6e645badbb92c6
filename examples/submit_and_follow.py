#!/usr/bin/env python3
"""Submits a job and follows it until it ends. The exit code is 0 if it was completed.

    submit_and_follow.py NAME TYPE [KEY=VALUE...]
    submit_and_follow.py "just a test" echo-sleep-test message=hello sleep_duration_seconds=1 sleep_repeats=3

A value is read as JSON where it is some (24, true, [1, 2]), and is a text otherwise.
"""

import json
import sys

from farm import ENDED, Farm, run


def value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def main(name, job_type, *settings):
    farm = Farm()
    pairs = [setting.partition("=") for setting in settings]
    job = farm.submit(name, job_type, {key: value(text) for key, _, text in pairs})
    job_id = job["id"]
    print(f"submitted {job_id}", flush=True)

    for event, data in farm.events("/jobs", f"/jobs/{job_id}"):
        if event == "reread":
            job = farm.get(f"/api/v3/jobs/{job_id}")
        elif event == "job" and data["id"] == job_id:
            job = {**job, **data}
        elif event == "task" and data["job_id"] == job_id:
            print(f"  {data['name']} is {data['status']}", flush=True)
            continue
        else:
            continue
        print(f"{job['status']}: {job['steps_completed']} of {job['steps_total']} steps", flush=True)
        if job.get("was_deleted"):
            print("it was deleted")
            return 1
        if job["status"] in ENDED:
            return 0 if job["status"] == "completed" else 1


if __name__ == "__main__":
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        sys.exit()
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    run(main, *sys.argv[1:])
