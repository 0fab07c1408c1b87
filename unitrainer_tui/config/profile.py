"""The profile: what to rent, what to train, the limits. Strict: an unknown key is an error that names the nearest.

The field's docstrings below are the reference that `profile schema` prints.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from unitrainer_tui.errors import ProfileProblem

Framework = Literal["yolo", "pytorch", "sklearn", "xgboost", "lightgbm", "custom"]
Provider = Literal["canopywave", "sandbox", "host"]

# A flavor of CanopyWave ends in its GPU count: "H100-4" is four H100.
_FLAVOR_GPUS = re.compile(r"-(\d{1,3})$")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

Seconds = Annotated[float, Field(gt=0)]

EndAction = Literal["terminate", "keep"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, validate_default=False)


class CloudSection(Section):
    provider: Provider = "canopywave"
    """Who rents the machine: canopywave, sandbox (the embedded cloud) or host (a machine that you already have)."""
    project: str | None = None
    """The project of the account. The sandbox's is `demo`."""
    region: str | None = None
    flavor: str | list[str] | None = None
    """The machine type, or a list that is tried in order when there is no capacity."""
    image: str | None = None
    api_url: str | None = None
    """Another base URL of the API. `CANOPYWAVE_API_URL` in the environment says the same."""
    api_key_command: str | None = None
    """A command that prints the API key, such as `pass show canopywave`."""
    exclusive_project: bool = False
    """Nobody else uses the project: a public IP that appeared around our own allocate call is ours."""
    address: str | None = None
    """provider = "host": the machine's name or address, or an alias of ~/.ssh/config."""
    nodes: Annotated[int, Field(ge=1, le=64)] = 1
    """How many machines of the flavor train one model together: pytorch, or a command of your own that can."""
    rendezvous_port: Annotated[int, Field(ge=1024, le=65535)] | None = None
    """The port of node 0 where several machines meet. Where it is not said each run has its own from 29400 on."""

    @property
    def flavors(self) -> list[str]:
        if self.flavor is None:
            return []
        return [self.flavor] if isinstance(self.flavor, str) else list(self.flavor)


class SshSection(Section):
    user: str | None = None
    """`ubuntu` where it is not said; on a machine of your own what your ssh configuration says."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """22 where it is not said; the sandbox's own port with provider = "sandbox"."""
    auth: Literal["key", "password"] = "key"
    """key: an ed25519 key made for the run and removed at its end. password: the launch password."""
    allow_private: bool = False
    """Believe a private address (a VPN into the project's network)."""

    @property
    def user_or_default(self) -> str:
        return self.user or "ubuntu"

    @property
    def port_or_default(self) -> int:
        return self.port or 22


class TrainingSection(Section):
    framework: Framework
    model: str | None = None
    """The framework's own name of a model; each framework has a default."""
    epochs: Annotated[int, Field(ge=1)] = 10
    batch_size: Annotated[int, Field(ge=1)] | None = None
    image_size: Annotated[int, Field(ge=1)] | None = None
    seed: int = 0
    gpus: Literal["auto"] | Annotated[int, Field(ge=0)] = "auto"
    """auto: yolo and pytorch need every GPU of the flavor, other frameworks none; 0 allows the CPU."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Passed to the framework as they are."""
    env: dict[str, str] = Field(default_factory=dict)
    env_from: list[str] = Field(default_factory=list)
    """Names of environment variables here whose values reach the job as secrets."""
    command: str | None = None
    """custom: the shell line that trains."""
    source: Path | None = None
    """custom: a folder sent beside the dataset; the command runs in it."""
    artifacts: list[str] = Field(default_factory=list)
    """custom: patterns below the output folder; the first match is the model."""
    setup: list[str] = Field(default_factory=list)
    """custom: shell lines that run once before training."""

    @field_validator("env_from")
    @classmethod
    def _names(cls, value: list[str]) -> list[str]:
        for name in value:
            if not _ENV_NAME.match(name):
                raise ValueError(f"{name!r} is not the name of an environment variable")
        return value

    @field_validator("env")
    @classmethod
    def _env_names(cls, value: dict[str, str]) -> dict[str, str]:
        cls._names(list(value))
        return value

    @field_validator("model")
    @classmethod
    def _model(cls, value: str | None) -> str | None:
        return value.strip() or None if value else None


class DatasetSection(Section):
    path: Path | None = None
    target: str | None = None
    """Tabular: the column to predict. Default: `label` or `target`, else the last column."""
    weight: str | None = None
    categorical: list[str] = Field(default_factory=list)
    group: str | None = None
    """Ranking: the column that names the query of a row."""
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.2
    follow_outside: bool = False
    """Send what links that leave the dataset point to."""
    background: bool = False
    """yolo: pictures without a label file show nothing to find; without it many of them are a fault."""


