"""The dashboard as a visitor meets it: served by a process of its own."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOKEN = "a-token-for-tests"  # noqa: S105 - opens nothing but a test's own server


class Served:
    """`serve_dashboard` in a process of its own."""

    def __init__(self, url: str, **options: object) -> None:
        arguments = json.dumps({"port": 0, "token": TOKEN, **options})
        program = (
            "import json, sys; from datetime import date;"
            "from workbench.runs.dashboard import serve_dashboard;"
            "given = json.loads(sys.argv[2]);"
            "given['as_of'] = date.fromisoformat(given['as_of']) if 'as_of' in given else None;"
            "sys.exit(serve_dashboard(sys.argv[1], **given))"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, url, arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        # The date comes first where one was given; a server that refuses says nothing here.
        line = next((line for line in self.process.stdout if "token=" in line), "")
        self.link = line.partition(" : ")[2].strip()
        self.address = self.link.partition("?")[0]

    def get(self, path: str) -> tuple[int, str, str]:
        """Returns status, final address and text."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.url or "", error.read().decode()

    def children(self) -> list[int]:
        """Processes of the session that still run."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[1]) == self.process.pid and fields[0] != "Z":
                    found.append(int(entry.name))
        return found

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def post(self, path: str, body: bytes = b"") -> int:
        """Sends a form; returns the status."""
        request = urllib.request.Request(self.address + path, data=body)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@contextmanager
def served(url: str, **options: object) -> Iterator[Served]:
    """Serves a ledger for the time of a block."""
    dashboard = Served(url, **options)
    try:
        yield dashboard
    finally:
        if dashboard.process.poll() is None:
            try:
                dashboard.stop(signal.SIGTERM)
            except subprocess.TimeoutExpired:
                os.kill(dashboard.process.pid, signal.SIGKILL)
        dashboard.process.communicate()
