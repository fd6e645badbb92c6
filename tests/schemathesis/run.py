"""Has schemathesis play against Managers. Prints counts, ends with 1 if anything was found.

Each round is a fresh Manager in a folder of its own, with a Worker that is signed on. What changes the whole Manager
(setup assistant, configuration, mass deletion) has rounds of its own. The seed is fixed.
"""

import argparse
import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).parent.resolve()
CONTRACT = HERE.parent.parent / "protocol/tests/contract/openapi-v3.json"
SEED = "20260101"
WANTED = 5_000
# What is played apart from the rest.
APART = ["saveSetupAssistantConfig", "updateConfigurationFile", "deleteJobMass"]
# An event stream does not end; its tests are elsewhere.
NOT_PLAYED = ["getEvents"]
# Our refusals have a body of the contract's form where it documents none.
REFUSALS = ["400", "403", "404", "405", "413", "415", "503"]
ALL_CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "positive_data_acceptance", "missing_required_header",
    "unsupported_method", "allow_header_conformance", "use_after_free", "ensure_resource_availability", "ignored_auth",
    "object_level_authorization",
]
# The answers that the checks with exceptions take by themselves.
USUAL = {
    "missing_required_header": ["400", "401", "406", "422"],
    "negative_data_rejection": ["400", "401", "403", "404", "405", "406", "409", "415", "422", "428", "429", "5xx"],
    "positive_data_acceptance": ["2xx", "3xx", "401", "403", "404", "409", "429", "5xx"],
}
EXCEPTIONS = tomllib.loads((HERE / "exceptions.toml").read_text())["exception"]
CONTRACT_CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
]


class Manager:
    """A running Manager, ended with the `with` block."""

    def __init__(self, binary, folder):
        self.folder = folder
        (folder / "storage").mkdir()
        # Quicker than the real one, which is asked for its version again and again.
        blender = folder / "bin" / "blender"
        blender.parent.mkdir()
        blender.write_text("#!/bin/sh\necho Blender 4.2.0\n")
        blender.chmod(0o755)
        self.log = folder / "manager.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [binary, f"--data-dir={folder}", "--listen=127.0.0.1:0", "--autodiscoverable=no", "--log-level=info"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"FARANDOLE_SHARED_STORAGE_PATH": str(folder / "storage"), "PATH": f"{blender.parent}:/usr/bin:/bin"},
            )

    def __enter__(self):
        self.url = self.eventually(self.find_url)
        self.eventually(lambda: self.ask("GET", "/readyz"))
        worker = {"name": "anna", "secret": "secret", "platform": "linux", "supported_task_types": ["misc"]}
        self.worker = self.ask("POST", "/api/v3/worker/register-worker", worker)["uuid"]
        sign_on = {"name": "anna", "supported_task_types": ["misc"], "software_version": "1"}
        self.ask("POST", "/api/v3/worker/sign-on", sign_on)
        self.ask("POST", "/api/v3/worker/state-changed", {"status": "awake"})
        settings = {"message": "m", "sleep_duration_seconds": 0, "sleep_repeats": 9}
        job = {"name": "j", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux", "settings": settings}
        self.job = self.ask("POST", "/api/v3/jobs", job)["id"]
        self.task = self.ask("POST", "/api/v3/worker/task")["uuid"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def find_url(self):
        found = re.search(r"http://127\.0\.0\.1:\d+", self.log.read_text())
        return found and found[0]

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method)
        if hasattr(self, "worker"):
            pair = base64.b64encode(f"{self.worker}:secret".encode()).decode()
            request.add_header("Authorization", f"Basic {pair}")
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, data, 30) as answer:
            return json.loads(answer.read() or b"{}")

    def eventually(self, look):
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if self.process.poll() is not None:
                sys.exit(f"the Manager has ended:\n{self.log.read_text()}")
            try:
                if found := look():
                    return found
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.05)
        sys.exit(f"the Manager does not get ready:\n{self.log.read_text()}")


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield path, method, operation


