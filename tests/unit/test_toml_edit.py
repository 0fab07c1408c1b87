"""Changing keys of a TOML text: nothing but the key changes, and what cannot be done so is told."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unitrainer_tui.config.profile_files import (
    create_profile,
    free_name,
    name_problem,
    remove_profile,
    replace_profile,
    restore_profile,
)
from unitrainer_tui.config.samples import samples
from unitrainer_tui.config.toml_edit import edited, line_of
from unitrainer_tui.errors import UsageProblem

TEXT = """\
# mine
name = "a"   # the name

[cloud]
flavor = [
  "H100-4",  # first
  "H100-2",
]
image = "x # y" # an image

[training]  # what
framework = "yolo"

# at the end
"""


def test_a_changed_value_keeps_every_comment_and_its_place() -> None:
    done = edited(TEXT, {"cloud.image": "GPU # 22"})
    assert done.whole
    assert done.text == TEXT.replace('image = "x # y" # an image', 'image = "GPU # 22"  # an image')


def test_a_list_over_several_lines_is_replaced_as_a_whole() -> None:
    done = edited(TEXT, {"cloud.flavor": "H100-8"})
    assert done.whole
    assert '[cloud]\nflavor = "H100-8"\nimage' in done.text


def test_new_keys_go_into_their_table_and_new_tables_to_the_end() -> None:
    done = edited(TEXT, {"training.epochs": 3, "limits.budget_usd": 2.5, "cloud.region": None, "output.x": None})
    assert done.whole
    assert 'framework = "yolo"\nepochs = 3\n' in done.text
    assert done.text.endswith("[limits]\nbudget_usd = 2.5\n")
    assert tomllib.loads(done.text)["training"] == {"framework": "yolo", "epochs": 3}


def test_what_lines_do_not_tell_is_written_anew_and_said() -> None:
    done = edited('cloud = { flavor = "a", image = "b" }  # inline\n', {"cloud.flavor": "c"})
    assert not done.whole
    assert tomllib.loads(done.text) == {"cloud": {"flavor": "c", "image": "b"}}


def test_a_key_like_text_inside_a_long_string_is_left_alone() -> None:
    text = '[training]\ncommand = """\nepochs = 1\n"""\nepochs = 2\n'
    done = edited(text, {"training.epochs": 9})
    assert tomllib.loads(done.text)["training"] == {"command": "epochs = 1\n", "epochs": 9}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["name", "cloud.flavor", "cloud.image", "training.epochs", "training.options.lr0", "new.key"]),
        st.none()
        | st.booleans()
        | st.integers(-(2**40), 2**40)
        | st.floats(allow_nan=False)
        | st.text(max_size=20).filter(lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text))
        | st.lists(st.text(string.printable, max_size=5), max_size=3),
    ),
    st.sampled_from([TEXT, *(path.read_text() for path in samples().values())]),
)
def test_only_the_wanted_keys_differ_whatever_is_written(changes: dict[str, object], text: str) -> None:
    done = tomllib.loads(edited(text, changes).text)
    before = tomllib.loads(text)

    def flat(table: dict[str, object], prefix: str = "") -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in table.items():
            found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
        return found

    wanted = {**flat(before), **changes}
    assert flat(done) == {key: value for key, value in wanted.items() if value is not None}


def test_the_line_of_a_key_is_found_or_that_of_its_table() -> None:
    assert line_of(TEXT, "name") == 2
    assert line_of(TEXT, "cloud.image") == 9
    assert line_of(TEXT, "training") == 11
    assert line_of(TEXT, "training.epochs") == 11
    assert line_of(TEXT, "limits.max_hours") is None


@pytest.mark.parametrize("name", ["", ".a", "a/b", "a\x1b[2J", "x" * 65])
def test_names_that_are_no_names(name: str) -> None:
    assert name_problem(name)


def test_a_removed_profile_comes_back_unless_its_name_is_taken(tmp_path: Path) -> None:
    path = create_profile(tmp_path, "a", "one")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageProblem, match="exists already"):
        create_profile(tmp_path, "a", "two")
    assert free_name(tmp_path, "a") == "a-2"
    aside = remove_profile(path)
    assert not path.exists()
    assert restore_profile(aside).read_text() == "one"
    aside = remove_profile(path)
    create_profile(tmp_path, "a", "other")
    with pytest.raises(UsageProblem, match="exists again"):
        restore_profile(aside)
    assert (path.read_text(), aside.read_text()) == ("other", "one")


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = create_profile(tmp_path, "a", "one")
    path.write_text("theirs")
    with pytest.raises(UsageProblem, match="meanwhile"):
        replace_profile(path, "mine", expected="one", keep=True)
    assert path.read_text() == "theirs"
    backup = replace_profile(path, "mine", expected="theirs", keep=True)
    assert backup is not None
    assert (path.read_text(), backup.read_text()) == ("mine", "theirs")
