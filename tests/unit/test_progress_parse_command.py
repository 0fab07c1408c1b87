"""`unitrainer-tui parse` as a process: bytes on stdin, events on stdout."""

import json
import subprocess
import sys

from unitrainer_tui.runs.events import ProgressEvent, parse_event

PARSE = [sys.executable, "-c", "from unitrainer_tui.cli import main; main()", "parse"]
SEED = b"Epoch: 1/2  Loss: nan  mAP: 0.234\nEpoch: 2/2  Loss: 0.421  mAP: 0.456\n"


def test_each_epoch_becomes_one_event_of_the_contract():
    done = subprocess.run([*PARSE, "--framework", "yolo"], input=SEED, capture_output=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    events = [parse_event(line) for line in lines]
    assert all(isinstance(event, ProgressEvent) and event.time > 0 for event in events)
    assert lines[0]["metrics"] == {"loss": None, "mAP": 0.234}
    assert {key: lines[1][key] for key in ("kind", "epoch", "total_epochs", "fraction")} == {
        "kind": "progress",
        "epoch": 2,
        "total_epochs": 2,
        "fraction": 1.0,
    }
    assert done.stderr == b""


def test_an_event_comes_while_the_input_is_still_open():
    with subprocess.Popen(PARSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(SEED)
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["epoch"] == 1
        process.stdin.close()


def test_a_reader_that_goes_away_is_no_error():
    with subprocess.Popen(PARSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(SEED)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_parse_starts_without_the_heavy_libraries():
    code = "import sys, unitrainer_tui.cli.parse; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "textual", "asyncssh", "httpx", "plotext"} & set(loaded)
