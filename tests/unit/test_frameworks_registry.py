import json
from pathlib import Path
from typing import Any

import pytest

from unitrainer_tui.config.profile import Profile, parse_profile
from unitrainer_tui.errors import ProfileProblem
from unitrainer_tui.frameworks import build_job, setup_plan, spec_of


def profile(framework: str, *, dataset: dict[str, Any] | None = None, **training: Any) -> Profile:
    return parse_profile(
        {
            "cloud": {"provider": "sandbox"},
            "training": {"framework": framework, **training},
            "dataset": dataset or {},
        }
    )


@pytest.mark.parametrize("framework", ["yolo", "pytorch", "sklearn", "xgboost", "lightgbm"])
def test_a_script_is_a_folder_with_a_train_py(framework):
    script = spec_of(profile(framework)).script
    assert script is not None
    assert (script / "train.py").is_file()


@pytest.mark.parametrize("framework", ["yolo", "pytorch", "sklearn", "xgboost", "lightgbm"])
def test_no_script_needs_the_program_where_it_runs(framework):
    """Every import of the program stands under TYPE_CHECKING: on the host there is no unitrainer_tui."""
    script = spec_of(profile(framework)).script
    assert script is not None
    for file in script.glob("*.py"):
        for line in file.read_text().splitlines():
            assert "unitrainer_tui" not in line or line.startswith("    "), f"{file.name}: {line}"


def test_yolo_and_pytorch_install_torch():
    assert setup_plan(profile("yolo")).torch
    assert setup_plan(profile("pytorch")).torch
    assert not setup_plan(profile("sklearn")).torch


def test_the_setup_lines_of_a_custom_profile_reach_the_plan():
    plan = setup_plan(profile("custom", command="python3 train.py", setup=["pip install -r requirements.txt"]))
    assert plan.shell == ("pip install -r requirements.txt",)
    assert plan.requirements == ()


def test_the_artifacts_of_a_custom_profile_are_its_patterns_and_nothing_else_is_taken():
    spec = spec_of(profile("custom", command="x", artifacts=["model.bin", "*.onnx"]))
    assert spec.model_patterns == ("model.bin", "*.onnx")
    assert spec.extension == "bin"
    assert not spec.newest_fallback


def test_a_misspelt_model_is_refused_with_the_nearest_name():
    with pytest.raises(ProfileProblem) as problem:
        spec_of(profile("sklearn", model="random-forrest"))
    assert "'random-forest'" in problem.value.sentence()


def test_an_estimator_may_be_named_by_its_class():
    assert spec_of(profile("sklearn", model="AdaBoostClassifier")).name == "sklearn"


def test_the_job_is_plain_json_with_all_that_the_script_reads(tmp_path: Path):
    table = tmp_path / "rows.csv"
    table.write_text("a,b\n1,2\n")
    wanted = profile(
        "sklearn",
        model="sgd",
        epochs=3,
        seed=5,
        options={"alpha": 0.01},
        env_from=["WANDB_API_KEY"],
        dataset={"path": str(table), "target": "b", "validation": 0.3},
    )
    job = build_job(wanted, gpus=0)
    assert json.loads(json.dumps(job)) == job
    assert job["framework"] == "sklearn"
    assert job["epochs"] == 3
    assert job["options"] == {"alpha": 0.01}
    assert job["dataset"] == {
        "target": "b",
        "weight": None,
        "categorical": [],
        "validation": 0.3,
        "group": None,
        "file": "rows.csv",
    }
    assert job["environment"] == ["UNITRAINER_DATASET", "UNITRAINER_OUTPUT", "WANDB_API_KEY"]


def test_the_default_model_stands_in_the_job():
    assert build_job(profile("yolo"), gpus=4)["model"] == "yolo11n"
    assert build_job(profile("sklearn"), gpus=0)["model"] == "hist-gradient-boosting"


def test_an_option_that_json_cannot_carry_is_refused_with_its_key():
    with pytest.raises(ProfileProblem, match=r"training\.options\.limit"):
        build_job(profile("sklearn", options={"limit": float("inf")}), gpus=0)


