"""Everything by name, as Textual's own palette."""

from __future__ import annotations

from textual.command import CommandList, CommandPalette


class Palette(CommandPalette):
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A page key while the list has no room yet raised KeyError in Textual, and ended the program."""
        if action == "command_list" and not any(one.scrollable_content_region for one in self.query(CommandList)):
            return False
        return super().check_action(action, parameters)
