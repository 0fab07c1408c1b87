"""A tree of folders, read as it is opened, so that a folder of 100,000 files costs no more than what it shows."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Footer, Tree
from textual.widgets.tree import TreeNode
from textual.worker import Worker, WorkType

from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import home_relative
from unitrainer_tui.widgets.lists import Branches
from unitrainer_tui.widgets.still_text import StillText

MOST_SHOWN = 500
MOST_READ = 20_000


@dataclass(frozen=True)
class Listing:
    """Names of a folder, folders first; `left_out` are not shown, `more` when reading stopped before the end."""

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    left_out: int = 0
    more: bool = False
    problem: str = ""

    def note(self) -> str:
        """What is not shown, as one sentence; "" where everything is."""
        if self.problem:
            return self.problem
        if not self.left_out:
            return ""
        least = "at least " if self.more else ""
        return f"… {least}{self.left_out:,} more, not shown; type the beginning of a name in the path field"


def list_folder(path: Path, most: int = MOST_SHOWN, read: int = MOST_READ) -> Listing:
    """Hidden names are left out. Never raises. Reads a folder: call it in a thread."""
    folders: list[str] = []
    files: list[str] = []
    more = False
    try:
        with os.scandir(path) as entries:
            for seen, entry in enumerate(entries):
                if seen >= read:
                    more = True
                    break
                if not entry.name.startswith("."):
                    (folders if entry.is_dir() else files).append(entry.name)
    except OSError as problem:
        return Listing(problem=f"cannot be read: {problem.strerror}")
    shown_folders = sorted(folders)[:most]
    shown_files = sorted(files)[: most - len(shown_folders)]
    left_out = len(folders) + len(files) - len(shown_folders) - len(shown_files)
    return Listing(tuple(shown_folders), tuple(shown_files), left_out + more, more)


class FolderTree(Branches):
    """Enter takes what is under the cursor; right opens a folder, left closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "open", "Open", key_display="→", id="tree.open", tooltip="Open the folder under the cursor"),
        Binding(
            "left,h", "shut", "Close", key_display="←", id="tree.close", tooltip="Close the folder, or go to its own"
        ),
        Binding("j", "cursor_down", "Down", show=False, id="tree.down", tooltip="The next line"),
        Binding("k", "cursor_up", "Up", show=False, id="tree.up", tooltip="The line before"),
    ]

    def action_open(self) -> None:
        if self.cursor_node is not None and self.cursor_node.allow_expand:
            self.cursor_node.expand()

    def action_shut(self) -> None:
        node = self.cursor_node
        if node is None:
            return
        if node.is_expanded and node.allow_expand:
            node.collapse()
        elif node.parent is not None:
            self.move_cursor(node.parent)


class TreeScreen(ProgramScreen[str | None]):
    """Closes with the path that was taken, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take this", id="tree.take", tooltip="Take the path under the cursor"),
        Binding("u", "above", "Folder above", id="tree.above", tooltip="Begin the tree one folder above"),
        Binding("escape", "leave", "Back", key_display="esc", id="tree.back", tooltip="Back to the path field"),
    ]

    def __init__(self, start: Path) -> None:
        super().__init__()
        self._start = start

    def compose(self) -> ComposeResult:
        yield StillText(classes="screen-title", id="tree-title")
        tree = FolderTree("", None, id="tree")
        tree.auto_expand = False
        tree.guide_depth = 2
        yield tree
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(FolderTree).focus()
        self._begin(self._start)

    def _begin(self, path: Path) -> None:
        self._start = path
        title = Content.assemble((" Files  ", "bold"), (safe(home_relative(path)), "bold $primary"))
        self.query_one("#tree-title", StillText).show(title)
        tree = self.query_one(FolderTree)
        tree.reset(Text(safe(home_relative(path))), path)
        tree.root.expand()

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Path | None]) -> None:
        node = event.node
        if node.data is None or node.children:
            return
        fill: WorkType[None] = partial(self._fill, node)
        _: Worker[None] = self.run_worker(fill, name="tree", description="a folder of the tree", exit_on_error=False)

    async def _fill(self, node: TreeNode[Path | None]) -> None:
        path = node.data
        assert path is not None
        listing = await asyncio.to_thread(list_folder, path)
        if node.children or node.data != path:
            return
        for name in listing.folders:
            node.add(Text(f"{safe(name)}/"), path / name)
        for name in listing.files:
            node.add_leaf(Text(safe(name)), path / name)
        if listing.note():
            node.add_leaf(Text(listing.note(), "dim"), None)

    def action_take(self) -> None:
        node = self.query_one(FolderTree).cursor_node
        if node is None or node.data is None:
            self.say("That line is no file; move to a folder or a file.")
        else:
            self.dismiss(str(node.data))

    def action_above(self) -> None:
        self._begin(self._start.parent)

    def action_leave(self) -> None:
        self.dismiss(None)
