"""Answers on one channel. A channel may stay open for many requests; transfers have one of their own."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from typing import Any, BinaryIO

from . import facts, frames, outputs, places, receive, tasks

IDLE = 1800
"""Seconds after which a channel that a dead connection left behind ends by itself."""


def serve(stdin: BinaryIO, answers: BinaryIO) -> None:
    os.umask(0o022)
    while True:
        try:
            signal.alarm(IDLE)
            request, body = frames.read_message(stdin)
            signal.alarm(0)
            answer_one(stdin, answers, request, body)
        except (frames.Closed, BrokenPipeError):
            return


def answer_one(stdin: BinaryIO, answers: BinaryIO, request: dict[str, Any], body: bytes) -> None:
    """Whatever fails is told to the client in a message of its own, never by an end without a word."""
    try:
        handle(stdin, answers, request, body)
    except (frames.Closed, BrokenPipeError):
        raise
    except OSError as problem:
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
        name = os.fsdecode(problem.filename) if isinstance(problem.filename, (str, bytes)) else ""
        answer = {"failed": problem.strerror or str(problem), "full": full, "where": name}
        frames.write_message(answers, answer)
    except Exception as problem:
        frames.write_message(answers, {"failed": f"{type(problem).__name__}: {problem}", "full": False, "where": ""})


def handle(stdin: BinaryIO, answers: BinaryIO, request: dict[str, Any], body: bytes) -> None:
    kind = request["ask"]
    if kind == "poll":
        frames.write_message(answers, *tasks.poll(request))
    elif kind == "facts":
        frames.write_message(answers, facts.gather())
    elif kind == "beat":
        frames.write_message(answers, tasks.beat(request["run"]))
    elif kind == "prepare":
        places.prepare(request["run"])
        frames.write_message(answers, {})
    elif kind == "start":
        frames.write_message(answers, tasks.start(request, body))
    elif kind == "signal":
        frames.write_message(answers, tasks.send_signal(request))
    elif kind == "outputs":
        frames.write_message(answers, outputs.list_files(request))
    elif kind == "tidy":
        _tidy(request["run"])
        frames.write_message(answers, {})
    elif kind == "receive":
        receive.receive(stdin, answers, request, body)
    elif kind == "deliver":
        outputs.deliver(answers, request)
    else:
        raise ValueError(f"unknown request {kind}")


def _tidy(run: str) -> None:
    """Removes what only the run needed: programs, environments of its tasks, locks. Output and log stay."""
    folder = places.run_folder(run)
    shutil.rmtree(os.path.join(folder, "setup"), ignore_errors=True)
    for name in ("host.pyz", "source.lock", "job/runner.json", "job/runner.err", "job/start.lock"):
        try:
            os.unlink(os.path.join(folder, name))
        except FileNotFoundError:
            pass
