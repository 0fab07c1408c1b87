"""Three themes: dark, light, and the terminal's own colours. One accent, and colour only where it says something."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

DEFAULT_THEME = "dark"

_DARK = Theme(
    name="dark",
    primary="#6cb6ff",
    secondary="#8ddb8c",
    accent="#dcbdfb",
    foreground="#d5dbe3",
    background="#14181e",
    surface="#1b2129",
    panel="#262e39",
    success="#7fc97f",
    warning="#e0b050",
    error="#f47067",
    dark=True,
    variables={"muted": "#8b96a5", "faint": "#5c6673"},
)
_LIGHT = Theme(
    name="light",
    primary="#0550ae",
    secondary="#116329",
    accent="#6639ba",
    foreground="#1f2328",
    background="#ffffff",
    surface="#f6f8fa",
    panel="#e4e8ee",
    success="#116329",
    warning="#7d4e00",
    error="#b3141d",
    dark=False,
    variables={"muted": "#59636e", "faint": "#818b98"},
)
_TERMINAL = Theme(
    name="terminal",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    accent="ansi_magenta",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={**BUILTIN_THEMES["ansi-dark"].variables, "muted": "ansi_default", "faint": "ansi_bright_black"},
)
THEMES = (_DARK, _LIGHT, _TERMINAL)


def chosen_theme(name: str) -> str:
    """A known theme's name; the default for any other."""
    return name if name in {theme.name for theme in THEMES} else DEFAULT_THEME
