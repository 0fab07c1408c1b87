import base64
import itertools
import json
import logging
import re
import shlex
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unitrainer_tui.log_text import LineSplitter, safe_lines
from unitrainer_tui.text import RedactingFilter, Redactor, SafeText, safe

SECRET = "s3cr3t/K+y='\"& é"
FORBIDDEN = {*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200B, 0x2028, 0x2029, 0xFEFF}
FORBIDDEN |= {*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)}
FORBIDDEN |= {*range(0xE0000, 0xE0080)}
nasty = st.lists(
    st.sampled_from(
        ["\x1b", "[", "]", "0;", "\x9b", "\x07", "\x9c", "\u202e", "\u200b", "\ud800", "\r", "\n", "\t", "a"]
    )
    | st.text(max_size=3)
).map("".join)


@given(nasty | st.text() | st.binary())
@example("\x1b]52;c;aGk=")
@example(b"\x9b31mred\xff")
def test_no_character_that_moves_or_hides_survives(text):
    assert not FORBIDDEN & set(map(ord, safe(text)))


@given(nasty | st.text() | st.binary(), st.integers(1, 40), st.booleans())
def test_making_text_safe_twice_is_making_it_safe_once(text, limit, multiline):
    once = safe(text, limit=limit, multiline=multiline)
    assert safe(once, limit=limit, multiline=multiline) == once
    assert len(once) <= limit


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x1bPq#0\x1b\\b\x1b_apc\x1b\\c\x1b^pm\x1b\\d\x1bXsos\x1b\\e", "abcde"),
        ("a\x1b]52;c;never ended", "a"),
        ("a\x9b2Jb\x9dtitle\x9cc", "abc"),
        (b"a\x9b2Jb", "ab"),
        (b"caf\xe9 caf\xc3\xa9", "caf\ufffd café"),
        ("x\u202eexe.txt\u2066", "xexe.txt"),
        ("zero\u200bwidth\u200d\ufeff", "zerowidth"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("a\u2028b\x85c\r\nd", "a b c d"),
        ("\ud800", "\ufffd"),
        ("a\tb", "a       b"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
        ("e" + "\u0301" * 50, "e\u0301\u0301\u0301"),
    ],
)
def test_hostile_text_shows_as_plain_text(text, shown):
    assert safe(text) == shown


def test_a_multiline_text_keeps_its_line_breaks_and_nothing_else():
    assert safe("a\r\nb\x0cc\n", multiline=True) == "a\nb\nc\n"


def test_long_text_ends_with_a_mark():
    assert safe("x" * 100, limit=10) == "x" * 9 + "…"
    assert isinstance(safe("x"), SafeText)


# ------------------------------------------------------------------------------------------------------- log lines

log_bytes = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"\xc3\xa9", b"\x1b[31m", b"a", b"bc" * 20])).map(b"".join)


def split(pieces, limit=40):
    splitter = LineSplitter(limit=limit)
    return [line for piece in pieces for line in splitter.feed(piece)] + splitter.finish()


@given(log_bytes | st.binary(), st.lists(st.integers(0, 200)))
def test_any_split_of_a_log_gives_the_same_lines(data, cuts):
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    assert split([data[a:b] for a, b in itertools.pairwise(edges)]) == split([data])


@given(log_bytes | st.binary())
def test_lines_cover_the_log_without_gap_or_overlap(data):
    position = 0
    for line in split([data]):
        assert line.offset == position
        position = line.end
    assert position == len(data)


def test_a_bar_that_is_drawn_over_leaves_its_last_state():
    assert [line.text for line in safe_lines(b"10%\r50%\r100%\nnext\r\nlast")] == ["100%", "next", "last"]


def test_an_unfinished_bar_can_be_looked_at():
    splitter = LineSplitter()
    assert splitter.feed(b"log\n10%\r50%") == safe_lines(b"log\n")
    assert splitter.pending() == "50%"


def test_a_giant_line_is_cut_with_a_mark_and_memory_stays_small():
    splitter = LineSplitter(limit=1000)
    for _ in range(160):
        assert splitter.feed(b"x" * 65536) == []
    assert len(splitter._written) <= 1000
    (line,) = splitter.feed(b"\n")
    assert line.text.endswith(f"… (+{160 * 65536 - 1000} bytes)")
    assert line.end == 160 * 65536 + 1


def test_a_splitter_can_begin_in_the_middle_of_a_log():
    splitter = LineSplitter(offset=1000)
    assert [(line.offset, line.end) for line in splitter.feed(b"ab\nc\n")] == [(1000, 1003), (1003, 1005)]


# ---------------------------------------------------------------------------------------------------------- secrets


def encodings(secret):
    data = secret.encode()
    yield from (
        secret,
        quote(secret),
        quote(secret, safe=""),
        re.sub("%..", lambda hexed: hexed[0].lower(), quote(secret, safe="")),
        data.hex(),
    )
    yield from (data.hex().upper(), json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[3:-3], repr(data)[2:-1])
    yield from (shlex.quote(secret), repr(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])


@pytest.mark.parametrize("form", list(encodings(SECRET)))
def test_a_secret_is_taken_out_in_every_encoding(form):
    redactor = Redactor()
    redactor.register(SECRET, "api_key")
    assert form not in redactor.redact(f"before {form} after")
    assert "‹api_key›" in redactor.redact(f"before {form} after")


@given(st.text(st.characters(codec="utf-8"), min_size=8, max_size=40), st.binary(max_size=8), st.binary(max_size=8))
def test_a_secret_inside_base64_is_taken_out_at_every_alignment(secret, before, after):
    redactor = Redactor()
    redactor.register(secret, "password")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert "‹password›" in redactor.redact(encode(before + secret.encode() + after).decode())


@given(st.text(min_size=6, max_size=20), st.text(), st.sampled_from(["key", "api_key", "‹", "password"]))
def test_redacting_twice_is_redacting_once(secret, text, name):
    redactor = Redactor()
    redactor.register(secret, name)
    once = redactor.redact(text + secret + text)
    assert redactor.redact(once) == once


def test_a_private_key_is_taken_out_line_by_line():
    redactor = Redactor()
    redactor.register("-----BEGIN KEY-----\nb3BlbnNzaC1rZXkt\nAAAAB3NzaC1yc2E\n-----END KEY-----\n", "key")
    assert redactor.redact("read b3BlbnNzaC1rZXkt") == "read ‹key›"


def test_short_secrets_are_not_registered():
    redactor = Redactor()
    redactor.register("the", "word")
    assert redactor.redact("the end") == "the end"


def test_the_repr_of_a_redactor_shows_no_secret():
    redactor = Redactor()
    redactor.register(SECRET, "api_key")
    assert SECRET not in repr(redactor)


def test_a_log_record_loses_its_secrets_in_message_arguments_and_traceback(caplog):
    redactor = Redactor()
    redactor.register("hunter2-hunter2", "password")
    handler = caplog.handler
    handler.addFilter(quiet := RedactingFilter(redactor))
    try:
        try:
            raise ValueError("login with hunter2-hunter2 failed")
        except ValueError:
            logging.getLogger("a.b").exception("trying %s", "hunter2-hunter2")
    finally:
        handler.removeFilter(quiet)
    assert "hunter2" not in caplog.text
    assert "ValueError: login with ‹password› failed" in caplog.text
