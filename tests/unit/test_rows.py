"""Every row of the table of faults has tests, and they exist."""

from __future__ import annotations

from tests.rows import NAMED, ROWS, defined, of_rows, rows_in


def test_every_test_that_is_named_for_a_row_exists():
    there = set(defined())
    named = [test.partition("[")[0] for tests in NAMED.values() for test in tests]
    assert [test for test in named if test not in there] == []


def test_every_row_has_a_test():
    assert [row for row, tests in of_rows().items() if not tests] == []


def test_a_name_tells_its_rows():
    assert rows_in("test_row_09_found_by_name") == [9]
    assert rows_in("test_row_40_and_60_a_supervisor") == [40, 60]
    assert rows_in("test_rows") == []
    assert all(row in ROWS for test in defined() for row in rows_in(test.partition("::")[2]))
