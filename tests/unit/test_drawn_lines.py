"""Lines that are drawn over, as a terminal shows them. tmux said what is right: tests/fixtures/drawn/make.py."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unitrainer_tui.drawn_rows import REACH, columns, written
from unitrainer_tui.log_text import Line, LineSplitter, safe_lines, settled
from unitrainer_tui.text import safe

DRAWN = Path(__file__).parent.parent / "fixtures" / "drawn"
RECORDINGS = sorted(DRAWN.glob("*.raw"))
UP, ERASE = b"\x1b[A", b"\x1b[2K"


def told(data: bytes, cuts: list[int], limit: int = 60) -> list[Line]:
    """All that is told when the log comes in pieces, in order."""
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    splitter = LineSplitter(limit=limit)
    lines = [line for a, b in itertools.pairwise(edges) for line in splitter.feed(data[a:b])]
    return lines + splitter.finish()


def texts(data: bytes) -> list[str]:
    return [line.text for line in safe_lines(data)]


def shown(lines: list[Line]) -> list[str]:
    rows = [line.text.rstrip() for line in settled(lines)]
    while rows and not rows[-1]:
        rows.pop()
    return rows


# ---------------------------------------------------------------------------------------------------- recordings


def test_there_are_recordings() -> None:
    assert len(RECORDINGS) == 7


@pytest.mark.parametrize("raw", RECORDINGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("piece", [1, 7, 100, 1 << 20])
def test_real_bars_end_as_a_terminal_shows_them(raw: Path, piece: int) -> None:
    data = raw.read_bytes()
    lines = told(data, list(range(piece, len(data), piece)), limit=8192)
    assert shown(lines) == raw.with_suffix(".screen").read_text(encoding="utf-8").rstrip("\n").split("\n")


@pytest.mark.parametrize("raw", RECORDINGS, ids=lambda path: path.stem)
def test_a_burst_of_bars_costs_hardly_more_lines_than_it_leaves(raw: Path) -> None:
    data = raw.read_bytes()
    lines = told(data, [], limit=8192)
    assert len(lines) <= 2 * len(list(settled(lines))) + 4 * data.count(b"written")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="asks tmux")
def test_random_moves_end_as_in_tmux(tmp_path: Path) -> None:
    """Moves that no program would make, within a screen that nothing scrolls off. tmux draws them in a second."""
    chance = random.Random(int(os.environ.get("UNITRAINER_SEED", "5")))
    words = [
        b"alpha",
        b"be",
        b"\xc3\xa9t\xc3\xa9 ",
        b"\xe6\x90\x8d\xe5\xa4\xb1",
        b"\xe2\x96\x88\xe2\x96\x88",
        b" ",
        b"x" * 30,
    ]
    moves = [
        b"\r",
        b"\n",
        b"\n",
        b"\x08",
        b"\x1b[A",
        b"\x1b[3A",
        b"\x1b[B",
        b"\x1b[2F",
        b"\x1b[E",
        b"\x1b[K",
        b"\x1b[1K",
    ]
    moves += [b"\x1b[2K", b"\x1b[J", b"\x1b[5G", b"\x1b[2C", b"\x1b[D", b"\x1b[0m", b"\x1b[31m"]
    made = b""
    for _ in range(12):
        made += b"".join(chance.choice(words + moves) for _ in range(8))
    # A full screen, so that down stops at the last line as it does here; the first rows stay out of reach.
    top = b"".join(b"row %d\r\n" % number for number in range(60))
    raw = tmp_path / "random.raw"
    raw.write_bytes(top + made.replace(b"\n", b"\r\n") + b"\r\nend\r\n")
    found = subprocess.run(
        [sys.executable, str(DRAWN / "make.py"), str(raw)], capture_output=True, check=True, encoding="utf-8"
    ).stdout
    screen = found.rstrip("\n").split("\n")
    assert shown(safe_lines(raw.read_bytes()))[-len(screen) :] == screen


# ------------------------------------------------------------------------------------------------- what is drawn over


def test_two_bars_stay_two_lines_that_are_told_again() -> None:
    splitter = LineSplitter()
    first = splitter.feed(b"begin\n\router 1\n\rinner 1\x1b[A")
    assert [(line.text, line.drawn) for line in first] == [("begin", False), ("outer 1", False), ("inner 1", True)]
    outer, inner = first[1].offset, first[2].offset
    again = splitter.feed(b"\n\rinner 2\x1b[A" * 50 + b"\router 2")
    assert [(line.offset, line.text, line.drawn) for line in again] == [
        (outer, "outer 2", True),
        (inner, "inner 2", True),
    ]
    # Nothing is told again that stayed as it was.
    assert splitter.feed(b"\router 2") == []
    assert [line.text for line in splitter.feed(b"\n\n")] == []
    assert [(line.text, line.drawn) for line in splitter.feed(b"end\nmore\n")] == [("end", False), ("more", False)]


def test_a_bar_that_the_cursor_stands_on_is_told_while_the_display_lasts() -> None:
    splitter = LineSplitter()
    splitter.feed(b"one\ntwo")
    assert splitter.pending() == "two"
    (one, two) = splitter.feed(b"\r\x1b[2K\x1b[1A\x1b[2KONE\nTWO")
    assert [(one.text, one.drawn), (two.text, two.drawn)] == [("ONE", True), ("TWO", True)]
    (line,) = splitter.feed(b"\rtoo")
    assert line == two._replace(end=line.end, text=safe("too"))


def test_what_is_above_the_reach_is_final() -> None:
    lines = b"".join(b"%d\n" % number for number in range(100))
    reached = texts(lines + b"\x1b[999A!")
    # The cursor's row, begun below the hundred, is one of those within reach.
    assert [index for index, text in enumerate(reached) if "!" in text] == [100 - REACH + 1]
    assert texts(UP * 5 + b"first\n") == ["first"]


def test_a_shorter_text_leaves_the_rest_of_what_it_is_written_over() -> None:
    assert texts(b"abcdef\rxy\n") == ["xycdef"]
    assert texts(b"abcdef\rxy\x1b[K\n") == ["xy"]
    assert texts(b"100%\r\x1b[2K\nnext\n") == ["", "next"]
    assert texts(b"12345\x08\x08ab\n") == ["123ab"]


def test_wide_letters_are_cut_as_cells() -> None:
    assert written("損失", 1, "x") == " x失"
    assert written("a損", 3, "b") == "a損b"
    assert written("損", 4, "b") == "損  b"
    assert columns("e\u0301損█") == 4


def test_colours_alone_draw_nothing_over() -> None:
    assert not any(line.drawn for line in told(b"\x1b[1;32mgreen\x1b[0m\n\x1b[38;5;1mred\x1b[m\n", [3, 20]))


def test_logs_of_plain_lines_are_told_once_each_whatever_was_drawn_before() -> None:
    lines = told(b"a\nb" + UP + b"A\n\n" + b"".join(b"%d\n" % number for number in range(1000)), [4, 9, 200])
    assert [line.text for line in lines if not line.drawn][-1000:] == [str(number) for number in range(1000)]


# ----------------------------------------------------------------------------------------------------- any bytes

SCRAPS = [
    b"\n",
    b"\n",
    b"\r",
    b"\r\n",
    b"a",
    b"bc" * 20,
    b"\xc3\xa9",
    b"\xe6\x90\x8d",
    b"\xcc\x81",
    b"\x1b[31m",
    b"\x08",
    b"\t",
    b"\xff",
]
MOVES = [b"\x1b[%s%s" % (number, bytes([kind])) for number in (b"", b"1", b"2", b"0", b"70") for kind in b"ABCDEFGJK"]
logs = st.lists(st.sampled_from(SCRAPS * 4 + MOVES + [b"\x1b", b"\x1b[", b"\x1b[9999999A", b"\x1b[?25l"])).map(b"".join)


@given(logs | st.binary(), st.lists(st.integers(0, 200)))
def test_any_split_ends_with_the_same_lines(data: bytes, cuts: list[int]) -> None:
    whole, cut = ([(line.offset, line.text) for line in settled(told(data, where))] for where in ([], cuts))
    assert cut == whole


@given(logs | st.binary(), st.lists(st.integers(0, 200)))
def test_what_is_told_is_safe_bounded_and_in_order(data: bytes, cuts: list[int]) -> None:
    last, new = -1, []
    for line in told(data, cuts):
        assert safe(line.text) == line.text
        assert len(line.text) <= 2 * 60
        assert 0 <= line.offset <= line.end <= len(data)
        if line.offset > last:
            new.append(line.offset)
        else:
            assert line.drawn
            assert line.offset in new[-2 * REACH :]
        last = max(last, line.offset)


@given(logs | st.binary())
def test_the_rows_that_are_kept_are_bounded(data: bytes) -> None:
    splitter = LineSplitter(limit=60)
    for _ in range(3):
        splitter.feed(data)
        assert len(splitter._rows) <= REACH
        assert all(len(row.text) <= 120 for row in splitter._rows)
        assert len(splitter._held) < 10
