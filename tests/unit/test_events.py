from unitrainer_tui.runs.events import ProgressEvent, UnknownEvent, parse_event
from unitrainer_tui.runs.state import fold


def test_a_metric_that_is_not_finite_becomes_a_gap():
    event = ProgressEvent(epoch=1, metrics={"loss": float("nan"), "mAP": 0.5})
    assert '"loss": null' in event.to_json() or "loss" not in event.metrics or event.metrics["loss"] is None
    assert event.metrics["mAP"] == 0.5


def test_a_record_of_another_version_is_kept_and_changes_nothing():
    event = parse_event({"kind": "stage", "stage": "teleport", "status": "started", "seq": 1, "run": "r"})
    assert isinstance(event, UnknownEvent)
    assert fold([event]).stages == {}
