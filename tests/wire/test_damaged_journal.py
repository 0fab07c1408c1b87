"""Row 64: a journal with records that cannot be read. What they told of is found by its name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wire.pipeline_case import LONG_JOB, Case, open_cloud, reached

SIX = """
for e in 1 2 3 4 5 6; do echo "Epoch: $e/6  Loss: 0.5"; sleep 0.5; done
echo m > "$UNITRAINER_OUTPUT/model.bin"
"""


async def left(case: Case, directory, until: Callable[[str], bool]) -> None:
    pipeline, journal = case.pipeline(directory)
    work = asyncio.create_task(pipeline.run())
    await reached(directory, until, work)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    journal.close()
    await pipeline.ctx.cloud.close()  # type: ignore[union-attr]


def damage(path: Path, which: Callable[[bytes], bool]) -> int:
    """One bit of each of these lines is another one. How many there were."""
    lines = path.read_bytes().splitlines(keepends=True)
    hit = [which(line) for line in lines]
    path.write_bytes(
        b"".join(
            line[:30] + bytes([line[30] ^ 4]) + line[31:] if bad else line for line, bad in zip(lines, hit, strict=True)
        )
    )
    return sum(hit)


async def taken_over(case: Case, directory) -> int:
    pipeline, journal = case.pipeline(directory)
    pipeline.ctx.damaged = journal.damaged
    async with asyncio.timeout(60):
        code = await pipeline.run()
    journal.close()
    await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
    return code


@pytest.mark.parametrize("forgotten", [b'"resource"', b'"kind"'])
async def test_row_64_a_machine_that_the_journal_has_forgotten_is_given_back(tmp_path, forgotten):
    async with open_cloud(tmp_path, "slow-boot=5") as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(training={"command": LONG_JOB})
        await left(case, directory, lambda text: '"resource": "instance", "status": "created"' in text)
        assert damage(directory.journal, lambda line: forgotten in line)
        assert cloud.ledger().instances
        code = await taken_over(case, directory)
        assert cloud.ledger().empty
        launches = [call for call in cloud.ledger().calls if call.path.endswith("/launch")]
    assert len(launches) == 1
    assert code == 1
    done = case.outcome(directory, code)
    assert "of the journal cannot be read" in (done.result.error or "")
    assert done.result.released
    assert (directory.path / "journal.jsonl.damaged").is_file()


async def test_row_64_where_all_machines_are_known_the_run_goes_on(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(training={"command": SIX})
        await left(case, directory, lambda text: '"epoch": 2' in text)
        assert damage(directory.journal, lambda line: b'"kind": "cost"' in line or b'"epoch": 1' in line)
        assert await taken_over(case, directory) == 0
        assert cloud.ledger().empty
    assert directory.log.read_text() == "".join(f"Epoch: {e}/6  Loss: 0.5\n" for e in range(1, 7))