def contract():
    """The contract, with our refusals, and without members that it requires but never defines."""
    document = json.loads(CONTRACT.read_text())
    error = {"description": "refused", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    for _, _, operation in operations(document):
        for code in REFUSALS:
            operation["responses"].setdefault(code, error)

    def walk(value):
        if isinstance(value, dict):
            if "required" in value and isinstance(value.get("properties"), dict):
                value["required"] = [name for name in value["required"] if name in value["properties"]]
                if not value["required"]:
                    del value["required"]
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(document["components"]["schemas"])
    return document


def with_values(document, manager):
    """Ids that exist, beside those that are made up: else few requests come past the check of the id."""
    values = {"job_id": manager.job, "task_id": manager.task, "worker_id": manager.worker, "audience": "workers",
              "platform": "linux", "typeName": "echo-sleep-test"}
    for path, method, operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter.get("in") == "path" and parameter["name"] in values and operation["operationId"] != "deleteWorker":
                parameter["example"] = values[parameter["name"]]
    return document


def configuration(name, played):
    """schemathesis's own configuration: what checks take beside what they take by themselves."""
    # Chains of requests take longer than single ones, and find less.
    lines = ["[phases.stateful.generation]", "max-examples = 4"]
    checks = ALL_CHECKS if name == "ours" else CONTRACT_CHECKS
    lines += [f"[checks.{check}]\nenabled = {str(check in checks).lower()}" for check in ALL_CHECKS if check not in USUAL]
    if name == "contract":
        lines += [f"[checks.{check}]\nenabled = false" for check in USUAL]
        return "\n".join(lines + ["[phases.stateful]", "enabled = false"]) + "\n"
    exceptions = [one for one in EXCEPTIONS if "also" in one]
    left_out = [one for one in EXCEPTIONS if "also" not in one]

    def taken(check, operation):
        of_it = [one for one in exceptions if one["check"] == check]
        of_it = [one for one in of_it if operation in one.get("operations", [operation])]
        return sorted(set(USUAL[check] + [status for one in of_it for status in one["also"]]))

    for check in USUAL:
        lines += [f"[checks.{check}]", f"expected-statuses = {json.dumps(taken(check, None))}"]
    for operation in played:
        lines += ["[[operations]]", f"include-operation-id = {json.dumps(operation)}"]
        lines += [f"checks.{check}.expected-statuses = {json.dumps(taken(check, operation))}" for check in USUAL]
        of_it = [one for one in left_out if operation in one.get("operations", [operation])]
        lines += [f"checks.{one['check']}.enabled = false" for one in of_it]
    return "\n".join(lines) + "\n"


def play(name, document, played, examples, arguments, scratch):
    """One round. Gives the number of requests, and whether nothing was found."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
    program = pathlib.Path(sys.executable).parent / "schemathesis"
    with Manager(arguments.binary, folder) as manager:
        if document is None:
            document = manager.ask("GET", "/api/v3/openapi3.json")
        (folder / "document.json").write_text(json.dumps(with_values(document, manager)))
        present = [operation["operationId"] for _, _, operation in operations(document)]
        chosen = [operation for operation in present if played(operation)]
        if not chosen:
            return 0, True
        (folder / "schemathesis.toml").write_text(configuration(name, chosen))
        command = [
            program, "--config-file", folder / "schemathesis.toml", "run", folder / "document.json",
            "--url", manager.url, "--auth", f"{manager.worker}:secret",
            "--max-examples", str(examples), "--seed", SEED, "--workers", "1", "--request-timeout", "30",
            "--generation-database", "none", "--suppress-health-check", "all", "--warnings", "off",
            "--continue-on-failure", "--report", "ndjson", "--report-ndjson-path", folder / "events.ndjson",
        ]
        for operation in chosen:
            command += ["--include-operation-id", operation]
        began = time.monotonic()
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=os.environ | {"SCHEMATHESIS_HOOKS": str((HERE / "hooks.py").resolve())})
        took = time.monotonic() - began
        alive = manager.process.poll() is None
    requests = count(folder / "events.ndjson")
    ok = done.returncode == 0 and alive
    what = chosen[0] if len(chosen) == 1 else f"{len(chosen)} operations"
    print(f"{name:8} {what:28} {requests:6} requests {took:6.1f} s  {'ok' if ok else 'FOUND SOMETHING'}", flush=True)
    if not ok or arguments.verbose:
        print(done.stdout)
    if not alive:
        print(f"the Manager has ended:\n{manager.log.read_text()[-4000:]}")
    return requests, ok


def count(path):
    """The requests that were sent, by schemathesis's own record."""
    return path.read_text().count('"status_code"') if path.exists() else 0


def play_all(name, arguments, scratch):
    """All rounds by one document. Gives whether nothing was found."""
    if arguments.operation:
        rounds = [lambda one: one == arguments.operation]
    else:
        rounds = [lambda one: one not in APART + NOT_PLAYED]
        rounds += [lambda one, alone=alone: one == alone for alone in APART]
    total, all_ok = 0, True
    for played in rounds:
        document = None if name == "ours" else contract()
        requests, ok = play(name, document, played, arguments.examples, arguments, scratch)
        total += requests
        all_ok &= ok
    print(f"{name:8} {'in all':28} {total:6} requests", flush=True)
    if total < WANTED and not arguments.operation:
        print(f"{name}: fewer than {WANTED} requests")
        all_ok = False
    return all_ok


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", default="target")
    parser.add_argument("--examples", type=int, default=120)
    parser.add_argument("--only", choices=["ours", "contract"])
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--operation", help="this one alone")
    arguments = parser.parse_args()
    arguments.binary = pathlib.Path(arguments.target, "debug/farandole-manager").resolve()
    if not arguments.binary.exists():
        sys.exit(f"{arguments.binary} is missing: cargo build --bins, or ./farm test --schemathesis")
    names = [name for name in ["ours", "contract"] if arguments.only in (None, name)]
    with tempfile.TemporaryDirectory(prefix="farandole-schemathesis-") as scratch, ThreadPoolExecutor() as side_by_side:
        fine = list(side_by_side.map(lambda name: play_all(name, arguments, scratch), names))
    sys.exit(0 if all(fine) else 1)


main()
