"""What becomes of the machine at the end, and who guards it until then, in words and as a decision. Pure."""

from __future__ import annotations

from unitrainer_tui.config.profile import EndAction, Profile

# What the lease costs: FAULTS, guard levels (T3).
LEASE_PRICE = (
    "your API key is on the rented machine for it, in the memory of a process of the same user as the job: "
    "a program that runs there can read it"
)


def end_action(profile: Profile, *, finished: bool, watched: bool) -> EndAction:
    """What the end policy says: did training end well, and does anybody watch."""
    end = profile.end
    if watched:
        return end.finished if finished else end.failed
    return end.unattended_finished if finished else end.unattended_failed


def end_words(profile: Profile) -> str:
    """The end policy, as told before a launch."""
    if profile.cloud.provider == "host":
        return "the machine stays as it is"
    kept = [
        words
        for words, watched, finished in (
            ("finished while somebody watches", True, True),
            ("failed while somebody watches", True, False),
            ("finished unwatched", False, True),
            ("failed unwatched", False, False),
        )
        if end_action(profile, finished=finished, watched=watched) == "keep"
    ]
    if not kept:
        return "terminated and seen gone, whether it finished or failed, watched or not"
    return (
        f"KEPT for {profile.end.keep_minutes:g} minutes, and paid for, when it {', '.join(kept)}; terminated after "
        "that, at a limit, and in every other case"
    )


def guard_words(profile: Profile) -> str:
    """Which guard levels hold for a run of this profile, and what that means."""
    if profile.cloud.provider == "host":
        return "none is needed: the machine is yours"
    minutes = profile.limits.lease_minutes
    if minutes is not None:
        return f"T1 and T3: the machine ends itself after {minutes:g} minutes without us; {LEASE_PRICE}"
    return (
        "T1, this machine: if it never comes back, the rented one is billed on until `unitrainer-tui guard` runs "
        "elsewhere (T2) or somebody terminates it; limits.lease_minutes makes it end itself (T3)"
    )
