"""Two embedded instances meet with torchrun over gloo, each knowing no more than what its job is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.wire.pipeline_case import Case, open_cloud

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(300)]

WORKER = """
import os, torch, torch.distributed as dist
dist.init_process_group("gloo")
mine = torch.tensor([dist.get_rank() + 1.0])
dist.all_reduce(mine)
print(f"node {os.environ['UNITRAINER_NODE_RANK']} is rank {dist.get_rank()} of {dist.get_world_size()}: {mine.item()}")
if os.environ["UNITRAINER_NODE_RANK"] == "0":
    torch.save(mine, os.path.join(os.environ["UNITRAINER_OUTPUT"], "model.bin"))
dist.destroy_process_group()
"""
STATIC = '--node-rank "$UNITRAINER_NODE_RANK" --master-addr "$host" --master-port "$port"'
# To c10d a node is its host name and process id: both may be the same on two instances, so each says an address of its
# own. Nor does it give out ranks by --node-rank.
C10D = (
    '--rdzv-backend c10d --rdzv-id "$UNITRAINER_NODES" --rdzv-endpoint "$host:$port" '
    '--local-addr "127.0.0.$((2 + UNITRAINER_NODE_RANK))" '
    '--rdzv-conf "is_host=$([ "$UNITRAINER_NODE_RANK" = 0 ] && echo true || echo false)"'
)


@pytest.fixture
def torch_python() -> Path:
    python = os.environ.get("UNITRAINER_TEST_TORCH_PYTHON")
    if not python:
        pytest.skip("UNITRAINER_TEST_TORCH_PYTHON names no interpreter with torch")
    return Path(python)


@pytest.mark.parametrize("rendezvous", [STATIC, C10D], ids=["static", "c10d"])
async def test_two_instances_add_up_what_each_of_them_has(tmp_path, torch_python, rendezvous):
    code = tmp_path / "code"
    code.mkdir()
    (code / "worker.py").write_text(WORKER)
    command = (
        'host="${UNITRAINER_RENDEZVOUS%:*}" port="${UNITRAINER_RENDEZVOUS##*:}"\n'
        f'"{torch_python}" -m torch.distributed.run --nnodes "$UNITRAINER_NODES" --nproc-per-node 1 \\\n'
        f"{rendezvous} worker.py"
    )
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(
            seconds=200,
            cloud={"nodes": 2},
            training={"framework": "custom", "command": command, "source": str(code), "artifacts": ["model.bin"]},
        )
        assert cloud.ledger().empty
    assert done.code == 0, done.result
    said = done.directory.log.read_text() + done.directory.node_log(1).read_text()
    assert sorted(line[-5:] for line in said.splitlines() if line.startswith("node ")) == [": 3.0", ": 3.0"]
    if rendezvous is STATIC:
        assert "node 0 is rank 0 of 2" in said
        assert "node 1 is rank 1 of 2" in said
