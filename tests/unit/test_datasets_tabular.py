from pathlib import Path

import pytest

from unitrainer_tui.datasets.check import check_dataset
from unitrainer_tui.datasets.report import MOST_TOLD
from unitrainer_tui.datasets.sample import write_sample_table

GOOD = "size,colour,label\n" + "1,red,yes\n2,blue,no\n3,red,no\n4,blue,yes\n" * 5


def table(folder: Path, text: str | bytes, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def faults(path: Path, **wanted: object) -> tuple[str, ...]:
    return check_dataset(path, "sklearn", **wanted).faults  # type: ignore[arg-type]


def test_a_good_table_is_summed_up(tmp_path):
    report = check_dataset(table(tmp_path, GOOD), "sklearn")
    assert report.holds
    assert report.kind == "tabular"
    assert report.counts == {"rows": 20, "columns": 3}
    assert report.classes == {"no": 10, "yes": 10}
    assert report.summary.startswith("rows.csv: 20 rows, 3 columns")


def test_a_folder_with_one_table_is_that_table(tmp_path):
    table(tmp_path, GOOD)
    (tmp_path / "README.md").write_text("about it")
    assert check_dataset(tmp_path, "sklearn").holds


def test_a_folder_with_two_tables_is_refused_with_their_names(tmp_path):
    table(tmp_path, GOOD, "a.csv")
    table(tmp_path, GOOD, "b.tsv")
    assert "exactly one table" in faults(tmp_path)[0]
    assert "a.csv, b.tsv" in faults(tmp_path)[0]


def test_a_ragged_row_is_told_with_its_line(tmp_path):
    assert faults(table(tmp_path, GOOD + "3,green\n")) == ("rows.csv, line 22: 2 cells where the header has 3.",)


def test_a_byte_that_is_not_utf8_is_told_with_its_offset(tmp_path):
    text = GOOD.encode() + b"3,gr\xfcn,no\n"
    offset = text.index(b"\xfc")
    assert f"at byte {offset:,}" in faults(table(tmp_path, text))[0]


def test_the_offset_is_right_beyond_the_first_block(tmp_path):
    rows = (1 << 21) // 12
    text = b"a,label\n" + b"0123456789,y\n" * rows + "é".encode()[:1]
    assert f"at byte {len(text) - 1:,}" in faults(table(tmp_path, text))[0]


def test_a_target_that_is_not_there_is_told_with_the_nearest(tmp_path):
    assert faults(table(tmp_path, GOOD), target="lable") == (
        "rows.csv has no column 'lable' (dataset.target = \"lable\"); did you mean 'label'? "
        "Its columns are size, colour, label.",
    )


def test_a_missing_column_is_told_with_its_key_and_the_columns_there_are(tmp_path):
    path = table(tmp_path, GOOD)
    assert faults(path, target="zzz") == (
        "rows.csv has no column 'zzz' (dataset.target = \"zzz\"); its columns are size, colour, label.",
    )
    assert '(dataset.weight = "w")' in faults(path, weight="w")[0]
    assert "(dataset.categorical = [\"color\"]); did you mean 'colour'?" in faults(path, categorical=["color"])[0]


def test_the_default_target_is_label_wherever_it_stands(tmp_path):
    report = check_dataset(table(tmp_path, "Target,a\n" + "x,1\ny,2\n" * 3), "sklearn")
    assert report.classes == {"x": 3, "y": 3}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("a,b\n", "a header and no rows"),
        ("a,label\n" + "1,\n" * 6, "is empty in every row"),
        ("a,label\n" + "1,x\n" * 6, "in every row: there is nothing to learn"),
        ("a,a\n1,2\n", "is there twice"),
        ("label\n1\n", "one column only"),
        ("a,label\n1,x\n2,y\n", "at least 5"),
    ],
)
def test_a_table_with_nothing_to_learn_is_refused(tmp_path, text, fault):
    found = faults(table(tmp_path, text))
    assert any(fault in one for one in found)


def test_rows_without_a_target_are_a_warning_with_their_number(tmp_path):
    report = check_dataset(table(tmp_path, GOOD + "1,red,\n2,red,NA\n"), "sklearn")
    assert report.holds
    assert report.warnings == ("rows.csv: 2 of 22 rows have no 'label' and will be left out.",)


def test_a_target_of_many_numbers_has_no_classes(tmp_path):
    rows = "".join(f"{n},{n * 0.5}\n" for n in range(50))
    assert check_dataset(table(tmp_path, "a,price\n" + rows), "sklearn").classes == {}


def test_a_thousand_faults_are_told_as_fifty_and_a_count(tmp_path):
    found = faults(table(tmp_path, GOOD + "1\n" * 1000))
    assert len(found) == MOST_TOLD + 1
    assert found[-1] == "And 950 more faults."


def test_quoted_cells_with_line_breaks_are_one_cell(tmp_path):
    assert faults(table(tmp_path, "a,label\n" + '"one\ntwo",x\n3,y\n' * 4)) == ()


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_understood(tmp_path, delimiter):
    report = check_dataset(table(tmp_path, GOOD.replace(",", delimiter)), "sklearn")
    assert report.holds
    assert report.counts["columns"] == 3


