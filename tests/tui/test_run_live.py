"""The installed program's live screen and a real run on the embedded cloud, as real processes."""

from __future__ import annotations

import re
import time

from pty_terminal import INSTALLED, terminal

from tests.process.program import SHORT, Program
from tests.process.program import program as program

# A job that prints so much that a viewer without a reader must stop, and trains on meanwhile.
NOISY = """
for epoch in $(seq 1 12); do
  [ $epoch = 3 ] && echo "Epoch: 3/12  Loss: inf" || echo "Epoch: $epoch/12  Loss: 0.$((50 - epoch))"
  seq -f "%g noise noise noise noise noise noise noise noise noise" 1 5000
  sleep 0.5
done
cat "$UNITRAINER_DATASET/numbers.txt" > "$UNITRAINER_OUTPUT/model.bin"
"""


def environment(program: Program) -> dict[str, str]:
    return {"UNITRAINER_HOME": str(program.home)}


def test_a_terminal_that_nobody_reads_holds_up_no_run_and_shows_its_end_later(program: Program) -> None:
    run = program.detached(NOISY)
    with terminal([str(INSTALLED), "attach", run], program.home, size=(200, 50), **environment(program)) as shown:
        shown.read_until(b"noise")
        shown.read_until(b"Abort")
        # From here on nobody reads, until the run is over.
        program.wait_for(run, '"kind": "result"', 90)
        took = [event for event in program.events(run) if event.get("stage") == "train" and event["status"] == "done"]
        assert took[0]["seconds"] < 30
        assert program.result(run)["success"] is True
        shown.read_until(b"verified and here")
        shown.read_until(b"absent twice")
        shown.read_until("∞ 1 infinite".encode())
        told = [event for event in program.events(run) if event["kind"] == "progress" and event["epoch"] == 3]
        assert [event.get("infinite") for event in told] == [["loss"]]
        assert program.holdings() == []


def test_r_runs_it_again_for_real(program: Program) -> None:
    run = program.detached(SHORT)
    with terminal([str(INSTALLED), "attach", run], program.home, size=(120, 50), **environment(program)) as shown:
        shown.read_until(b"verified and here", 60)
        since = shown.press(b"r")
        shown.read_until(b"nothing is rented for money", since=since)
        shown.press(b"\x1b[C")
        time.sleep(0.3)
        since = shown.press(b"\r")
        titles = re.compile(rb"\x1b\]2;[^\x07]*?([0-9a-z]{10}) \xc2\xb7 unitrainer\x07")
        shown.read_until(b"\x1b]2;done", 60, since=since)
        again = set(titles.findall(shown.output[since:])) - {run.encode()}
        assert len(again) == 1
        assert program.result(again.pop().decode())["success"] is True
