"""What the pipeline needs of the world, as Protocols. Adapters in clouds/ and remote/ fill them; tests fill them too.

Sizes are bytes, times are seconds, unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from unitrainer_tui.datasets.manifest import Manifest
from unitrainer_tui.runs.events import Event
from unitrainer_tui.runs.state import RunState


class Clock(Protocol):
    def now(self) -> float:
        """Unix seconds."""

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class Journal(Protocol):
    @property
    def state(self) -> RunState:
        """What is written, folded."""

    def append(self, event: Event, at: float, *, sync: bool = False) -> Event:
        """Numbers the event, stamps it, writes it; with `sync` it is on the disk when this returns. Raises OSError."""


# ---------------------------------------------------------------------------------------------------- the cloud


@dataclass(frozen=True)
class InstanceRow:
    """A row of the list. `status` in upper case. `address` as the row tells it, which may be nothing."""

    id: str
    name: str
    status: str
    flavor: str = ""
    address: str | None = None


@dataclass(frozen=True)
class Instance:
    """One instance. `address` is the first that can be believed (CANOPYWAVE.md, traps); `private` the fixed one."""

    id: str
    name: str
    status: str
    address: str | None = None
    private: str | None = None
    task_state: str | None = None
    fault: str | None = None


@dataclass(frozen=True)
class PublicIp:
    """`server` is the *name* of the instance that it is associated with, None when free."""

    id: str
    address: str
    server: str | None = None


@dataclass(frozen=True)
class Offer:
    """A flavor as the cloud sells it now. `usd_per_hour` is None where the price is unknown; `stock` likewise."""

    flavor: str
    usd_per_hour: float | None
    images: tuple[str, ...] = ()
    stock: bool | None = None
    specs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LaunchRequest:
    name: str
    flavor: str
    image: str
    password: str = field(repr=False)
    keypair: str | None = None


class Cloud(Protocol):
    """One project in one region of a cloud.

    Every method may raise CloudRefused (proof that the call had no effect), CloudUnclear (it may have had one) or
    CloudUnreachable (it had none). None of them retries.
    """

    async def projects(self) -> list[str]: ...
    async def regions(self) -> list[str]: ...
    async def images(self) -> list[str]: ...
    async def offers(self) -> list[Offer]: ...
    async def stock(self, flavor: str) -> bool | None: ...
    async def instances(self) -> list[InstanceRow]: ...
    async def instance(self, instance_id: str) -> Instance:
        """Raises CloudNotFound."""

    async def launch(self, request: LaunchRequest) -> str:
        """The new instance's id. Sent once: never resent by the transport."""

    async def terminate(self, instance_id: str) -> None: ...
    async def keys(self) -> list[str]: ...
    async def add_key(self, name: str, public_key: str) -> None: ...
    async def drop_key(self, name: str) -> None: ...
    async def ips(self) -> list[PublicIp]: ...
    async def allocate_ip(self) -> PublicIp: ...
    async def associate_ip(self, ip_id: str, instance_id: str) -> None: ...
    async def disassociate_ip(self, ip_id: str) -> None: ...
    async def release_ip(self, ip_id: str) -> None: ...
    async def close(self) -> None: ...


# ----------------------------------------------------------------------------------------------------- the host


@dataclass(frozen=True)
class HostTarget:
    """How to reach one machine over SSH.

    `known_hosts` is the run's own file: the first connection writes the host key there, every later one must find
    the same (HostKeyChanged). With `user_config` (provider = "host") the user's ssh config, agent, keys and
    known_hosts decide instead, and `user`/`port` are None where the profile does not say them.
    """

    address: str
    port: int | None
    user: str | None
    private_key: Path | None = None
    password: str | None = field(default=None, repr=False)
    known_hosts: Path | None = None
    user_config: bool = False
    keepalive_s: float = 10.0


@dataclass(frozen=True)
class HostFacts:
    """What the preflight looks at. `gpus` are names as nvidia-smi tells them; `driver` its driver version."""

    home: str
    boot_id: str
    python: str | None
    uv: str | None
    gpus: tuple[str, ...]
    driver: str | None
    disk_free: int
    memory: int
    cpus: int
    system: str = ""


