"""Puts a run together: the profile's words become a cloud, a connector, a journal."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

from unitrainer_tui.clouds.canopywave import BASE_URL, CanopyWave
from unitrainer_tui.clouds.embedded import ssh_port_at
from unitrainer_tui.config.install import install_id
from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import Profile, load_profile
from unitrainer_tui.config.secrets import ApiKey, api_key
from unitrainer_tui.errors import SecretProblem
from unitrainer_tui.frameworks.registry import spec_of
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.ports import Clock, Cloud
from unitrainer_tui.remote import SshConnector
from unitrainer_tui.remote.keys import make_key_pair
from unitrainer_tui.runs.directory import RunDirectory, is_watched
from unitrainer_tui.runs.files import LocalRunFiles
from unitrainer_tui.runs.journal import JournalFile
from unitrainer_tui.runs.names import new_install_id
from unitrainer_tui.runs.origin import read_origin
from unitrainer_tui.sandbox import endpoint
from unitrainer_tui.supervisor.data import LocalData
from unitrainer_tui.text import REDACTOR

URL_VARIABLE = "CANOPYWAVE_API_URL"


async def build_context(where: Paths, directory: RunDirectory, journal: JournalFile, clock: Clock) -> RunContext:
    """Raises UsageProblem when the profile or the API key does not hold."""
    profile = load_profile(directory.profile)
    cloud, profile = await open_cloud(profile, where)
    return RunContext(
        run=directory.run,
        install=install_id(where, new_install_id()),
        profile=profile,
        framework=spec_of(profile),
        record=Recorder(journal, clock),
        files=LocalRunFiles(directory, models_dir(profile, where), make_key_pair),
        clock=clock,
        cloud=cloud,
        connector=SshConnector(clock),
        data=LocalData(profile, directory),
        origin=read_origin(directory),
        damaged=journal.damaged,
        watched=lambda: is_watched(directory),
        secret_env=_secret_env(profile),
        grant_lease=cloud.lease if isinstance(cloud, CanopyWave) and profile.limits.lease_minutes else None,
    )


def models_dir(profile: Profile, where: Paths) -> Path:
    return profile.output.models_dir or where.models


async def open_cloud(profile: Profile, where: Paths) -> tuple[Cloud | None, Profile]:
    """The profile's cloud (None for an own machine) and the profile with what the embedded cloud fills in.

    Raises SecretProblem when there is no usable API key.
    """
    if profile.cloud.provider == "host":
        return None, profile
    url = profile.cloud.api_url or os.environ.get(URL_VARIABLE, "").strip() or None
    if profile.cloud.provider == "sandbox":
        profile, url, key = await _sandbox(profile, where, url)
    else:
        key = api_key(where, profile.cloud.api_key_command)
        if url is not None and profile.ssh.port is None and _is_loopback(url):
            # The embedded cloud under another provider's name: only it is on this machine.
            profile = _with_port(profile, await ssh_port_at(url))
    REDACTOR.register(key.value, "API key")
    cloud = CanopyWave(
        key.value,
        profile.cloud.project or "",
        profile.cloud.region or "",
        base_url=url or BASE_URL,
        timeout_s=profile.timing.api_timeout_s,
        allow_private=profile.ssh.allow_private,
    )
    return cloud, profile


async def _sandbox(profile: Profile, where: Paths, url: str | None) -> tuple[Profile, str, ApiKey]:
    """The embedded cloud that serves this state directory, started when needed; or the one at `url`."""
    known = endpoint.locate(where)
    if profile.cloud.api_url is None and (url is None or (known is not None and known.url == url)):
        found = known or await endpoint.ensure(where)
        url, key, port = found.url, ApiKey(found.api_key, "sandbox"), found.ssh_port
    else:
        assert url is not None
        try:
            key = api_key(where, profile.cloud.api_key_command)
        except SecretProblem:
            if known is None or known.url.rstrip("/") != url.rstrip("/"):
                raise
            key = ApiKey(known.api_key, "sandbox")
        port = await ssh_port_at(url)
    cloud = profile.cloud.model_copy(
        update={
            "project": profile.cloud.project or "demo",
            "region": profile.cloud.region or "loopback",
            "flavor": profile.cloud.flavor or "CPU-2",
            "image": profile.cloud.image or "CPU-Ubuntu.22.04",
        }
    )
    return _with_port(profile.model_copy(update={"cloud": cloud}), port), url, key


def _with_port(profile: Profile, port: int) -> Profile:
    if profile.ssh.port is not None:
        return profile
    return profile.model_copy(update={"ssh": profile.ssh.model_copy(update={"port": port})})


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secret_env(profile: Profile) -> dict[str, str]:
    """The variables of `training.env_from` that this process has. A supervisor that takes a run over may lack some;
    that matters only where the job has not started yet."""
    values = {name: os.environ[name] for name in profile.training.env_from if name in os.environ}
    for name, value in values.items():
        REDACTOR.register(value, name)
    return values
