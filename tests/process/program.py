"""The installed program as real processes: its own home, its own embedded cloud, real signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.sandbox import endpoint

PROFILE = """
name = "test"
[cloud]
provider = "sandbox"
[training]
framework = "custom"
artifacts = ["model.bin"]
command = '''{command}'''
[dataset]
path = "data"
[limits]
rescue_minutes = 0.5
[timing]
poll_seconds = 0.2
settle_seconds = 1
boot_timeout_s = 30
ssh_timeout_s = 20
api_timeout_s = 3
"""

SHORT = """
for epoch in 1 2 3; do echo "Epoch: $epoch/3  Loss: 0.$((9 - epoch))"; sleep 0.2; done
cat "$UNITRAINER_DATASET/numbers.txt" > "$UNITRAINER_OUTPUT/model.bin"
"""
STEADY = """
for epoch in $(seq 1 40); do echo "Epoch: $epoch/40  Loss: 0.$((50 - epoch))"; sleep 0.15; done
cat "$UNITRAINER_DATASET/numbers.txt" > "$UNITRAINER_OUTPUT/model.bin"
"""
ENDLESS = """
echo "Epoch: 1/1000  Loss: 0.9"; echo early > "$UNITRAINER_OUTPUT/model.bin"; sleep 900
"""


@dataclass
class Program:
    home: Path
    env: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def paths(self) -> Paths:
        return Paths(self.home / "config", self.home / "state", self.home / "cache", self.home / "models")

    def profile(self, command: str, extra: str = "") -> Path:
        data = self.home / "data"
        data.mkdir(parents=True, exist_ok=True)
        (data / "numbers.txt").write_text("\n".join(str(number) for number in range(3000)))
        path = self.home / "profile.toml"
        path.write_text(PROFILE.format(command=command) + extra)
        return path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "unitrainer_tui", *arguments]

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CANOPYWAVE", "UNITRAINER"))}
        return {**kept, "UNITRAINER_HOME": str(self.home), **self.env}

    def run(self, *arguments: str, timeout: float = 60, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self.command(*arguments),
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def detached(self, command: str, *arguments: str) -> str:
        done = self.run("run", str(self.profile(command)), "--detach", "--json", *arguments)
        assert done.returncode == 0, done.stderr
        return str(json.loads(done.stdout)["run"])

    def journal(self, run: str) -> str:
        path = self.paths.run(run) / "journal.jsonl"
        return path.read_text() if path.exists() else ""

    def events(self, run: str) -> list[dict[str, Any]]:
        done = self.run("show", run, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def result(self, run: str) -> dict[str, Any]:
        return next(event for event in self.events(run) if event["kind"] == "result")

    def wait(self, what: Callable[[], bool], seconds: float = 40) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.05)

    def wait_for(self, run: str, text: str, seconds: float = 40) -> None:
        self.wait(lambda: text in self.journal(run), seconds)

    def supervisor(self, run: str) -> int:
        """The process that owns the run."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if b"unitrainer_tui.supervisor.process" in words and str(self.paths.run(run)).encode() in words:
                    return int(entry.name)
        raise AssertionError("no supervisor")

    def holdings(self) -> list[Any]:
        """What the embedded cloud holds, asked of itself."""
        known = endpoint.locate(self.paths)
        if known is None:
            return []
        where, key = {"project": "demo", "region": "loopback"}, {"Authorization": f"Bearer {known.api_key}"}
        found: list[Any] = []
        for path in ("instances", "ips", "ssh-keys"):
            found += httpx.get(f"{known.url}/{path}", params=where, headers=key).json()["data"]
        return found

    def close(self) -> None:
        """Ends what the test left: its viewers, its supervisors, its embedded cloud."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        mark = f"UNITRAINER_HOME={self.home}".encode()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    os.kill(int(entry.name), signal.SIGTERM)
            except OSError:
                continue


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    made = Program(tmp_path / "home")
    made.home.mkdir()
    yield made
    made.close()
