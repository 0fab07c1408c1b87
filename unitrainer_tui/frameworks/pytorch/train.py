"""Trains a PyTorch model on a folder of images or on a table. Reads job.json beside it (or $UNITRAINER_JOB) and runs on
any machine that has PyTorch, NumPy and Pillow:

    UNITRAINER_DATASET=pictures UNITRAINER_OUTPUT=out python train.py

Without these variables the job's `dataset_path` and `output_path` say the same. It prints one JSON line an epoch and
leaves model.pt (loaded by code/predict.py beside it), best.pt, last.pt, results.csv, metrics.json and environment.json.

With one process this is the training itself (worker.py); with several GPUs or machines it starts torchrun, which starts
the workers. Exit codes: 0 done, 2 the job, the dataset or the machine does not hold, 130 interrupted (what was learned
so far is saved).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.pytorch.options import read_options
    from unitrainer_tui.frameworks.pytorch.route import interface_to
    from unitrainer_tui.frameworks.shared.job import Refused, checkpoint_of, dataset_of, output_of, read_job
else:  # on the host these files stand side by side
    from job import Refused, checkpoint_of, dataset_of, output_of, read_job
    from options import read_options
    from route import interface_to

HERE = Path(__file__).absolute().parent

# A SIGINT that reached torchrun as well as this process needs no help; one that did not is passed on after this time.
PATIENCE_S = 3.0


@dataclass(frozen=True)
class Fleet:
    """`processes` on each of `nodes` machines, this one being number `node`; node 0 listens at `host`:`port`."""

    processes: int
    nodes: int = 1
    node: int = 0
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def alone(self) -> bool:
        return self.processes * self.nodes == 1


def fleet_of(job: Mapping[str, Any], processes: int) -> Fleet:
    """Who trains. `processes` are those of a machine without GPUs. Raises Refused for a job that is not whole."""
    each = int(job.get("gpus") or 0) or processes
    nodes, node = int(job.get("nodes") or 1), int(job.get("node_rank") or 0)
    meeting = job.get("rendezvous")
    if nodes == 1:
        return Fleet(each)
    if not isinstance(meeting, dict) or not meeting.get("host") or not meeting.get("port"):
        raise Refused(f"The job is for {nodes} machines, and its rendezvous (host, port) is missing in job.json.")
    if not 0 <= node < nodes:
        raise Refused(f"node_rank is {node} and must be from 0 to {nodes - 1} (job.json).")
    return Fleet(each, nodes, node, str(meeting["host"]), int(meeting["port"]))


def torchrun(fleet: Fleet, python: str) -> list[str]:
    """The command. Rendezvous is static: the other kind, c10d, gives out ranks by the machines' addresses and not by
    --node-rank, and only the first machine's output is brought home."""
    command = [python, "-m", "torch.distributed.run", f"--nproc-per-node={fleet.processes}"]
    if fleet.nodes == 1:
        command.append("--standalone")
    else:
        command += [f"--nnodes={fleet.nodes}", f"--node-rank={fleet.node}"]
        command += [f"--master-addr={fleet.host}", f"--master-port={fleet.port}"]
    return [*command, str(HERE / "worker.py")]


def surroundings(fleet: Fleet, environment: Mapping[str, str], cpus: int) -> dict[str, str]:
    """What the processes need to know beside their own environment, as far as it does not say so itself."""
    wanted = {"OMP_NUM_THREADS": str(max(1, cpus // fleet.processes))}
    if fleet.nodes > 1 and (name := interface_to(fleet.host)) is not None:
        wanted |= {"GLOO_SOCKET_IFNAME": name, "NCCL_SOCKET_IFNAME": name}
    return {key: value for key, value in wanted.items() if key not in environment}


def launch(fleet: Fleet) -> int:
    """Runs torchrun to its end. The exit code that the workers of this machine meant, else torchrun's."""
    with tempfile.TemporaryDirectory() as folder:
        code_file = Path(folder, "code")
        environment = {**os.environ, "UNITRAINER_EXIT_CODE_FILE": str(code_file)}
        environment |= surroundings(fleet, os.environ, os.cpu_count() or 1)
        machines = f" on each of {fleet.nodes} machines (this is number {fleet.node})" if fleet.nodes > 1 else ""
        print(f"{fleet.processes} processes{machines} train together.", flush=True)
        child = subprocess.Popen(torchrun(fleet, sys.executable), env=environment, stdin=subprocess.DEVNULL)
        asked: list[float] = []
        signal.signal(signal.SIGINT, lambda number, frame: asked.append(time.monotonic()))
        passed_on = False
        while child.poll() is None:
            if asked and not passed_on and time.monotonic() - asked[0] > PATIENCE_S:
                child.send_signal(signal.SIGINT)
                passed_on = True
            time.sleep(0.1)
        meant = int(code_file.read_text()) if code_file.exists() else 0
    if asked:
        return 130
    if child.returncode != 0:
        return meant or 1
    return meant


def main() -> int:
    try:
        job = read_job(HERE)
        options = read_options(dict(job.get("options") or {}))
        fleet = fleet_of(job, options.processes)
        dataset = dataset_of(job)
        if not dataset.exists():
            raise Refused(f"There is no dataset at {dataset}.")
        output_of(job)
        if fleet.alone:
            if TYPE_CHECKING:
                from unitrainer_tui.frameworks.pytorch import worker
            else:
                import worker

            return worker.work(job)
        if options.pretrained and not (options.resume and checkpoint_of(job)):
            _fetch_once(job, dataset)
        return launch(fleet)
    except Refused as problem:
        print(f"error: {problem}", file=sys.stderr, flush=True)
        return 2


def _fetch_once(job: Mapping[str, Any], dataset: Path) -> None:
    """The weights that all processes will look for, before there are several."""
    if TYPE_CHECKING:
        from unitrainer_tui.frameworks.pytorch import names, weights
    else:
        import names
        import weights

    model = str(job.get("model") or "")
    if names.is_timm(model):
        weights.obtain(model, dataset)


if __name__ == "__main__":
    sys.exit(main())
