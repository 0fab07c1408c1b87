"""The fields of the profile form: which keys it shows, how typed text becomes a value, what is wrong with the whole.
Pure but for the resolving of paths."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from unitrainer_tui.config.profile import CloudSection, Framework, Provider, parse_profile
from unitrainer_tui.config.toml_edit import Edited, edited, line_of
from unitrainer_tui.errors import ProfileProblem
from unitrainer_tui.frameworks.registry import spec_of
from unitrainer_tui.ports import Offer
from unitrainer_tui.supervisor.market import Market
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import usd_per_hour

Kind = Literal["text", "whole", "number", "words"]


@dataclass(frozen=True)
class FormField:
    """`key` is dotted as in the file; `kind` is how typed text is read; `about` says what to type."""

    key: str
    label: str
    about: str
    kind: Kind = "text"


FIELDS = (
    FormField("name", "name", "How the runs of this profile are called."),
    FormField("cloud.provider", "provider", "Who rents: canopywave, sandbox (free, on this machine), host (your own)."),
    FormField("cloud.address", "address", "Only for host: its name, its address, or an alias of your ssh config."),
    FormField("cloud.project", "project", "The project of your account."),
    FormField("cloud.region", "region", "Where the machine stands."),
    FormField("cloud.flavor", "flavor", "The machine type; several with commas are tried in order.", "words"),
    FormField("cloud.image", "image", "What is installed on the machine when it starts."),
    FormField("training.framework", "framework", "What trains: yolo, pytorch, sklearn, xgboost, lightgbm, custom."),
    FormField("training.model", "model", "The framework's own name of a model; empty: its default."),
    FormField("training.command", "command", "Only for custom: the shell line that trains."),
    FormField("training.epochs", "epochs", "Times through the training data.", "whole"),
    FormField(
        "training.batch_size", "batch size", "Samples a step, of all GPUs together; empty: the default.", "whole"
    ),
    FormField("training.image_size", "image size", "Pixels; empty: the framework's default.", "whole"),
    FormField("dataset.path", "dataset", "A folder or a table; empty: chosen for each run."),
    FormField("dataset.target", "target", "Tables: the column to predict; empty: label, target, or the last."),
    FormField(
        "limits.max_hours", "max hours", "From launch; then what exists is fetched and all given back.", "number"
    ),
    FormField("limits.budget_usd", "budget $", "Dollars at most; empty: only the hours limit it.", "number"),
    FormField("limits.idle_minutes", "idle minutes", "Silent for so long: taken for hung; empty: never.", "number"),
    FormField("limits.usd_per_hour", "$ per hour", "States the price where the cloud does not tell it.", "number"),
)
BY_KEY = {field.key: field for field in FIELDS}


@dataclass(frozen=True)
class Fault:
    """One problem of the file as it would be saved; `line` counts from 1, None where there is none to name."""

    key: str
    what: str
    line: int | None = None

    def sentence(self, file: str) -> str:
        where = f"{file}:{self.line}" if self.line is not None else file
        return safe(f"{where}: {self.key + ': ' if self.key else ''}{self.what}", limit=300)


def value_in(table: Mapping[str, Any], key: str) -> Any:
    """The value of a dotted key, None where it is not said."""
    held: Any = table
    for name in key.split("."):
        held = held.get(name) if isinstance(held, Mapping) else None
    return held


def typed_of(value: Any) -> str:
    """A value as it stands in its field."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


def read_typed(field: FormField, typed: str) -> Any:
    """What was typed as the file's value. What is no number stays text: the check of the profile says so."""
    text = typed.strip()
    if not text:
        return None
    if field.kind == "words":
        words = [word.strip() for word in text.split(",") if word.strip()]
        return words[0] if len(words) == 1 else words
    if field.kind in ("whole", "number"):
        for read in (int, float):
            try:
                return read(text)
            except ValueError:
                continue
    return text


def changed_keys(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, Any]:
    """The keys whose fields were changed, with their new values (None: removed)."""
    return {key: read_typed(BY_KEY[key], typed) for key, typed in now.items() if typed.strip() != before[key].strip()}


def as_saved(text: str, before: Mapping[str, str], now: Mapping[str, str]) -> Edited:
    """The file's text with the form's changes in it."""
    changes = changed_keys(before, now)
    return edited(text, changes) if changes else Edited(text)


def faults_of(text: str, path: Path) -> list[Fault]:
    """Everything that the check of a profile file finds in this text."""
    try:
        spec_of(parse_profile(tomllib.loads(text), source=path.name, base=path.absolute().parent))
    except tomllib.TOMLDecodeError as problem:
        return [Fault("", f"not valid TOML: {problem}")]
    except ProfileProblem as problem:
        found = problem.problems or (("", problem.message),)
        return [Fault(key, what, line_of(text, key) if key else None) for key, what in found]
    return []


def cloud_section(now: Mapping[str, str]) -> CloudSection | None:
    """The cloud that the fields name so far; None where there is none to ask."""
    provider = now["cloud.provider"].strip() or "canopywave"
    if provider not in ("canopywave", "sandbox"):
        return None
    values = {
        name: read_typed(BY_KEY[f"cloud.{name}"], now[f"cloud.{name}"])
        for name in ("project", "region", "flavor", "image")
    }
    return CloudSection(provider="sandbox" if provider == "sandbox" else "canopywave", **values)


def choices_of(key: str, market: Market) -> tuple[str, ...]:
    """What can stand in a field, as far as it is known."""
    match key:
        case "cloud.provider":
            return get_args(Provider)
        case "training.framework":
            return get_args(Framework)
        case "cloud.project":
            return market.projects
        case "cloud.region":
            return market.regions
        case "cloud.image":
            return market.images
        case "cloud.flavor":
            return tuple(offer.flavor for offer in market.offers)
    return ()


def choice_words(key: str, market: Market) -> list[str]:
    """The same as they are shown: a flavor with its price and stock."""
    if key == "cloud.flavor":
        return [offer_words(offer) for offer in market.offers]
    return [safe(name, limit=60) for name in choices_of(key, market)]


def offer_words(offer: Offer) -> str:
    price = usd_per_hour(offer.usd_per_hour) if offer.usd_per_hour is not None else "price unknown"
    stock = {True: "in stock", False: "sold out", None: "stock unknown"}[offer.stock]
    return f"{safe(offer.flavor, limit=40)} {price} {stock}"


def not_offered(key: str, typed: str, market: Market) -> str:
    """A sentence where what stands in a field is none of what the cloud offers; "" where it is, or nothing is known."""
    known = choices_of(key, market)
    if not known or not typed.strip():
        return ""
    value = read_typed(BY_KEY[key], typed)
    strange = [str(word) for word in (value if isinstance(value, list) else [value]) if word not in known]
    return f"{safe(strange[0], limit=40)} is not offered now." if strange else ""


def next_choice(key: str, typed: str, market: Market, step: int) -> str | None:
    """The choice behind (or before) the one that stands in the field, around the end; None where there is none."""
    known = choices_of(key, market)
    if not known:
        return None
    here = typed.strip()
    if here in known:
        return known[(known.index(here) + step) % len(known)]
    return known[0 if step > 0 else -1]
