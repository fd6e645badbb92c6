#!/usr/bin/env python3
"""A wallboard: what the farm does just now, drawn anew whenever something happens.

    wallboard.py          until Ctrl-C
    wallboard.py --once   draws it once
"""

import sys

from farm import Farm, run

BAR = 24


def draw(jobs, workers):
    """The board as a text."""
    lines = [f"{'JOB':30} {'STATUS':17} {'':{BAR}} DONE"]
    rank = {"active": 0, "queued": 1, "paused": 2, "failed": 3}
    shown = sorted(jobs.values(), key=lambda job: (rank.get(job["status"], 9), job["name"]))
    for job in shown[:20]:
        total = max(job["steps_total"], 1)
        done = min(job["steps_completed"] / total, 1)
        bar = ("#" * round(done * BAR)).ljust(BAR, ".")
        lines.append(f"{job['name'][:30]:30} {job['status']:17} {bar} {done:4.0%}")
    if len(shown) > 20:
        lines.append(f"and {len(shown) - 20} more")
    states = {}
    for worker in workers.values():
        states[worker["status"]] = states.get(worker["status"], 0) + 1
    said = ", ".join(f"{count} {status}" for status, count in sorted(states.items()))
    return "\n".join([*lines, "", f"workers: {said or 'none'}"])


def main(once):
    farm = Farm()
    jobs, workers = {}, {}
    for event, data in farm.events("/jobs", "/workers"):
        if event == "reread":
            jobs = {job["id"]: job for job in farm.jobs()}
            listed = farm.get("/api/v3/worker-mgt/workers")["workers"]
            workers = {worker["id"]: worker for worker in listed}
        elif event == "job":
            hear(jobs, data, data.get("was_deleted"))
        elif event == "worker":
            hear(workers, data, data.get("deleted_at"))
        if sys.stdout.isatty() and not once:
            print("\x1b[2J\x1b[H", end="")
        print(draw(jobs, workers), flush=True)
        if once:
            return


def hear(known, data, is_gone):
    """Takes in what was told, unless it is older than what is known."""
    if is_gone:
        known.pop(data["id"], None)
    elif data["updated"] >= known.get(data["id"], {}).get("updated", ""):
        known[data["id"]] = {**known.get(data["id"], {}), **data}


if __name__ == "__main__":
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        sys.exit()
    if sys.argv[1:] not in ([], ["--once"]):
        sys.exit(__doc__)
    run(main, bool(sys.argv[1:]))