class LimitsSection(Section):
    max_hours: Annotated[float, Field(gt=0)] = 24.0
    """Counted from launch; then training is stopped, what exists is fetched, the machine is given back."""
    budget_usd: Annotated[float, Field(gt=0)] | None = None
    idle_minutes: Annotated[float, Field(gt=0)] | None = None
    """No output for so long and every readable GPU below 5 %: the job is taken for hung."""
    rescue_minutes: Annotated[float, Field(ge=0)] = 30.0
    """How long we go on paying to bring home what training left when that is difficult."""
    lease_minutes: Annotated[float, Field(gt=0)] | None = None
    """Opt-in: the rented machine ends itself when the supervisor is silent for so long. It holds the API key for it."""
    minimum_charge_hours: Annotated[float, Field(ge=0)] = 0.0
    usd_per_hour: Annotated[float, Field(ge=0)] | None = None
    """States the price where the cloud does not tell it."""
    free_mb: Annotated[float, Field(ge=0)] = 200.0
    """Room that must stay free on the local disk beside the estimated model."""


class OutputSection(Section):
    models_dir: Path | None = None
    keep_checkpoints: bool = True
    checkpoint_minutes: Annotated[float, Field(ge=0)] = 5.0
    """How often checkpoints are brought home while training goes on; 0: only at its end."""


class TimingSection(Section):
    poll_seconds: Seconds = 5.0
    boot_timeout_s: Seconds = 900.0
    ssh_timeout_s: Seconds = 300.0
    settle_seconds: Annotated[float, Field(ge=0)] = 60.0
    """A launch or allocate call whose answer was unclear may take effect for so long."""
    api_timeout_s: Seconds = 30.0
    keepalive_s: Seconds = 10.0
    cleanup_report_s: Seconds = 120.0


class EndSection(Section):
    """What becomes of the rented machine when everything is home: terminate, or keep it for a while to look at. The
    first two hold while somebody watches (the TUI, attach, run in the foreground, logs -f)."""

    finished: EndAction = "terminate"
    failed: EndAction = "terminate"
    unattended_finished: EndAction = "terminate"
    unattended_failed: EndAction = "terminate"
    keep_minutes: Annotated[float, Field(gt=0)] = 60.0
    """How long a kept machine stays, within the limits; `stop` ends it sooner."""


class NotifySection(Section):
    command: str | None = None
    """A command of yours that runs here when the run has ended; the result is on its standard input as JSON."""


class Profile(Section):
    name: str = "run"
    cloud: CloudSection = Field(default_factory=CloudSection)
    ssh: SshSection = Field(default_factory=SshSection)
    training: TrainingSection
    dataset: DatasetSection = Field(default_factory=DatasetSection)
    limits: LimitsSection = Field(default_factory=LimitsSection)
    output: OutputSection = Field(default_factory=OutputSection)
    timing: TimingSection = Field(default_factory=TimingSection)
    end: EndSection = Field(default_factory=EndSection)
    notify: NotifySection = Field(default_factory=NotifySection)

    @model_validator(mode="after")
    def _whole(self) -> Profile:
        cloud, training = self.cloud, self.training
        if cloud.provider == "canopywave":
            for key in ("project", "region", "flavor", "image"):
                if not getattr(cloud, key):
                    raise ValueError(f"cloud.{key}|is missing: say what to rent")
        if cloud.provider == "host" and not cloud.address:
            raise ValueError('cloud.address|is missing: provider = "host" needs the machine\'s address')
        if cloud.provider == "host" and self.limits.lease_minutes is not None:
            raise ValueError('limits.lease_minutes|is for rented machines: provider = "host" terminates nothing')
        if training.framework == "custom" and not (training.command or "").strip():
            raise ValueError('training.command|is missing: framework = "custom" runs your own command')
        if training.framework != "custom":
            for key in ("command", "source", "artifacts", "setup"):
                if getattr(training, key):
                    raise ValueError(f'training.{key}|belongs to framework = "custom"')
        return self

    def gpus_needed(self, flavor: str | None) -> int:
        """How many GPUs the preflight must find on the host. 0 allows the CPU."""
        if self.training.gpus != "auto":
            return self.training.gpus
        if self.training.framework not in ("yolo", "pytorch"):
            return 0
        if self.cloud.provider == "host":
            return 1
        return flavor_gpus(flavor)


def flavor_gpus(flavor: str | None) -> int:
    """The GPU count in a flavor's name: "H100-4" is 4, a name without one counts as 1, a CPU flavor as 0."""
    if not flavor:
        return 1
    if flavor.upper().startswith("CPU"):
        return 0
    found = _FLAVOR_GPUS.search(flavor)
    return int(found.group(1)) if found else 1