@pytest.mark.parametrize(
    ("framework", "model", "near"),
    [("xgboost", "gbtre", "gbtree"), ("xgboost", "darts", "dart"), ("lightgbm", "gbtd", "gbdt")],
)
def test_a_misspelt_booster_is_refused_with_the_nearest_name(framework, model, near):
    with pytest.raises(ProfileProblem) as problem:
        spec_of(profile(framework, model=model))
    assert problem.value.problems[0][0] == "training.model"
    assert repr(near) in problem.value.sentence()


@pytest.mark.parametrize(
    ("framework", "options", "sentence"),
    [
        ("xgboost", {"max_dept": 3}, "'max_depth'"),
        ("lightgbm", {"num_leafs": 3}, "'num_leaf"),
        ("lightgbm", {"n_estimators": 3}, "training.epochs is the number of rounds"),
        ("xgboost", {"random_state": 3}, "training.seed says it"),
        ("xgboost", {"task": "guessing"}, "classification, regression, ranking"),
        ("xgboost", {"task": "ranking"}, "the column that names the query"),
        ("sklearn", {"task": "ranking"}, "no model that ranks"),
        ("lightgbm", {"early_stopping_rounds": 0}, "must be a whole number from 1 up"),
        ("xgboost", {"keep": "first"}, "must be best or last"),
        ("sklearn", {"resume": "no"}, "must be true or false"),
        ("pytorch", {"learning_rate": 0.1}, "There is no option 'learning_rate'"),
        ("pytorch", {"optimiser": "adam"}, "did you mean 'optimizer'?"),
        ("pytorch", {"lr": "fast"}, "training.options.lr is 'fast' and must be a number above 0"),
        ("pytorch", {"hidden": 64}, "a list of at most 16 widths"),
    ],
)
def test_an_option_that_cannot_hold_is_refused_before_anything_is_paid(framework, options, sentence):
    with pytest.raises(ProfileProblem) as problem:
        spec_of(profile(framework, options=options))
    assert sentence in problem.value.sentence()


@pytest.mark.parametrize(
    ("framework", "options"),
    [
        ("xgboost", {"brand_new": 1, "max_depth": 3, "keep": "last"}),
        ("lightgbm", {"sub_row": 0.5}),
        ("sklearn", {"c": 1}),
    ],
)
def test_an_option_that_only_the_installed_library_knows_is_left_to_it(framework, options):
    assert spec_of(profile(framework, options=options)).name == framework


def test_queries_belong_to_ranking():
    grouped = {"group": "query"}
    assert build_job(profile("lightgbm", dataset=grouped), gpus=0)["dataset"]["group"] == "query"
    with pytest.raises(ProfileProblem, match=r"dataset\.group: scikit-learn has no model that ranks"):
        spec_of(profile("sklearn", dataset=grouped))
    with pytest.raises(ProfileProblem, match="belongs to ranking"):
        spec_of(profile("xgboost", dataset=grouped, options={"task": "regression"}))


