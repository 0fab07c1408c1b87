"""Every binding of the program in one place: for the key map, the documentation and the tests."""

from __future__ import annotations

from textual.binding import Binding
from textual.dom import DOMNode

Group = tuple[str, list[Binding]]


def groups(program: type[DOMNode]) -> list[Group]:
    """(where the keys work, its bindings in the order in which they were written). `program` is the App's class."""
    # Imported here: a start that shows one screen needs none of the others.
    from unitrainer_tui.screens import (
        audit,
        compare,
        dataset,
        dataset_look,
        dialogs,
        earlier_runs,
        event_log,
        folder_tree,
        help,
        home,
        profile_form,
        profiles,
        review,
        run,
        settings,
    )
    from unitrainer_tui.widgets import log_lines, log_pane

    owners: list[tuple[str, tuple[type[DOMNode], ...]]] = [
        ("Everywhere", (event_log.EventKeepingApp, program)),
        ("Runs", (home.HomeScreen,)),
        ("Live run", (run.RunScreen,)),
        ("Log of a live run", (log_lines.LogLines, log_pane.SearchField)),
        ("Earlier runs to compare with", (earlier_runs.EarlierRuns,)),
        ("Event log", (event_log.EventLogScreen,)),
        ("Two runs", (compare.CompareScreen,)),
        ("Audit", (audit.AuditScreen,)),
        ("Profiles", (profiles.ProfileScreen,)),
        ("Form of a profile", (profile_form.ProfileForm,)),
        ("Dataset", (dataset.DatasetScreen, dataset.PathField)),
        ("Tree of folders", (folder_tree.TreeScreen, folder_tree.FolderTree)),
        ("Inside a dataset", (dataset_look.DatasetLook,)),
        ("Settings", (settings.SettingsScreen,)),
        ("New run: review", (review.ReviewScreen,)),
        ("Questions and help", (dialogs.Question, dialogs.NameQuestion, dialogs.PickQuestion, help.HelpScreen)),
    ]
    return [
        (title, [one for owner in classes for one in owner.__dict__["BINDINGS"] if isinstance(one, Binding)])
        for title, classes in owners
    ]
