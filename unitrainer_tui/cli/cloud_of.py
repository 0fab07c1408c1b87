"""Which cloud a command without a run speaks to: the profile that was named, else that of the newest run."""

from __future__ import annotations

from unitrainer_tui.cli.options import profile_path
from unitrainer_tui.client import Client
from unitrainer_tui.config.profile import Profile, load_profile
from unitrainer_tui.errors import UsageProblem


def profiles_to_ask(client: Client, name: str | None) -> list[Profile]:
    """One profile for each project and region. Raises UsageProblem where there is none to ask."""
    if name is not None:
        return [load_profile(profile_path(name, client.paths))]
    found = client.clouds()
    if not found:
        raise UsageProblem("There is no run whose cloud could be asked.", "Name a profile.")
    return found