@dataclass(frozen=True)
class SetupPlan:
    """What a framework needs on the host. Nothing is installed when the image's python3 imports all of `imports`."""

    framework: str
    requirements: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    torch: bool = False
    """The requirements hold PyTorch: install with `uv --torch-backend=auto`, the CUDA build that the driver takes."""
    shell: tuple[str, ...] = ()
    """The user's own setup lines (custom), run as a file in the source folder."""
    apt: tuple[tuple[str, str], ...] = ()
    """(what to look for, the Debian package that has it): a shared library's name or a command's. Installed with apt
    only when it is truly missing."""
    assets: tuple[str, ...] = ()
    """Names of trained weights that have to be there before training."""
    fetcher: Path | None = None
    """The framework's script that finds or downloads `assets`: run as `python fetch.py FOLDER NAME…` with the modules
    beside it. It ends with 2 and one sentence when it cannot."""


@dataclass(frozen=True)
class Environment:
    """What setup made: the interpreter that the job runs with, how it came about in one line, and what is installed
    there: {"python": version, "packages": {name: version}}."""

    python: str
    how: str
    installed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TransferProgress:
    bytes: int
    total: int
    files: int
    total_files: int


OnProgress = Callable[[TransferProgress], None]


@dataclass(frozen=True)
class JobSpec:
    """The training process. Exactly one of `script` (a folder with train.py) and `command` (the user's own shell line).

    `job` becomes job.json beside the script. `secret_env` reaches the process and never a file or an argv.
    """

    run: str
    python: str
    job: Mapping[str, Any]
    script: Path | None = None
    command: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    secret_env: Mapping[str, str] = field(default_factory=dict, repr=False)
    checkpoint: bool = False
    """An earlier run's checkpoint was sent: the job is told where it lies."""


@dataclass(frozen=True)
class JobPoll:
    """One look at the job.

    `log` are the bytes of log.raw from the offset that was asked for, at most the limit asked for; `log_size` its size
    now, so `offset + len(log) < log_size` says that there is more. `telemetry` are the records since the last look.
    `exit_code` is set once the job has ended (its own file says so); `lost` when the runner is gone without one.
    `generation` changes when log.raw was replaced or truncated.
    """

    log: bytes
    log_size: int
    running: bool
    exit_code: int | None = None
    lost: bool = False
    boot_id: str = ""
    telemetry: tuple[Mapping[str, Any], ...] = ()
    telemetry_offset: int = 0
    generation: str = ""


@dataclass(frozen=True)
class RemoteFile:
    """A regular file below the run's output folder; `path` relative to it."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Downloaded:
    path: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class Lease:
    """What a machine needs to end itself: the cloud's API, itself there, how many minutes without a heartbeat and how
    many seconds in all it may live, and the key that the call needs."""

    url: str
    project: str
    region: str
    instance: str
    minutes: float
    seconds_left: float
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class LeaseWord:
    """What a machine says of its lease: whether it runs; whether the cloud answered it (None: not known yet); if not,
    why, in the machine's own words."""

    runs: bool
    reaches: bool | None = None
    reason: str = ""


class Host(Protocol):
    """One rented machine, connected. Every method may raise HostUnreachable when the connection is lost: connect again
    and call again; all of them are safe to repeat and take up where they were."""

    async def facts(self) -> HostFacts: ...

    async def prepare(self, run: str) -> None:
        """Makes the run's empty folders and the links `~/training/dataset` and `~/training/output`."""

    async def setup(self, run: str, plan: SetupPlan, on_line: Callable[[str], None]) -> Environment:
        """Raises HostCommandFailed with the last lines, HostDiskFull."""

    async def upload_dataset(self, run: str, manifest: Manifest, on_progress: OnProgress) -> None:
        """Sends what the host does not have yet, verifies every hash there, links it as the run's dataset.

        Raises DatasetProblem when a local file changed meanwhile, HostDiskFull.
        """

    async def upload_source(self, run: str, manifest: Manifest) -> None:
        """The user's own code (custom), beside the dataset; the command runs in it."""

    async def upload_checkpoint(self, run: str, manifest: Manifest) -> None:
        """What an earlier run left, for this one's job to go on from."""

    async def start_job(self, spec: JobSpec) -> None:
        """Starts the job detached under the runner. A run that was started is never started again by this."""

    async def poll_job(self, run: str, offset: int, telemetry_offset: int, limit: int = 1 << 20) -> JobPoll: ...

    async def stop_job(self, run: str, grace: Sequence[float] = (20.0, 10.0)) -> None:
        """INT, after grace[0] seconds TERM, after grace[1] more KILL, to all that the job started; returns when it is
        over."""

    async def output_files(self, run: str) -> list[RemoteFile]: ...

    async def download(self, run: str, file: RemoteFile, to: Path, on_progress: OnProgress) -> Downloaded:
        """To `<to>.part`, resumed; SHA-256 on both ends; fsync; renamed to `to`. Raises HostError when they differ."""

    async def keep_lease(self, run: str, lease: Lease) -> LeaseWord:
        """The heartbeat of the lease. Where it did not run it was started."""

    async def remove_secrets(self, run: str) -> None:
        """Removes what only the run needed there (before a machine that stays is left)."""

    async def close(self) -> None: ...


