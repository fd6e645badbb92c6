#!/usr/bin/env python3
"""Lists what failed: each job, its failed tasks, and the last line of each one's log. Queues the jobs again if asked.

    requeue_failed.py             only lists
    requeue_failed.py --requeue   queues all failed jobs again, and forgives the Workers that failed at them
"""

import re
import sys

from farm import Farm, run

# The Manager's own lines in a log begin with the time.
OF_THE_MANAGER = re.compile(r"\d{4}-\d\d-\d\dT\S+Z ")


def last_line(farm, task):
    """The last that a task said, if it said anything."""
    with farm._open("GET", f"/api/v3/tasks/{task}/logtail") as answer:
        lines = answer.read().decode(errors="replace").splitlines()
    said = [line for line in lines if line.strip() and not OF_THE_MANAGER.match(line)]
    return said[-1].strip() if said else "it said nothing"


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
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        sys.exit()
    if sys.argv[1:] not in ([], ["--requeue"]):
        sys.exit(__doc__)
    run(main, bool(sys.argv[1:]))
