"""An objective, a model or a task that cannot learn the target is refused before a machine is paid."""

from __future__ import annotations

from pathlib import Path

import pytest

from unitrainer_tui.config.profile import Profile, parse_profile
from unitrainer_tui.errors import DatasetProblem, ProfileProblem
from unitrainer_tui.frameworks.registry import spec_of
from unitrainer_tui.pipeline.check import check_data

TARGETS = {
    "two": [f"{n % 2}" for n in range(90)],
    "three": [f"{n % 3}" for n in range(90)],
    "words": [("red", "blue", "green")[n % 3] for n in range(90)],
    "price": [f"{n * 7 % 89 / 4 + 0.1:.2f}" for n in range(90)],
}


def profile(framework: str, path: Path, target: str = "y", **training: object) -> Profile:
    asked = {"framework": framework, "epochs": 5, **training}
    dataset = {"path": str(path), "target": target}
    return parse_profile({"cloud": {"provider": "sandbox"}, "training": asked, "dataset": dataset})


def table(folder: Path, targets: str) -> Path:
    path = folder / "t.csv"
    path.write_text("x,y\n" + "".join(f"{n * 31 % 17},{one}\n" for n, one in enumerate(TARGETS[targets])))
    return path


FITS = [
    ("xgboost", {"options": {"objective": "binary:logistic"}}, "two"),
    ("xgboost", {"options": {"objective": "multi:softprob"}}, "two"),
    ("xgboost", {"options": {"objective": "multi:softmax"}}, "words"),
    ("xgboost", {"options": {"objective": "reg:absoluteerror"}}, "price"),
    ("xgboost", {"options": {"objective": "reg:newer-than-this"}}, "price"),
    ("xgboost", {"options": {"objective": "count:poisson"}}, "three"),
    ("lightgbm", {"options": {"objective": "binary"}}, "two"),
    ("lightgbm", {"options": {"application": "softmax"}}, "words"),
    ("lightgbm", {"options": {"loss": "mae"}}, "price"),
    ("sklearn", {"model": "logistic-regression"}, "words"),
    ("sklearn", {"model": "linear-regression"}, "price"),
    ("sklearn", {"model": "mlp"}, "price"),
    ("sklearn", {"model": "AdaBoostRegressor"}, "three"),
    ("pytorch", {"options": {"task": "regression"}}, "three"),
]


@pytest.mark.parametrize(("framework", "training", "targets"), FITS)
def test_what_fits_the_target_passes(tmp_path, framework, training, targets):
    asked = profile(framework, table(tmp_path, targets), **training)
    spec_of(asked)
    assert check_data(asked) is not None


REFUSED = [
    (
        "xgboost",
        {"options": {"objective": "binary:logistic"}},
        "three",
        "t.csv, target 'y': training.options.objective = \"binary:logistic\" is for two classes, and the target has 3; "
        "say multi:softprob, or leave it out.",
    ),
    (
        "lightgbm",
        {"options": {"app": "binary"}},
        "words",
        "t.csv, target 'y': training.options.app = \"binary\" is for two classes, and the target has 3; "
        "say multiclass, or leave it out.",
    ),
    (
        "xgboost",
        {"options": {"objective": "multi:softprob"}},
        "price",
        "t.csv: classification (training.options.objective = \"multi:softprob\") needs classes, and the target 'y' "
        "holds more than 20 different numbers with a fraction; ask for a regression.",
    ),
    (
        "lightgbm",
        {"options": {"objective": "multiclass"}},
        "price",
        "t.csv: classification (training.options.objective = \"multiclass\") needs classes, and the target 'y' "
        "holds more than 20 different numbers with a fraction; ask for a regression.",
    ),
    (
        "sklearn",
        {"model": "logistic-regression"},
        "price",
        "t.csv: classification (training.model = \"logistic-regression\") needs classes, and the target 'y' "
        "holds more than 20 different numbers with a fraction; ask for a regression.",
    ),
    (
        "sklearn",
        {"model": "RandomForestClassifier"},
        "price",
        't.csv: classification (training.model = "RandomForestClassifier") needs classes',
    ),
    (
        "sklearn",
        {"model": "linear-regression"},
        "words",
        "t.csv: regression (training.model = \"linear-regression\") needs a target of numbers, and 'y' holds 'red'.",
    ),
    (
        "xgboost",
        {"options": {"objective": "reg:squarederror"}},
        "words",
        't.csv: regression (training.options.objective = "reg:squarederror") needs a target of numbers',
    ),
]


@pytest.mark.parametrize(("framework", "training", "targets", "sentence"), REFUSED)
def test_what_cannot_learn_the_target_is_refused_with_its_key(tmp_path, framework, training, targets, sentence):
    asked = profile(framework, table(tmp_path, targets), **training)
    spec_of(asked)
    with pytest.raises(DatasetProblem) as problem:
        check_data(asked)
    assert len(problem.value.faults) == 1
    assert sentence in problem.value.faults[0]


@pytest.mark.parametrize(
    ("framework", "training", "sentence"),
    [
        (
            "xgboost",
            {"options": {"objective": "binary:logistic", "task": "regression"}},
            'training.options.objective = "binary:logistic" is for classification, and this is regression; '
            "say another, or leave it out.",
        ),
        ("xgboost", {"options": {"objective": "binary:logistc"}}, "did you mean 'binary:logistic'?"),
        ("xgboost", {"options": {"objective": "survival:aft"}}, "needs two targets"),
        ("xgboost", {"options": {"num_class": 3}}, "training.options.num_class: is not taken here."),
        ("lightgbm", {"options": {"num_class": 3}}, "training.options.num_class: is not taken here."),
        ("lightgbm", {"options": {"objective": "multiclas"}}, "did you mean 'multiclass'?"),
        (
            "sklearn",
            {"model": "logistic-regression", "options": {"task": "regression"}},
            "training.model: logistic-regression is for classification, and training.options.task says regression.",
        ),
    ],
)
def test_what_contradicts_itself_is_refused_before_any_data_is_read(tmp_path, framework, training, sentence):
    with pytest.raises(ProfileProblem) as problem:
        spec_of(profile(framework, tmp_path / "nowhere.csv", **training))
    assert sentence in problem.value.message + problem.value.hint


def test_queries_and_an_objective_for_classes_do_not_go_together(tmp_path):
    asked = profile("xgboost", table(tmp_path, "two"), options={"objective": "binary:logistic"})
    ranked = asked.model_copy(update={"dataset": asked.dataset.model_copy(update={"group": "x"})})
    with pytest.raises(ProfileProblem, match="is for classification, and this is ranking"):
        spec_of(ranked)