class HostConnector(Protocol):
    async def connect(self, target: HostTarget) -> Host:
        """One attempt. Raises HostUnreachable, HostLoginRefused (both worth another), HostKeyChanged (never)."""


# ------------------------------------------------------------------------------------------------- the run's files


class RunFiles(Protocol):
    """What a run keeps on the local disk beside its journal. Of several machines each has a log and a host key of its
    own; node 0's log is the run's."""

    def log_size(self, node: int = 0) -> int: ...
    def read_log(self, node: int = 0) -> Iterator[bytes]:
        """The stored log from its start, in pieces."""

    def append_log(self, data: bytes, node: int = 0) -> None: ...
    def append_metrics(self, line: str) -> None: ...
    def append_telemetry(self, line: str) -> None: ...
    def make_key(self) -> str:
        """The run's ed25519 key, made where there is none yet. The public half in OpenSSH's one-line form."""

    def make_password(self, *, keep: bool) -> str:
        """The launch password: the one on file, else a new one; written there (0600) only with `keep`."""

    def password(self) -> str | None: ...
    def key_path(self) -> Path: ...
    def known_hosts_path(self, node: int = 0) -> Path: ...
    def remove_secrets(self) -> None:
        """Key and password files of the run, and part files of downloads."""

    def artifact(self, relative: str) -> Path:
        """Where an artifact goes, its folder made. Raises HostError for a name that would leave the directory."""

    def model(self, name: str) -> Path: ...
    def keep_environment(self, installed: Mapping[str, Any]) -> None:
        """What setup found installed on the machine. Raises OSError."""

    def read_environment(self) -> Mapping[str, Any]:
        """The same again; empty where nothing was kept."""

    def artifacts(self) -> list[str]:
        """The names of all artifacts that are here whole."""

    def holds_artifact(self, relative: str, size: int, mtime_ns: int) -> bool:
        """Whether the artifact of that name has that size and time, as a download leaves them."""

    def begin_with_artifact(self, relative: str, to: Path) -> None:
        """Lays a copy where a download of `to` goes on from."""

    def go_on_as_artifact(self, model_name: str, relative: str) -> None:
        """What a download of the model has brought so far becomes that of the artifact, where there is none yet. Raises
        OSError, HostError."""

    def drop_artifact(self, relative: str) -> None: ...
    def read_artifact(self, relative: str, limit: int) -> bytes | None:
        """The artifact's bytes; None where it is not there or larger than `limit`."""

    def read_profile(self) -> bytes:
        """The profile as resolved."""

    def read_metrics(self) -> Iterator[bytes]:
        """The lines of metrics.jsonl."""

    def write_beside_model(self, model_name: str, name: str, data: bytes) -> None:
        """Into `details/<the model's name without its extension>/` among the models. Raises OSError."""

    def model_names(self) -> set[str]:
        """The names already taken in the models directory."""

    def try_models_directory(self) -> None:
        """Makes it where it is not there. Raises OSError where no file can be written to it."""

    def lost_guarantee(self) -> str | None:
        """What does not hold where the run's directory lies (a network file system), as a sentence."""

    def free_bytes(self) -> int:
        """The room on the disk where artifacts and models go, the smaller of the two."""


class DatasetSource(Protocol):
    """The data of the run, here. All of it blocks on disk: implementations use threads."""

    async def check(self) -> tuple[int, tuple[str, ...]]:
        """The size in bytes and warnings. Raises DatasetProblem with every fault found."""

    async def manifest(self) -> Manifest | None:
        """What is to be sent, hashed; None where the run has no dataset."""

    async def source(self) -> Manifest | None:
        """The user's code (custom)."""

    async def checkpoint(self) -> Manifest | None:
        """What an earlier run left to go on from; None where this run begins anew."""