def test_pyarrow_is_installed_for_a_parquet_file_alone(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/rows.parquet").touch()
    (tmp_path / "rows.csv").touch()
    for framework in ("sklearn", "xgboost", "lightgbm"):
        for path in ("rows.parquet", "folder"):
            plan = setup_plan(profile(framework, dataset={"path": str(tmp_path / path)}))
            assert "pyarrow" in plan.imports
            assert any(line.startswith("pyarrow") for line in plan.requirements)
        plan = setup_plan(profile(framework, dataset={"path": str(tmp_path / "rows.csv")}))
        assert "pyarrow" not in plan.imports
        assert not any(line.startswith("pyarrow") for line in plan.requirements)


@pytest.mark.parametrize(
    ("flavor", "gpus", "package"),
    [
        ("H100-1", "auto", "xgboost>"),
        ("H100-1", 0, "xgboost-cpu>"),
        ("CPU-2", "auto", "xgboost-cpu>"),
        (["CPU-2", "H100-1"], "auto", "xgboost>"),
        (None, "auto", "xgboost>"),
    ],
)
def test_cuda_is_installed_for_xgboost_only_where_a_gpu_may_be(flavor, gpus, package):
    cloud = {"provider": "sandbox", **({"flavor": flavor} if flavor else {})}
    wanted = parse_profile({"cloud": cloud, "training": {"framework": "xgboost", "gpus": gpus}})
    assert setup_plan(wanted).requirements[0].startswith(package)


def test_lightgbm_asks_for_the_library_that_its_wheel_lacks():
    assert ("libgomp.so.1", "libgomp1") in setup_plan(profile("lightgbm")).apt


def test_a_smoke_job_says_so():
    assert build_job(profile("xgboost"), gpus=0, smoke=True)["smoke"] is True
    assert build_job(profile("xgboost"), gpus=0)["smoke"] is False


def test_pytorch_needs_timm_and_torchvision_only_for_a_model_of_timm():
    plain = setup_plan(profile("pytorch", model="resnet-small"))
    assert [line.split(">")[0] for line in plain.requirements] == ["torch", "numpy", "pillow"]
    assert plain.assets == ()
    of_timm = setup_plan(profile("pytorch", model="resnet18.a1_in1k"))
    assert {"torchvision", "timm"} <= set(of_timm.imports)
    assert of_timm.assets == ("resnet18.a1_in1k",)


@pytest.mark.parametrize(("name", "model"), [("rows.csv", "mlp"), ("folder", "small-cnn")])
def test_the_default_model_of_pytorch_is_decided_by_the_dataset(tmp_path, name, model):
    (tmp_path / "folder/cats").mkdir(parents=True)
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    wanted = profile("pytorch", dataset={"path": str(tmp_path / name)})
    assert build_job(wanted, gpus=0)["model"] == model


def test_a_folder_with_one_table_is_a_table(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    assert build_job(profile("pytorch", dataset={"path": str(tmp_path)}), gpus=0)["model"] == "mlp"


def test_a_parquet_table_brings_its_reader(tmp_path):
    (tmp_path / "rows.parquet").write_bytes(b"PAR1")
    assert "pyarrow" in setup_plan(profile("pytorch", dataset={"path": str(tmp_path / "rows.parquet")})).imports


@pytest.mark.parametrize(
    ("model", "near"),
    [("small_cnn", "'small-cnn'"), ("Resnet-smal", "'resnet-small'"), ("MLP", "'mlp'"), ("!", "timm")],
)
def test_a_model_that_pytorch_cannot_have_is_refused_with_the_nearest_name(model, near):
    with pytest.raises(ProfileProblem) as problem:
        spec_of(profile("pytorch", model=model))
    assert near in problem.value.sentence()


@pytest.mark.parametrize(
    ("training", "assets"),
    [
        ({}, ("yolo11n",)),
        ({"model": "yolov11s-seg"}, ("yolo11s-seg",)),
        ({"model": "yolo11n.yaml"}, ()),
        ({"options": {"pretrained": False}}, ()),
        ({"options": {"pretrained": "mine.pt"}}, ("mine",)),
        ({"model": "here.pt"}, ()),
        ({"model": "rtdetr-l"}, ("rtdetr-l",)),
    ],
)
def test_the_weights_that_a_yolo_run_begins_with_are_fetched_at_setup(tmp_path, training, assets):
    (tmp_path / "here.pt").write_bytes(b"weights")
    plan = setup_plan(profile("yolo", dataset={"path": str(tmp_path)}, **training))
    assert plan.assets == assets
    assert (plan.fetcher is not None) == bool(assets)
    assert plan.fetcher is None or plan.fetcher.is_file()


@pytest.mark.parametrize("options", [{"pretrained": False}, {}])
def test_weights_of_timm_are_fetched_unless_they_are_not_wanted_or_lie_in_the_dataset(tmp_path, options):
    (tmp_path / "cats").mkdir()
    if not options:
        (tmp_path / "resnet18.safetensors").write_bytes(b"weights")
    plan = setup_plan(profile("pytorch", model="resnet18.a1_in1k", dataset={"path": str(tmp_path)}, options=options))
    assert plan.assets == ()
