"""Reading the cloud's answers: every shape that CANOPYWAVE's API is known to send, as pure functions.

Where documentation and observation disagree all shapes are accepted; what cannot be understood is said to be unknown,
never guessed in our favour.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from unitrainer_tui.ports import Instance, InstanceRow, Offer, PublicIp

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Fields that may carry the public address, in the order of belief (CANOPYWAVE, traps).
_ADDRESS_FIELDS = ("ip", "floating_ip", "public_ip", "publicIp", "accessIPv4", "access_ip", "ipv4")
_SOLD_OUT = {"unavailable", "none", "sold out", "sold_out", "soldout", "out of stock", "out_of_stock", "no", "empty"}
_IN_STOCK = {"available", "in stock", "in_stock", "instock", "yes", "high", "medium", "low"}


def payload(body: Any) -> Any:
    """`{"data": X}` or a bare X."""
    return body["data"] if isinstance(body, Mapping) and "data" in body else body


def error_text(body: Any) -> str:
    """The cloud's own words for what went wrong, "" where it said nothing. HTML is reduced to its text."""
    if isinstance(body, Mapping):
        for key in ("error", "message", "detail", "msg"):
            value = body.get(key)
            if isinstance(value, str) and value.strip():
                return value.strip()[:500]
            if isinstance(value, Mapping | list) and value:
                inner = error_text(value[0] if isinstance(value, list) else value)
                return inner or str(value)[:500]
        return ""
    if isinstance(body, str):
        text = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", body)
        return " ".join(text.split())[:500]
    return ""


def names(data: Any, *keys: str) -> list[str]:
    """A list of names, or of objects that carry one under `keys`; also `{"items": […]}` and the like."""
    return [name for row in rows(data) if (name := _name(row, keys))]


def _name(row: Any, keys: tuple[str, ...]) -> str:
    if isinstance(row, str):
        return row
    if isinstance(row, Mapping):
        for key in (*keys, "name", "id"):
            if isinstance(row.get(key), str):
                return str(row[key])
    return ""


def rows(data: Any) -> list[Any]:
    data = payload(data)
    if isinstance(data, Mapping):
        lists = [value for value in data.values() if isinstance(value, list)]
        data = lists[0] if len(lists) == 1 else []
    return data if isinstance(data, list) else []


def is_list(data: Any) -> bool:
    """Whether the answer is a list at all: only then is what is missing from it absent."""
    data = payload(data)
    return isinstance(data, list) or (
        isinstance(data, Mapping) and sum(isinstance(value, list) for value in data.values()) == 1
    )


def text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def instance_row(row: Any) -> InstanceRow | None:
    if not isinstance(row, Mapping) or not (identity := text(row.get("id")) or text(row.get("instanceId"))):
        return None
    return InstanceRow(
        id=identity,
        name=text(row.get("name")),
        status=text(row.get("status")).upper(),
        flavor=text(row.get("flavor")),
        address=_global(row.get("publicIp")),
    )


def instance(body: Any, *, allow_private: bool) -> Instance | None:
    """One server object; None when the answer is none."""
    server = payload(body)
    if isinstance(server, Mapping) and isinstance(server.get("server"), Mapping):
        server = server["server"]
    if not isinstance(server, Mapping) or not (identity := text(server.get("id"))):
        return None
    fault = server.get("fault")
    return Instance(
        id=identity,
        name=text(server.get("name")),
        status=text(server.get("status")).upper(),
        address=believed_address(server, allow_private=allow_private),
        private=next(iter(_addresses(server, fixed=True)), None),
        task_state=text(server.get("OS-EXT-STS:task_state")) or None,
        fault=error_text(fault) or None if fault else None,
    )


