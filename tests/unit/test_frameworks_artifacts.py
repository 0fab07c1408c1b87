import re

from hypothesis import given
from hypothesis import strategies as st

from unitrainer_tui.config.profile import parse_profile
from unitrainer_tui.frameworks import choose_model, model_filename, spec_of
from unitrainer_tui.ports import RemoteFile


def file(path: str, *, size: int = 10, age: int = 0) -> RemoteFile:
    return RemoteFile(path, size, 1_000_000 - age)


def chosen(framework: str, *files: RemoteFile, **training: object) -> str | None:
    table = {"cloud": {"provider": "sandbox"}, "training": {"framework": framework, **training}}
    spec = spec_of(parse_profile(table))
    found = choose_model(spec.model_patterns, files, newest_fallback=spec.newest_fallback)
    return found.path if found else None


BEST = "training_run/weights/best.pt"
LAST = "training_run/weights/last.pt"


def test_yolo_takes_the_best_weights_even_when_the_last_are_newer():
    assert chosen("yolo", file(LAST), file(BEST, age=9), file("model.pt")) == BEST


def test_yolo_takes_the_last_weights_where_there_are_no_best():
    assert chosen("yolo", file("model.pt"), file(LAST)) == LAST


def test_yolo_finds_model_pt_and_best_pth_in_any_folder():
    assert chosen("yolo", file("old/best.pth"), file("deep/er/model.pt")) == "deep/er/model.pt"
    assert chosen("yolo", file("old/best.pth"), file("other.onnx")) == "old/best.pth"


def test_yolo_takes_the_newest_model_file_when_nothing_has_a_known_name():
    assert chosen("yolo", file("a.pt", age=5), file("b.onnx", age=1), file("results.csv")) == "b.onnx"


def test_an_empty_file_is_never_the_model():
    assert chosen("yolo", file(BEST, size=0), file(LAST)) == LAST
    assert chosen("yolo", file(BEST, size=0)) is None


def test_sklearn_takes_its_own_file_and_no_other():
    assert chosen("sklearn", file("model.skops")) == "model.skops"
    assert chosen("sklearn", file("something.joblib")) is None


def test_the_first_artifact_of_a_custom_profile_that_matches_is_the_model():
    artifacts = ["model.bin", "checkpoints/*.pt"]
    files = (file("checkpoints/1.pt", age=5), file("checkpoints/2.pt"), file("z.onnx"))
    assert chosen("custom", *files, command="x", artifacts=artifacts) == "checkpoints/2.pt"
    assert chosen("custom", *files, file("model.bin"), command="x", artifacts=artifacts) == "model.bin"
    assert chosen("custom", file("z.onnx"), command="x", artifacts=artifacts) is None


def test_an_artifact_near_the_top_is_taken_before_one_further_down():
    files = (file("old/model.bin"), file("model.bin", age=100))
    assert chosen("custom", *files, command="x", artifacts=["model.bin"]) == "model.bin"


def test_a_star_stays_within_its_folder_and_two_stars_do_not():
    files = (file("a/b/w.pt"),)
    assert chosen("custom", *files, command="x", artifacts=["a/*.pt"]) is None
    assert chosen("custom", *files, command="x", artifacts=["a/**/*.pt"]) == "a/b/w.pt"


def test_without_declared_artifacts_names_come_before_age_and_logs_are_no_models():
    files = (file("best.pt", age=3), file("model.log"), file("epoch9.pt"))
    assert chosen("custom", *files, command="x") == "best.pt"
    assert chosen("custom", file("epoch8.pt", age=4), file("epoch9.pt"), command="x") == "epoch9.pt"
    assert chosen("custom", file("train.log"), file("results.csv"), command="x") is None


def test_the_state_of_an_optimizer_is_not_taken_for_the_model():
    assert chosen("custom", file("net.pt", age=4), file("optimizer.pt"), command="x") == "net.pt"


def test_a_model_is_named_after_framework_and_time_in_utc():
    assert model_filename("yolo", 1768573845, BEST) == "model_yolo_2026-01-16T14-30-45.pt"


@given(st.text(), st.text())
def test_a_model_name_is_always_a_plain_file_name(framework, path):
    name = model_filename(framework, 0, path)
    assert re.fullmatch(r"model_[a-z0-9-]*_1970-01-01T00-00-00\.[a-z0-9]{1,12}", name)
