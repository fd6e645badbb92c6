#!/usr/bin/env python3
"""Lists what failed: each job, its failed tasks, and the last line of each one's log. Queues the jobs again if asked.

    requeue_failed.py             only lists
    requeue_failed.py --requeue   queues all failed jobs again, and forgives the Workers that failed at them
"""

import sys

from farm import Farm, Refused


def last_line(farm, task):
    """The end of a task's log, if it said anything."""
    with farm._open("GET", f"/api/v3/tasks/{task}/logtail") as answer:
        lines = answer.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def main(requeue):
    farm = Farm()
    failed = [job for job in farm.jobs() if job["status"] == "failed"]
    if not failed:
        print("nothing has failed")
    for job in failed:
        print(f"{job['name']} ({job['id']})")
        for task in farm.tasks(job["id"]):
            if task["status"] != "failed":
                continue
            print(f"  {task['name']}: {last_line(farm, task['id'])}")
        if requeue:
            # Tasks can be queued one by one, too; but who failed at one would not get it again.
            order = {"status": "requeueing", "reason": "requeue_failed.py"}
            farm.post(f"/api/v3/jobs/{job['id']}/setstatus", order)
            print("  queued again")


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--requeue"]):
        sys.exit(__doc__)
    try:
        main(requeue=bool(sys.argv[1:]))
    except Refused as refused:
        sys.exit(str(refused))
