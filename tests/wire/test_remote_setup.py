"""Setup on a real host: nothing where the image has it, else an environment that a second run finds again."""

from __future__ import annotations

import asyncio
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.sshd import Sshd
from tests.wire.remote_case import RUN, command, connected, followed
from unitrainer_tui.datasets.manifest import build_manifest
from unitrainer_tui.errors import HostCommandFailed, HostUnreachable
from unitrainer_tui.ports import JobSpec, SetupPlan


def wheel(folder: Path) -> str:
    """A requirement that needs no package index: a wheel made here."""
    path = folder / "unitrainer_tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("unitrainer_tiny.py", "NAME = 'tiny'\n")
        info = "unitrainer_tiny-1.0.dist-info"
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: unitrainer-tiny\nVersion: 1.0\n")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", f"unitrainer_tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return f"unitrainer-tiny @ {path.as_uri()}"


@pytest.fixture
def offline(sshd: Sshd) -> Sshd:
    """A host from which uv cannot be had."""
    for name in ("curl", "wget"):
        (sshd.home / "bin" / name).write_text("#!/bin/sh\nexit 6\n")
        (sshd.home / "bin" / name).chmod(0o755)
    return sshd


async def test_nothing_is_installed_when_the_image_has_it(sshd: Sshd) -> None:
    lines: list[str] = []
    async with connected(sshd) as host:
        made = await host.setup(RUN, SetupPlan("sklearn", ("never-installed",), ("json", "zipfile")), lines.append)
    assert "image" in made.how
    assert Path(made.python).is_absolute()
    assert lines == [made.how]
    assert not (sshd.home / "training/envs").exists()


@pytest.fixture
def quick(offline: Sshd) -> Sshd:
    """A host whose uv makes an empty environment at once: for what is not about installing."""
    uv = offline.home / "bin/uv"
    uv.write_text('#!/bin/bash\ncase "$1" in venv) exec python3 -m venv --without-pip "${@: -1}";; esac\n')
    uv.chmod(0o755)
    return offline


async def test_pip_installs_where_uv_cannot_be_had_and_a_second_run_finds_it(offline: Sshd, tmp_path: Path) -> None:
    plan = SetupPlan("custom", (wheel(tmp_path),), ("unitrainer_tiny",), shell=("command -v pip",))
    lines: list[str] = []
    async with connected(offline) as host:
        first = await host.setup(RUN, plan, lines.append)
        second = await host.setup("run-2", plan, lambda _: None)
        line = "python -c 'import unitrainer_tiny as t; print(t.NAME)'"
        await host.start_job(JobSpec(run=RUN, python=first.python, job={}, command=line))
        log, _ = await followed(host)
    assert "pip" in first.how
    assert str(Path(first.python).parent / "pip") in lines
    assert second.python == first.python
    assert "found" in second.how
    assert log == b"tiny\n"


@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not installed here")
async def test_uv_installs_where_it_is_found(sshd: Sshd, tmp_path: Path) -> None:
    (sshd.home / ".local/bin").mkdir(parents=True)
    (sshd.home / ".local/bin/uv").symlink_to(str(shutil.which("uv")))
    async with connected(sshd) as host:
        plan = SetupPlan("custom", (wheel(tmp_path),), ("unitrainer_tiny",))
        made = await host.setup(RUN, plan, lambda _: None)
        assert (await host.facts()).uv == str(sshd.home / ".local/bin/uv")
    assert "uv" in made.how


async def test_setup_goes_on_without_the_connection_and_is_followed_from_its_first_line(
    quick: Sshd, tmp_path: Path
) -> None:
    plan = SetupPlan("custom", shell=("echo begun", "sleep 1", f"echo ran >> {tmp_path}/ran"))
    async with connected(quick) as host:
        begun = asyncio.Event()
        lines: list[str] = []

        def heard(line: str) -> None:
            lines.append(line)
            if line == "begun":
                begun.set()

        setting_up = asyncio.create_task(host.setup(RUN, plan, heard))
        await asyncio.wait_for(begun.wait(), 40)
        host._connection.abort()
        with pytest.raises(HostUnreachable):
            await setting_up
    again: list[str] = []
    async with connected(quick) as host:
        await host.setup(RUN, plan, again.append)
    assert "begun" in again
    assert (tmp_path / "ran").read_text() == "ran\n"


