"""Started by test_pty: the live screen with a hostile recording, on whatever terminal it is given."""

from __future__ import annotations

import sys
from pathlib import Path

from recordings import RUN, training_recording
from scripted_client import ScriptedClient

from unitrainer_tui.app import run_app
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.runs.events import LogEvent, NoticeEvent, ResourceEvent

HOSTILE = "\x1b]52;c;b3duZWQ=\x07 \x1b]0;owned\x07 \x9b31m \x1b[2J owned"


def main() -> int:
    recorder = training_recording(epochs=2)
    recorder.add(LogEvent(text=HOSTILE, offset=0))
    recorder.add(NoticeEvent(level="warning", message=HOSTILE))
    recorder.add(ResourceEvent(resource="public_ip", status="created", id="ip-9", address=HOSTILE))
    client = ScriptedClient(Path(sys.argv[1]), {RUN: recorder.events})
    try:
        report = run_app(client, open_run=RUN)
    except UnitrainerError as problem:
        print(problem.sentence())
        return problem.exit_code
    print(report.text())
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