def test_a_dataset_that_does_not_exist_is_a_fault(tmp_path):
    assert "does not exist" in faults(tmp_path / "nothing")[0]


def test_an_empty_folder_is_a_fault(tmp_path):
    assert "holds no file" in faults(tmp_path)[0]


def test_custom_takes_any_folder_and_none_at_all(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"123")
    assert check_dataset(tmp_path, "custom").summary == "1 file, 3 bytes"
    assert check_dataset(None, "custom").holds
    assert not check_dataset(None, "yolo").holds


def test_the_sample_table_holds(tmp_path):
    pytest.importorskip("sklearn")
    report = check_dataset(write_sample_table(tmp_path / "made", rows=300), "sklearn", target="digit")
    assert report.holds
    assert report.counts == {"rows": 300, "columns": 65}
    assert len(report.classes) == 10


def test_a_column_without_a_name_is_no_weight_no_query_and_no_target(tmp_path):
    """The row names that pandas and R write first, and the comma at the end of each line of a spreadsheet."""
    rows = [f"{n * 7 % 11},{'red' if n % 3 else 'blue'},{'no' if n % 2 else 'yes'}" for n in range(40)]
    named = ",a,colour,bought\n" + "".join(f"car {n},{row}\n" for n, row in enumerate(rows))
    trailing = "a,colour,bought,\n" + "".join(f"{row},\n" for row in rows)
    for text in (named, trailing):
        report = check_dataset(table(tmp_path, text), "sklearn")
        assert report.faults == () and report.warnings == ()
        assert report.classes == {"no": 20, "yes": 20}


def test_what_lies_beside_a_table_and_is_named_like_one_is_passed_over(tmp_path):
    table(tmp_path, GOOD)
    (tmp_path / "._rows.csv").write_bytes(b"\x00\x05\x16\x07")
    (tmp_path / "~$rows.csv").write_bytes(b"\x00")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX/rows.csv").write_bytes(b"\x00\x05\x16\x07")
    assert faults(tmp_path) == ()


@pytest.mark.parametrize(
    ("row", "wanted", "fault"),
    [
        ("{n},{n},{q},{y}", {"weight": "y"}, "the column 'y' cannot be two of target, weight and group at once"),
        ("{n},{n},{q},blue", {"group": "q"}, "ranking needs a target of numbers, and 'y' holds 'blue'"),
        ("{n},{n},{q},{n}", {"group": "q"}, "ranking takes grades up to 31, and 'y' goes up to 39"),
        ("{n},{n},,{y}", {"group": "q"}, "line 2: there is no query in the column 'q'"),
    ],
)
def test_what_the_script_would_refuse_on_the_host_is_refused_here(tmp_path, row, wanted, fault):
    lines = [row.format(n=n, q=f"q{n // 4}", y=n * 7 % 3) for n in range(40)]
    found = check_dataset(table(tmp_path, "x,w,q,y\n" + "\n".join(lines)), "xgboost", target="y", **wanted).faults
    assert any(fault in one for one in found)


def test_a_table_of_roles_alone_has_nothing_to_learn_from(tmp_path):
    path = table(tmp_path, "w,y\n" + "".join(f"{n},{n % 3}\n" for n in range(40)))
    assert faults(path, weight="w") == ("rows.csv: beside y, w there is no column to learn from.",)


def test_numbers_with_a_comma_are_named_as_what_they_are(tmp_path):
    """A spreadsheet's CSV in most of Europe: `;` between the cells, a comma in the numbers."""
    rows = "".join(f"{n // 7},{n % 7};{n};{'' if n == 3 else f'{n * 13 % 40},5'}\n" for n in range(40))
    path = table(tmp_path, "length;count;price\n" + rows)
    report = check_dataset(path, "xgboost")
    assert [(one.code, one.level) for one in report.problems] == [
        ("comma-number", "fault"),
        ("comma-number", "warning"),
        ("empty-target", "warning"),
    ]
    assert "the target 'price' holds numbers with a comma, such as '0,5'" in report.faults[0]
    assert "the column 'length' holds numbers with a comma, such as '0,0'" in report.warnings[0]
    words = table(
        tmp_path, "place;label\n" + "".join(f"{n},{n} Main Street;{'yes' if n % 3 else 'no'}\n" for n in range(40))
    )
    assert check_dataset(words, "xgboost").warnings == ()


@pytest.mark.parametrize(
    ("start", "what"),
    [(b"PK\x03\x04\x14\x00", "a zip archive or a spreadsheet"), (b"\x1f\x8b\x08\x08", "packed by gzip")],
)
def test_a_spreadsheet_is_not_called_a_table_in_latin_1(tmp_path, start, what):
    (fault,) = faults(table(tmp_path, start + bytes(range(256)), "rows.xlsx"))
    assert fault.startswith(f"rows.xlsx is {what}") and fault.endswith("; save the table as CSV or Parquet.")


def test_a_thousand_words_as_a_target_are_warned_about(tmp_path):
    path = table(tmp_path, "x,label\n" + "".join(f"{n * 7 % 101},kind {n % 1500}\n" for n in range(4000)))
    report = check_dataset(path, "sklearn")
    assert report.holds and "has more than 1,000 different words" in report.warnings[0]
