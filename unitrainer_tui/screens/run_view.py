"""What the parts of the live run's screen share: which run it is, what was heard of it, whether it still lives."""

from __future__ import annotations

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.origin import Origin
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.screens.run_listener import RunListener
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.widgets.run_feed import RunFeed


class RunView(ProgramScreen[None]):
    def __init__(self, run: str) -> None:
        super().__init__()
        self.run_id = run
        self.listener = RunListener(run, self.adopt)
        self.profile: Profile | None = None
        self.origin: Origin | None = None

    @property
    def feed(self) -> RunFeed:
        return self.listener.feed

    @property
    def state(self) -> RunState:
        return self.feed.state

    @property
    def live(self) -> bool:
        return self.state.result is None

    @property
    def directory(self) -> RunDirectory:
        return RunDirectory(self.program.client.paths.run(self.run_id))

    def adopt(self) -> None:
        """Another feed has taken the place of the one that was shown."""
