"""A shell on a run's machine: OpenSSH's own client with the run's key and its pinned host key."""

from __future__ import annotations

from unitrainer_tui.clouds.embedded import ssh_port_at
from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import UsageProblem
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.sandbox import endpoint


async def ssh_command(where: Paths, directory: RunDirectory, profile: Profile, state: RunState, node: int) -> list[str]:
    """The words of it, without a command for the machine. Raises UsageProblem where the run holds no such machine."""
    ssh = profile.ssh
    if profile.cloud.provider == "host":
        user = f"{ssh.user}@" if ssh.user else ""
        return ["ssh", *(["-p", str(ssh.port)] if ssh.port else []), "--", f"{user}{profile.cloud.address}"]
    told = state.stages.get("address")
    addresses = told.reason.split(", ") if told is not None and told.status == "done" and told.reason else []
    if state.instance(node) is None or node >= len(addresses):
        which = f"machine {node}" if profile.cloud.nodes > 1 else "machine"
        raise UsageProblem(
            f"Run {directory.run} holds no {which} that could be reached.", f"See: unitrainer-tui show {directory.run}"
        )
    words = ["ssh", "-F", "none", "-p", str(await _port(where, profile))]
    # Quoted for OpenSSH, which takes several files there: a path may hold blanks.
    words += ["-o", f'UserKnownHostsFile="{directory.node_known_hosts(node)}"', "-o", "StrictHostKeyChecking=yes"]
    if ssh.auth == "key":
        words += ["-i", str(directory.key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"]
    return [*words, "--", f"{ssh.user_or_default}@{addresses[node]}"]


async def _port(where: Paths, profile: Profile) -> int:
    if profile.ssh.port is not None:
        return profile.ssh.port
    if profile.cloud.provider == "sandbox" and profile.cloud.api_url is None:
        known = endpoint.locate(where)
        if known is None:
            raise UsageProblem("The embedded cloud does not run, so there is no machine.")
        return known.ssh_port
    if profile.cloud.provider == "sandbox" and profile.cloud.api_url is not None:
        return await ssh_port_at(profile.cloud.api_url)
    return profile.ssh.port_or_default
