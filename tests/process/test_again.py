"""`run --like` and `run --smoke` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.process.program import SHORT, Program

SAMPLES = Path(__file__).parents[2] / "sample_configs"

RESUMABLE = """
from=1
if [ -n "$UNITRAINER_CHECKPOINT" ]; then from=$(($(cat "$UNITRAINER_CHECKPOINT/state.txt") + 1)); fi
for epoch in $(seq $from 5); do
    echo "Epoch: $epoch/5  Loss: 0.$((9 - epoch))"; echo $epoch > "$UNITRAINER_OUTPUT/state.txt"
    if [ $epoch = 3 ]; then exit 9; fi
done
cp "$UNITRAINER_OUTPUT/state.txt" "$UNITRAINER_OUTPUT/model.bin"
"""


def epochs(lines: str) -> list[int]:
    events = [json.loads(line) for line in lines.splitlines()]
    return [event["epoch"] for event in events if event["kind"] == "progress" and not event.get("partial")]


def test_the_same_again_goes_on_where_the_failed_run_stopped(program: Program):
    first = program.run("run", str(program.profile(RESUMABLE)), "--json")
    assert first.returncode == 1
    assert epochs(first.stdout) == [1, 2, 3]
    told = program.run("run", "--like", "last", "--dry-run")
    assert "which ended after epoch 3, goes along." in told.stdout
    again = program.run("run", "--like", "last", "--json")
    assert again.returncode == 0, again.stderr
    assert epochs(again.stdout) == [4, 5]
    runs = [json.loads(line) for line in program.run("runs", "--json").stdout.splitlines()]
    assert len(runs) == 2


def test_the_same_again_with_other_columns_is_refused_before_anything_is_rented(program: Program, tmp_path: Path):
    table, other = tmp_path / "a.csv", tmp_path / "b.csv"
    for path, column in ((table, "size"), (other, "length")):
        rows = [f"{n * 7 % 13},{'yes' if n % 2 else 'no'}" for n in range(40)]
        path.write_text("\n".join([f"{column},label", *rows]) + "\n")
    profile = tmp_path / "table.toml"
    profile.write_text(
        '[cloud]\nprovider = "sandbox"\n[training]\nframework = "sklearn"\nmodel = "sgd"\nepochs = 3\n'
        f'[dataset]\npath = "{table}"\n[timing]\npoll_seconds = 0.2\nsettle_seconds = 1\n'
    )
    first = program.run("run", str(profile), "--json")
    assert first.returncode == 0, first.stderr
    like = ("run", "--like", "last", "--dataset", str(other), "--set", "training.epochs=6")
    for more in ("--dry-run", "--json"):
        refused = program.run(*like, more)
        assert refused.returncode == 2
        assert "learned other columns than this dataset has: 'size' is not there; 'length' is new" in refused.stderr
        assert "--set training.options.resume=false" in refused.stderr
    assert '"kind": "resource"' not in refused.stdout


def test_the_same_again_takes_other_settings(program: Program):
    assert program.run("run", str(program.profile(SHORT)), "--json").returncode == 0
    again = program.run("run", "--like", "last", "--set", "training.seed=9", "--json")
    assert again.returncode == 0, again.stderr
    result = json.loads(again.stdout.splitlines()[-1])
    model = Path(result["model_path"])
    environment = json.loads((model.parent / "details" / model.stem / "environment.json").read_text())
    assert environment["seed"] == 9


def test_a_run_that_is_not_there_has_no_like(program: Program):
    done = program.run("run", "--like", "nosuchrun")
    assert done.returncode == 4
    assert "There is no run 'nosuchrun'" in done.stderr


@pytest.mark.parametrize("arguments", [(), ("profile.toml", "--like", "last")])
def test_what_to_run_is_said_once(program: Program, arguments: tuple[str, ...]):
    done = program.run("run", *arguments)
    assert done.returncode == 2
    assert "either a PROFILE or --like RUN" in done.stderr


def test_a_rehearsal_trains_two_epochs_on_a_few_samples_and_leaves_a_model(program: Program):
    done = program.run("run", str(SAMPLES / "demo.toml"), "--smoke", "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert epochs(done.stdout) == [1, 2]
    assert events[-1]["smoke"] is True
    assert "DONE (a rehearsal: two epochs on a few samples)." in program.run("show", "last").stdout
    (dataset,) = [event for event in events if event["kind"] == "transfer" and event["direction"] == "upload"][-1:]
    whole = (SAMPLES / "data/digits.csv").stat().st_size
    assert 0 < dataset["total"] < whole / 10
    model = Path(events[-1]["model_path"])
    assert model.is_file()
    told = json.loads((model.parent / "details" / model.stem / "run.json").read_text())
    assert (told["run"], told["smoke"], told["like"]) == (events[0]["run"], True, None)
    metrics = next(program.paths.run(events[0]["run"]).glob("artifacts/metrics.json"))
    assert json.loads(metrics.read_text())["rows"] <= 40


def test_a_command_of_ones_own_is_told_that_it_is_a_rehearsal(program: Program):
    command = 'echo "smoke=$UNITRAINER_SMOKE"; echo done > "$UNITRAINER_OUTPUT/model.bin"'
    done = program.run("run", str(program.profile(command)), "--smoke", "--json")
    assert done.returncode == 0, done.stderr
    assert '"text": "smoke=1"' in done.stdout
