"""What the PyTorch script decides without PyTorch: options, splits, rates, who trains, which interface leads there."""

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from unitrainer_tui.frameworks import pytorch as script_room
from unitrainer_tui.frameworks.pytorch.names import is_timm, local_weights
from unitrainer_tui.frameworks.pytorch.route import interface_to
from unitrainer_tui.frameworks.pytorch.schedule import best_epoch, peak_rate, rate, worn_out
from unitrainer_tui.frameworks.pytorch.split import split

SCRIPT = Path(script_room.__file__).parent


@pytest.fixture(scope="module")
def beside() -> Iterator[ModuleType]:
    """The script's launcher, imported as on the host, with what stands beside it; forgotten afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(SCRIPT))
    import train  # type: ignore[import-not-found]

    yield train
    sys.path.remove(str(SCRIPT))
    for name in ("train", "options", "rules", "job", "route"):
        if name not in before:
            sys.modules.pop(name, None)


def test_every_option_has_a_rule_and_every_rule_an_option(beside):
    options = sys.modules["options"]
    assert {field.name for field in dataclasses.fields(options.Options)} == set(sys.modules["rules"]._RULES)
    assert options.read_options({"hidden": [8, 4], "lr": 1}).hidden == (8, 4)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"warmup": 1}, "did you mean 'warmup_epochs'?"),
        ({"patience": 0}, "must be a whole number from 1 up"),
        ({"amp": 1}, "must be true, false, bf16 or fp16"),
        ({"lr": True}, "must be a number above 0"),
        ({"hidden": [0]}, "must be a list of at most 16 widths"),
    ],
)
def test_an_option_that_does_not_hold_is_refused(beside, said, sentence):
    with pytest.raises(sys.modules["job"].Refused, match=sentence.replace("?", r"\?")):
        sys.modules["options"].read_options(said)


def test_a_job_for_one_process_needs_no_torchrun(beside):
    assert beside.fleet_of({"gpus": 1, "nodes": 1, "rendezvous": None}, 1).alone
    assert beside.fleet_of({"gpus": 0}, 1).alone
    assert not beside.fleet_of({"gpus": 0}, 2).alone


def test_torchrun_is_told_all_gpus_and_all_machines_with_fixed_ranks(beside):
    job = {"gpus": 8, "nodes": 2, "node_rank": 1, "rendezvous": {"host": "10.0.0.5", "port": 30123}}
    command = beside.torchrun(beside.fleet_of(job, 1), "python3")
    assert command[:3] == ["python3", "-m", "torch.distributed.run"]
    assert {"--nnodes=2", "--node-rank=1", "--nproc-per-node=8", "--master-addr=10.0.0.5"} <= set(command)
    assert "--master-port=30123" in command
    assert not any("c10d" in word for word in command)
    assert "--standalone" in beside.torchrun(beside.fleet_of({"gpus": 4}, 1), "python3")


@pytest.mark.parametrize(
    "job",
    [
        {"nodes": 2, "node_rank": 0, "rendezvous": None},
        {"nodes": 2, "node_rank": 2, "rendezvous": {"host": "a", "port": 1}},
    ],
)
def test_a_job_of_several_machines_that_is_not_whole_is_refused(beside, job):
    with pytest.raises(sys.modules["job"].Refused):
        beside.fleet_of(job, 1)


def test_what_the_user_says_of_threads_and_interfaces_stays(beside):
    fleet = beside.Fleet(2, 2, 0, "127.0.0.2", 1)
    assert beside.surroundings(fleet, {}, 8) == {
        "OMP_NUM_THREADS": "4",
        "GLOO_SOCKET_IFNAME": "lo",
        "NCCL_SOCKET_IFNAME": "lo",
    }
    assert "GLOO_SOCKET_IFNAME" not in beside.surroundings(fleet, {"GLOO_SOCKET_IFNAME": "eth7"}, 8)


def test_an_address_that_nothing_leads_to_names_no_interface():
    assert interface_to("127.0.0.9") == "lo"
    assert interface_to("no such host.invalid") is None


def test_classes_keep_their_shares_and_one_of_each_trains():
    labels = ["a"] * 50 + ["b"] * 10 + ["c"]
    train, valid = split(labels, len(labels), 0.2, 3)
    assert sorted([*train, *valid]) == list(range(61))
    assert [labels[place] for place in valid].count("a") == 10
    assert [labels[place] for place in valid].count("b") == 2
    assert 60 in train
    assert split(labels, len(labels), 0.2, 3) == (train, valid)
    assert split(labels, len(labels), 0.2, 4) != (train, valid)


@pytest.mark.parametrize("labels", [["a", "b"], ["a", "a", "b"], None])
def test_a_handful_is_split_too(labels):
    count = len(labels or [1, 2])
    train, valid = split(labels, count, 0.2, 0)
    assert len(train) >= 1
    assert len(valid) == 1


def test_many_small_classes_give_their_share_together():
    labels = [number // 2 for number in range(200)]  # a hundred classes of two
    _, valid = split(labels, 200, 0.2, 0)
    assert 35 <= len(valid) <= 45


def test_the_rate_rises_falls_and_is_lower_for_trained_weights():
    rates = [rate(step, 100, 1.0, 10, "cosine") for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[10] == 1.0
    assert rates[99] < 0.001
    assert rate(90, 100, 1.0, 10, "constant") == 1.0
    assert peak_rate(None, "adamw", tuning=True) < peak_rate(None, "adamw", tuning=False)
    assert peak_rate(0.5, "adamw", tuning=True) == 0.5


def test_patience_counts_from_the_best_epoch_or_from_where_the_training_went_on():
    losses = [3.0, 1.0, 2.0, float("nan"), 2.0]
    assert best_epoch(losses) == 2
    assert worn_out(losses, 3)
    assert not worn_out(losses, 4)
    assert not worn_out(losses, 3, since=4)
    assert not worn_out(losses, None)
    assert best_epoch([float("nan")]) is None


def test_names_of_timm_are_told_from_misspelt_ones():
    assert is_timm("resnet50.a1_in1k")
    assert is_timm("vit_base_patch16_224")
    assert not is_timm("small-cnn")
    assert not is_timm("small_cnn")
    assert not is_timm("../weights")


def test_weights_are_found_with_and_without_their_tag(tmp_path):
    (tmp_path / "resnet18.pth").write_bytes(b"x")
    assert local_weights("resnet18.a1_in1k", (tmp_path,)) == tmp_path / "resnet18.pth"
    assert local_weights("resnet50", (tmp_path,)) is None
