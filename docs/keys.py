"""Writes the tables of docs/KEYS.md from the bindings themselves; the words around them are here."""

from __future__ import annotations

from pathlib import Path

from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.screens.all_keys import groups
from unitrainer_tui.screens.help import shown_key

HEAD = """\
# Keys

`?` shows the keys that work where you are; `ctrl+p` finds everything by name. Nothing that costs or destroys happens
without a question, and the question begins on *Cancel*. The ids are what a key map refers to.

This page is written by `python docs/keys.py` from the bindings.
"""

TAIL = """
The log follows its end. Scrolling up stops that and holds the lines quite still; the header counts what has come
since, and `end` follows again. The whole log is in the file that the header names.
"""

SETTINGS = """
## Your own keys and looks

`settings.toml` in the configuration folder (`unitrainer-tui doctor` prints where that is):

```toml
theme = "terminal"         # dark, light, or terminal: your terminal's own colours
ascii = false              # draw with ASCII alone
mouse = true               # false: the terminal keeps the mouse for selecting text
low_bandwidth = false      # repaint less often, for a slow link

[keymap]                   # the id of a key = the keys that do it, with commas between them
"home.new" = "n,f2"
"run.abort" = "ctrl+x"
```

`--ascii`, `--no-mouse` and `--low-bandwidth` say the same for one start of `unitrainer-tui` or `attach`;
`UNITRAINER_THEME` does for the theme, and `NO_COLOR` is respected. An id that does not exist, or two keys that clash,
are told at the start.
"""


def document() -> str:
    parts = [HEAD]
    for title, bindings in groups(UnitrainerApp):
        rows = [
            f"| {' '.join(f'`{shown_key(key)}`' for key in one.key.split(','))} | {one.tooltip} | `{one.id}` |"
            for one in bindings
        ]
        parts.append("\n".join([f"\n## {title}\n", "| key | what it does | id |", "|---|---|---|", *rows, ""]))
    return "".join([*parts, TAIL, SETTINGS])


if __name__ == "__main__":
    (Path(__file__).parent / "KEYS.md").write_text(document(), encoding="utf-8")
