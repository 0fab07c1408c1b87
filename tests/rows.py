"""Which tests hold which row of the table of faults (docs/RELIABILITY.md). A test that says so in its own name,
`test_row_09_…` or `test_row_40_and_60_…`, need not stand here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROWS = range(1, 65)

_LIVED = "tests/wire/test_pipeline.py::test_what_can_be_lived_through_is_lived_through"
_REFUSED = "tests/wire/test_pipeline.py::test_what_the_cloud_refuses_ends_the_run_with_1_and_nothing_held"

NAMED: dict[int, tuple[str, ...]] = {
    1: (
        "tests/process/test_refusals.py::test_without_an_api_key_nothing_is_launched",
        "tests/process/test_refusals.py::test_a_secrets_file_that_others_can_read_is_refused",
    ),
    4: (
        "tests/process/test_refusals.py::test_a_socket_in_the_dataset_is_refused_with_its_name",
        "tests/unit/test_manifest.py::test_a_link_that_leads_back_up_is_a_loop",
        "tests/unit/test_manifest.py::test_what_is_no_file_is_refused_and_every_fault_is_listed",
        "tests/unit/test_manifest.py::test_a_file_that_grows_while_it_is_read_is_refused",
    ),
    6: ("tests/process/test_run.py::test_two_viewers_at_once_see_the_same_whole_history",),
    9: (f"{_LIVED}[launch-timeout-but-created]",),
    11: (f"{_LIVED}[launch-500-after-effect]",),
    12: (f"{_LIVED}[api-429=1]",),
    13: ("tests/wire/test_pipeline.py::test_a_revoked_api_key_is_told_and_teardown_is_tried_until_it_works_again",),
    14: (f"{_LIVED}[launch-garbage]",),
    15: ("tests/unit/test_effects.py::test_a_cancelled_launch_still_records_the_id_that_was_on_its_way",),
    17: (f"{_REFUSED}[build-error-could not build the machine]",),
    22: (
        "tests/wire/test_pipeline.py::test_an_address_that_may_be_ours_is_told_and_never_touched",
        "tests/wire/test_pipeline.py::test_in_an_exclusive_project_the_address_that_appeared_is_ours",
    ),
    23: (
        "tests/process/test_rival_cloud.py::test_an_address_that_cannot_be_attached_ends_the_run_within_the_time_for_the_login",
    ),
    25: (f"{_LIVED}[release-500=2]",),
    26: ("tests/wire/test_pipeline.py::test_another_machine_at_our_address_gets_no_data_and_teardown_goes_on",),
    28: (
        f"{_LIVED}[ssh-refused=1.5]",
        "tests/wire/test_remote_connect.py::test_a_closed_port_says_that_nothing_listens",
    ),
    29: (
        f"{_LIVED}[wrong-password=1.5]",
        "tests/wire/test_remote_connect.py::test_a_wrong_password_is_a_refused_login_and_pins_nothing",
    ),
    30: (
        "tests/wire/test_remote_connect.py::test_a_changed_host_key_is_refused_before_any_login_is_tried",
        "tests/wire/test_pipeline.py::test_another_machine_at_our_address_gets_no_data_and_teardown_goes_on",
    ),
    31: (
        "tests/wire/test_remote_connect.py::test_a_hostile_server_is_left_in_bounded_time",
        "tests/wire/test_remote_connect.py::test_a_server_that_says_nothing_is_left_in_time",
    ),
    32: ("tests/wire/test_pipeline.py::test_a_silent_link_is_noticed_and_no_byte_of_the_log_is_lost",),
    34: (
        "tests/wire/test_remote_setup.py::test_a_setup_line_that_fails_is_told_with_its_last_lines_and_can_be_tried_again",
        "tests/wire/test_remote_setup.py::test_a_full_disk_during_setup_is_told_as_such",
    ),
    35: (
        "tests/wire/test_remote_upload.py::test_an_upload_cut_at_any_byte_goes_on_where_it_was",
        f"{_LIVED}[cut-upload=0.005]",
    ),
    36: ("tests/wire/test_pipeline.py::test_a_full_disk_there_is_said_and_the_machine_is_given_back",),
    37: ("tests/wire/test_remote_upload.py::test_a_file_that_changes_after_the_manifest_is_refused",),
    39: (
        "tests/process/test_run.py::test_a_closed_terminal_leaves_the_run_alone",
        "tests/tui/test_pty.py::test_sighup_ends_the_screens_at_once_with_129",
    ),
    40: (
        "tests/process/test_run.py::test_after_kill_9_reconcile_takes_over_from_the_journal",
        "tests/process/test_run.py::test_a_supervisor_that_dies_under_a_foreground_run_is_revived_by_it",
    ),
    46: (
        "tests/wire/test_pipeline.py::test_a_machine_that_vanishes_ends_the_run_honestly",
        "tests/wire/test_pipeline_pull.py::test_a_machine_that_vanishes_leaves_the_last_checkpoint_here",
    ),
    47: ("tests/unit/test_core_faults.py::test_a_clock_that_is_set_moves_no_deadline",),
    48: ("tests/wire/test_pipeline.py::test_the_budget_stops_training_and_what_exists_comes_home",),
    49: ("tests/unit/test_text.py::test_a_giant_line_is_cut_with_a_mark_and_memory_stays_small",),
    50: ("tests/tui/test_pty.py::test_no_control_sequence_of_a_foreign_text_reaches_the_terminal",),
    51: ("tests/wire/test_remote_job.py::test_a_log_that_somebody_truncates_is_a_new_generation",),
    53: (
        "tests/wire/test_remote_download.py::test_a_download_that_was_cut_goes_on_where_it_was",
        f"{_LIVED}[cut-download=0.02]",
    ),
    54: ("tests/wire/test_remote_download.py::test_what_has_another_hash_is_kept_aside_until_it_came_whole",),
    55: (
        "tests/wire/test_remote_download.py::test_hostile_names_are_refused_and_reported",
        "tests/wire/test_remote_download.py::test_links_and_what_is_no_file_are_refused_and_named",
        "tests/wire/test_remote_download.py::test_a_host_that_sends_more_than_it_listed_is_cut_off",
    ),
    57: ("tests/wire/test_pipeline.py::test_a_missing_or_empty_model_is_a_failed_run",),
    58: (
        f"{_LIVED}[terminate-500=3]",
        "tests/wire/test_pipeline.py::test_when_giving_back_takes_too_long_it_says_so_with_3_and_goes_on",
    ),
    59: (
        f"{_LIVED}[terminate-ignored=1]",
        "tests/process/test_rival_cloud.py::test_a_terminate_call_that_is_accepted_and_ignored_is_sent_again_soon",
    ),
    62: ("tests/process/test_run.py::test_the_second_interrupt_leaves_and_the_supervisor_goes_on",),
    63: ("tests/process/test_rival_cloud.py::test_any_start_of_the_program_ends_what_appears_after_a_run_was_closed",),
    64: ("tests/unit/test_journal.py::test_a_tail_torn_at_any_byte_is_cut_and_writing_goes_on",),
}

_DEFINED = re.compile(r"^\s*(?:async )?def (test_\w+)\(", re.MULTILINE)
_IN_NAME = re.compile(r"test_row_((?:\d+_and_)*\d+)_")


def rows_in(name: str) -> list[int]:
    """The rows that a test's own name says it holds."""
    found = _IN_NAME.match(name)
    return [int(number) for number in found[1].split("_and_")] if found else []


def defined() -> Iterator[str]:
    """Every test as `file::name`, without its parameters."""
    for path in sorted(ROOT.glob("tests/**/test_*.py")):
        relative = path.relative_to(ROOT).as_posix()
        for name in _DEFINED.findall(path.read_text("utf-8")):
            yield f"{relative}::{name}"


def of_rows() -> dict[int, list[str]]:
    """The tests of each row, in the order of the table."""
    found: dict[int, list[str]] = {row: list(NAMED.get(row, ())) for row in ROWS}
    for test in defined():
        for row in rows_in(test.partition("::")[2]):
            found[row].append(test)
    return found