def load_profile(path: Path, overrides: Mapping[str, str] | None = None) -> Profile:
    """Reads and checks a profile file. `overrides` are dotted keys with TOML values or bare strings (`--set`).

    Relative paths in it become absolute, relative to the file. Raises ProfileProblem with file, key and remedy.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise ProfileProblem(f"Cannot read the profile {path}: {problem.strerror}.", "Check the path.") from None
    except UnicodeDecodeError:
        raise ProfileProblem(f"The profile {path} is not UTF-8 text.", "Save it as UTF-8.") from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ProfileProblem(f"{path}: not valid TOML: {problem}.", "Mend that line.") from None
    for key, value in (overrides or {}).items():
        _set(table, key, value)
    return parse_profile(table, source=str(path), base=path.absolute().parent)


def parse_profile(table: dict[str, Any], *, source: str = "profile", base: Path | None = None) -> Profile:
    """Checks a table as read from TOML. Raises ProfileProblem; every problem found is listed in `problems`."""
    unknown = list(_unknown_keys(Profile, table, ""))
    try:
        profile = Profile.model_validate(table)
    except ValidationError as problem:
        problems = unknown + [
            found for error in problem.errors() if error["type"] != "extra_forbidden" for found in [_explain(error)]
        ]
        raise _profile_problem(source, problems) from None
    if unknown:
        raise _profile_problem(source, unknown)
    return _with_absolute_paths(profile, base or Path.cwd())


def _profile_problem(source: str, problems: list[tuple[str, str]]) -> ProfileProblem:
    key, what = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return ProfileProblem(f"{source}: {key}: {what}{more}.", problems=problems)


def _explain(error: Any) -> tuple[str, str]:
    key = ".".join(str(part) for part in error["loc"] if not _is_union_tag(part)) or "profile"
    message = str(error["msg"]).removeprefix("Value error, ")
    if "|" in message:
        key, _, message = message.partition("|")
    elif error["type"] == "missing":
        message = "is missing"
    elif error["type"] == "literal_error":
        message = f"{error['input']!r} is not one of {error['ctx']['expected']}"
    else:
        given = error.get("input")
        message = f"{message[:1].lower()}{message[1:]}" + (f", not {given!r}" if _short(given) else "")
    return key, message


def _short(value: object) -> bool:
    return isinstance(value, str | int | float | bool) and len(str(value)) <= 40


def _is_union_tag(part: object) -> bool:
    return isinstance(part, str) and (part in ("str", "int", "float", "list[str]") or "[" in part or "-" in part)


def _unknown_keys(model: type[BaseModel], table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        field = model.model_fields.get(key)
        if field is None:
            near = difflib.get_close_matches(key, model.model_fields, n=1, cutoff=0.5)
            elsewhere = [] if near else _places_of(key)
            hint = f"; did you mean {prefix}{near[0]}?" if near else ""
            if elsewhere:
                hint = f"; it belongs to {elsewhere[0]}"
            yield f"{prefix}{key}", f"is not a known key{hint}"
        elif isinstance(field.annotation, type) and issubclass(field.annotation, Section) and isinstance(value, dict):
            yield from _unknown_keys(field.annotation, value, f"{prefix}{key}.")


def _places_of(key: str) -> list[str]:
    return [
        f"[{name}]"
        for name, field in Profile.model_fields.items()
        if isinstance(field.annotation, type)
        and issubclass(field.annotation, Section)
        and key in field.annotation.model_fields
    ]


def _set(table: dict[str, Any], dotted: str, value: str) -> None:
    """`--set training.epochs=2`: the value is read as TOML where that works, else as a plain string."""
    *sections, last = [part.strip() for part in dotted.split(".")]
    for section in sections:
        table = table.setdefault(section, {})
        if not isinstance(table, dict):
            raise ProfileProblem(f"--set {dotted}: {section} is not a section.", "Use a dotted key of the profile.")
    try:
        table[last] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        table[last] = value


def _with_absolute_paths(profile: Profile, base: Path) -> Profile:
    def absolute(path: Path | None) -> Path | None:
        return None if path is None else (base / path.expanduser()).absolute()

    return profile.model_copy(
        update={
            "dataset": profile.dataset.model_copy(update={"path": absolute(profile.dataset.path)}),
            "training": profile.training.model_copy(update={"source": absolute(profile.training.source)}),
            "output": profile.output.model_copy(update={"models_dir": absolute(profile.output.models_dir)}),
        }
    )


def dump_profile(profile: Profile) -> str:
    """The profile as TOML, only the keys that were said or resolved. It never holds a secret."""
    import tomli_w

    table = profile.model_dump(mode="json", exclude_none=True, exclude_defaults=False)
    return tomli_w.dumps(table)
