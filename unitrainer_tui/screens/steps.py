"""What the three steps to a run have in common: their titles, and a profile in a few words."""

from __future__ import annotations

from textual.content import Content

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.text import safe


def step_title(step: int, what: str) -> Content:
    """The title of one of the three steps to a run."""
    return Content.assemble((" New run ", "bold"), (f" {step} of 3  ", "$muted"), (what, "bold $primary"))


def machine(profile: Profile) -> str:
    """What the profile rents, in a few words."""
    cloud = profile.cloud
    if cloud.provider == "host":
        return f"your machine {safe(cloud.address or '')}"
    flavors = " or ".join(safe(flavor) for flavor in cloud.flavors) or "any flavor"
    return f"{flavors} from {cloud.provider}"


def work(profile: Profile) -> str:
    """What the profile trains, in a few words."""
    training = profile.training
    what = safe(training.model or "") or training.framework
    named = what if what == training.framework else f"{training.framework} {what}"
    return f"{named}, {training.epochs} epochs" if training.framework != "custom" else "your own command"
