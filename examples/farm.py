"""A small client of a Farandole Manager, with nothing but Python's standard library.

Requests are JSON over HTTP (`/api/v3`, the Flamenco interface); what happens is told as server-sent events
(`/api/farm/v1/events`). The other scripts of this folder use it; copy it to wherever you need it.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

ENDED = {"completed", "failed", "canceled"}


class Refused(Exception):
    """The Manager answered, and refused."""

    def __init__(self, status, message):
        super().__init__(f"the Manager refused with status {status}: {message}")
        self.status = status


class Farm:
    """The Manager at a URL; without one, that of FARANDOLE_MANAGER, or on this host."""

    def __init__(self, url=None):
        url = url or os.environ.get("FARANDOLE_MANAGER") or "http://localhost:8080"
        if "://" not in url:
            # As for the client on the command line: a host alone means the usual port.
            url = f"http://{url}" if ":" in url else f"http://{url}:8080"
        self.url = url.rstrip("/")

    def _open(self, method, path, body=None, headers=None, timeout=30):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers or {})
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            return urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            try:
                text = json.loads(text)["message"]
            except (ValueError, KeyError, TypeError):
                pass
            raise Refused(error.code, text) from None

    def get(self, path):
        """Reads a JSON document."""
        with self._open("GET", path) as answer:
            return json.load(answer)

    def post(self, path, body):
        """Sends a JSON document; gives the answer's, if there is one."""
        with self._open("POST", path, body) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def jobs(self):
        """All jobs, oldest first."""
        return self.get("/api/v3/jobs")["jobs"]

    def tasks(self, job):
        """The tasks of a job."""
        return self.get(f"/api/v3/jobs/{job}/tasks")["tasks"] or []

    def submit(self, name, job_type, settings, priority=50):
        """Submits a job; gives it as it was stored."""
        etag = self.get(f"/api/v3/jobs/type/{job_type}")["etag"]
        job = {
            "name": name,
            "type": job_type,
            "type_etag": etag,
            "priority": priority,
            "submitter_platform": "linux",
            "settings": settings,
        }
        return self.post("/api/v3/jobs", job)

    def events(self, *topics):
        """What happens, for ever, as (name, payload).

        A connection that breaks is opened again where it ended. Where that was not possible, and at the beginning,
        ("reread", None) is told: whatever was read before may be out of date, and lists are to be read again now.
        Only a Manager that was never there is an error.
        """
        last = None
        was_there = False
        query = "&".join(f"topic={topic}" for topic in topics)
        while True:
            headers = {"Accept": "text/event-stream"}
            if last:
                headers["Last-Event-ID"] = last
            try:
                # The Manager sends something every few seconds: who says nothing for a minute is gone.
                with self._open("GET", f"/api/farm/v1/events?{query}", headers=headers, timeout=60) as stream:
                    for last, name, data in _read(stream, last):
                        was_there = True
                        if name != "hello":
                            yield name, data
                        elif not data["resumed"]:
                            yield "reread", None
                if not was_there:
                    raise ValueError("it is no event stream")
            except Refused as refused:
                if refused.status < 500 or not was_there:
                    raise
            except (OSError, ValueError):
                if not was_there:
                    raise
            time.sleep(1)


def run(main, *arguments):
    """Runs a script, and ends it with the exit code that it gives. What goes wrong is said in a line."""
    try:
        sys.exit(main(*arguments))
    except Refused as refused:
        sys.exit(str(refused))
    except ValueError as error:
        sys.exit(f"the Manager's answer is not understood: {error}")
    except urllib.error.URLError as error:
        sys.exit(f"the Manager cannot be reached: {error.reason}")
    except KeyboardInterrupt:
        sys.exit(130)


def _read(stream, last):
    """The events of an open stream, as (id, name, payload)."""
    name, data = "message", []
    for line in stream:
        field, _, value = line.decode().rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            last = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif not field and not value:
            if data:
                yield last, name, json.loads("\n".join(data))
            name, data = "message", []