async def test_shell_lines_run_in_the_source_with_the_environments_python_and_no_input(
    quick: Sshd, tmp_path: Path
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/name.txt").write_text("here")
    lines: list[str] = []
    async with connected(quick) as host:
        await host.prepare(RUN)
        await host.upload_source(RUN, build_manifest(tmp_path / "code"))
        plan = SetupPlan("custom", shell=("cat name.txt; echo", "command -v python", "read x || echo no input"))
        made = await host.setup(RUN, plan, lines.append)
    assert "here" in lines
    assert made.python in lines
    assert "no input" in lines


async def test_a_setup_line_that_fails_is_told_with_its_last_lines_and_can_be_tried_again(
    quick: Sshd, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    plan = SetupPlan("custom", shell=("seq 1 40", "printf 'bad \\033[31mthing\\n'", f"test -e {flag}"))
    async with connected(quick) as host:
        with pytest.raises(HostCommandFailed) as told:
            await host.setup(RUN, plan, lambda _: None)
        flag.write_text("")
        await host.setup(RUN, plan, lambda _: None)
    assert len(told.value.last_lines) == 20
    assert any("bad" in line for line in told.value.last_lines)
    assert all(line.isprintable() for line in told.value.last_lines)
    assert "exit code 1" in told.value.message


async def test_a_full_disk_during_setup_is_told_as_such(quick: Sshd) -> None:
    from unitrainer_tui.errors import HostDiskFull

    plan = SetupPlan("custom", shell=("echo 'OSError: [Errno 28] No space left on device'; exit 1",))
    async with connected(quick) as host:
        with pytest.raises(HostDiskFull):
            await host.setup(RUN, plan, lambda _: None)


async def test_system_packages_are_left_alone_when_they_are_there(sshd: Sshd) -> None:
    plan = SetupPlan("yolo", apt=(("libc.so.6", "libc6"), ("sh", "dash")))
    lines: list[str] = []
    async with connected(sshd) as host:
        await host.setup(RUN, plan, lines.append)
    assert not any("system packages" in line for line in lines)


async def test_a_system_package_that_cannot_be_installed_is_named(sshd: Sshd) -> None:
    for name in ("apt-get", "sudo"):
        (sshd.home / "bin" / name).write_text("#!/bin/sh\necho E: refused; exit 100\n")
        (sshd.home / "bin" / name).chmod(0o755)
    plan = SetupPlan("yolo", apt=(("libnothing-of-this-name.so.9", "libnothing9"),))
    async with connected(sshd) as host:
        with pytest.raises(HostCommandFailed, match="libnothing9") as told:
            await host.setup(RUN, plan, lambda _: None)
    assert "E: refused" in told.value.last_lines


async def test_tidying_leaves_output_and_log(sshd: Sshd) -> None:
    async with connected(sshd) as host:
        await host.setup(RUN, SetupPlan("custom"), lambda _: None)
        await host.start_job(command("echo done > $UNITRAINER_OUTPUT/model.bin; echo bye"))
        await followed(host)
        await host.remove_secrets(RUN)
    left = {path.relative_to(sshd.run_folder(RUN)).as_posix() for path in sshd.run_folder(RUN).rglob("*")}
    assert {"output/model.bin", "job/log.raw"} <= left
    assert not left & {"host.pyz", "setup", "job/runner.json"}


FETCHER = """
import pathlib, sys
from beside import SUFFIX
folder, *names = sys.argv[1:]
for name in names:
    if name == "nowhere":
        sys.exit(print("fetching nowhere") or print("error: The weights nowhere cannot be had.", file=sys.stderr) or 2)
    (pathlib.Path(folder) / (name + SUFFIX)).write_text("weights")
    print("fetched", name)
"""


def fetcher(folder: Path) -> Path:
    (folder / "script").mkdir()
    (folder / "script/beside.py").write_text("SUFFIX = '.pt'\n")
    (folder / "script/fetch.py").write_text(FETCHER)
    return folder / "script/fetch.py"


async def test_weights_are_fetched_at_setup_into_a_folder_that_the_job_is_told(sshd: Sshd, tmp_path: Path) -> None:
    plan = SetupPlan("yolo", imports=("json",), assets=("one", "two"), fetcher=fetcher(tmp_path))
    lines: list[str] = []
    async with connected(sshd) as host:
        made = await host.setup(RUN, plan, lines.append)
        line = "ls $UNITRAINER_WEIGHTS"
        await host.start_job(JobSpec(run=RUN, python=made.python, job={}, command=line))
        log, _ = await followed(host)
    assert log == b"one.pt\ntwo.pt\n"
    assert lines == ["fetched one", "fetched two", made.how]


async def test_weights_that_cannot_be_had_end_setup_with_the_sentence_about_them(sshd: Sshd, tmp_path: Path) -> None:
    plan = SetupPlan("yolo", imports=("json",), assets=("one", "nowhere"), fetcher=fetcher(tmp_path))
    async with connected(sshd) as host:
        with pytest.raises(HostCommandFailed, match="The weights nowhere cannot be had") as told:
            await host.setup(RUN, plan, lambda _: None)
    assert told.value.message.endswith("cannot be had.")
    assert "fetching nowhere" in told.value.last_lines


async def test_a_fetcher_that_breaks_is_told_by_the_names_of_the_weights(sshd: Sshd, tmp_path: Path) -> None:
    script = fetcher(tmp_path)
    (tmp_path / "script/beside.py").unlink()
    async with connected(sshd) as host:
        with pytest.raises(HostCommandFailed, match="the weights one could not be fetched"):
            await host.setup(RUN, SetupPlan("yolo", imports=("json",), assets=("one",), fetcher=script), lambda _: None)
