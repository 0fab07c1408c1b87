"""Every sample profile is a profile that works."""

from pathlib import Path

import pytest

from unitrainer_tui.config.profile import load_profile
from unitrainer_tui.datasets.check import check_dataset
from unitrainer_tui.frameworks import build_job, setup_plan

SAMPLES = Path(__file__).parents[2] / "sample_configs"
NAMES = [
    "canopywave-yolo",
    "custom-command",
    "demo",
    "lightgbm-tabular",
    "own-machine",
    "pytorch-images",
    "pytorch-table",
    "sklearn-tabular",
    "xgboost-tabular",
]


def test_all_samples_are_tested():
    assert sorted(path.stem for path in SAMPLES.glob("*.toml")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_valid_and_gives_a_job(name):
    profile = load_profile(SAMPLES / f"{name}.toml")
    assert setup_plan(profile).framework == profile.training.framework
    assert build_job(profile, gpus=0)["epochs"] == profile.training.epochs


@pytest.mark.parametrize(
    "name", ["custom-command", "demo", "lightgbm-tabular", "pytorch-table", "sklearn-tabular", "xgboost-tabular"]
)
def test_the_data_of_a_sandbox_sample_is_there_and_holds(name):
    profile = load_profile(SAMPLES / f"{name}.toml")
    report = check_dataset(profile.dataset.path, profile.training.framework, target=profile.dataset.target)
    assert report.faults == ()


def test_the_code_of_the_custom_sample_is_there():
    source = load_profile(SAMPLES / "custom-command.toml").training.source
    assert source is not None
    assert (source / "train.py").is_file()


def test_the_canopywave_sample_is_the_example_of_the_founding_document():
    profile = load_profile(SAMPLES / "canopywave-yolo.toml")
    cloud, training = profile.cloud, profile.training
    assert (cloud.project, cloud.flavor, cloud.image) == ("my-ml-project", "H100-4", "GPU-Ubuntu.22.04")
    assert (training.model, training.epochs, training.batch_size, training.image_size) == ("yolov11n", 10, 16, 640)
    assert profile.gpus_needed("H100-4") == 4