def believed_address(server: Mapping[str, Any], *, allow_private: bool) -> str | None:
    """The first address that can be believed: typed floating; then the named fields where global; private ones only
    where the profile allows them."""
    for address in _addresses(server, fixed=False):
        return address
    for key in _ADDRESS_FIELDS:
        if (named := _global(server.get(key))) is not None:
            return named
    if allow_private:
        for key in _ADDRESS_FIELDS:
            if (named := _ipv4(server.get(key))) is not None:
                return named
        for address in _addresses(server, fixed=True):
            return address
    return None


def _addresses(server: Mapping[str, Any], *, fixed: bool) -> Iterator[str]:
    networks = server.get("addresses")
    if not isinstance(networks, Mapping):
        return
    for entries in networks.values():
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, Mapping) and (address := _ipv4(entry.get("addr"))):
                floating = entry.get("OS-EXT-IPS:type") == "floating"
                if floating != fixed:
                    yield address


def _ipv4(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return str(ipaddress.IPv4Address(value.strip()))
    except ValueError:
        return None


def _global(value: Any) -> str | None:
    address = _ipv4(value)
    return address if address and ipaddress.IPv4Address(address).is_global else None


def public_ip(row: Any) -> PublicIp | None:
    if not isinstance(row, Mapping) or not (identity := text(row.get("id"))):
        return None
    address = text(row.get("ip")) or text(row.get("floating_ip_address")) or text(row.get("address"))
    return PublicIp(identity, address, text(row.get("server")) or None)


def key_name(row: Any) -> str:
    if isinstance(row, Mapping):
        inner = row.get("keypair")
        return text((inner if isinstance(inner, Mapping) else row).get("name"))
    return row if isinstance(row, str) else ""


def launched_id(body: Any) -> str | None:
    """The new instance's id wherever the answer holds it, None when there is none to be found."""
    data = payload(body)
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if isinstance(data, Mapping):
        for key in ("id", "instanceId", "instance_id", "uuid"):
            if found := text(data.get(key)).strip():
                return found
        for key in ("instance", "server"):
            if isinstance(data.get(key), Mapping):
                return launched_id(data[key])
    return None


def offer(row: Any, gpus: int) -> Offer | None:
    """`price` is US cents an hour for the whole flavor, `priceHour` dollars per GPU; the higher one counts."""
    if not isinstance(row, Mapping) or not (flavor := text(row.get("flavor")) or text(row.get("name"))):
        return None
    prices = []
    cents = _number(row.get("price"))
    if cents is not None:
        prices.append(cents / 100)
    per_gpu = _number(row.get("priceHour"))
    if per_gpu is not None:
        prices.append(per_gpu * max(gpus, 1))
    images = row.get("images")
    specs = row.get("specs")
    return Offer(
        flavor=flavor,
        usd_per_hour=max(prices) if prices else None,
        images=tuple(names(images)) if isinstance(images, list) else (),
        specs=specs if isinstance(specs, Mapping) else {},
    )


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if value >= 0 else None
    if isinstance(value, str) and (found := _NUMBER.search(value.replace(",", ""))):
        return float(found.group())
    return None


def stock(body: Any, flavor: str) -> bool | None:
    """True, False, or None for anything unclear."""
    data = payload(body)
    if isinstance(data, list):
        matching = [row for row in data if isinstance(row, Mapping) and flavor in (row.get("flavor"), row.get("name"))]
        data = matching[0] if len(matching) == 1 else data[0] if len(data) == 1 else None
    if isinstance(data, Mapping) and isinstance(data.get(flavor), Mapping | bool | int | str):
        data = data[flavor]
    if not isinstance(data, Mapping):
        return _stock_value(data)
    if isinstance(data.get("available"), bool):
        return bool(data["available"])
    for key in ("status", "available", "availability", "free", "count", "stock", "quantity", "remaining"):
        if key in data and (known := _stock_value(data[key])) is not None:
            return known
    return None


def _stock_value(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value > 0
    if isinstance(value, str):
        word = value.strip().lower()
        return False if word in _SOLD_OUT else True if word in _IN_STOCK else None
    return None
