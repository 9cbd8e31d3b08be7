"""Hosts that are not there yet, described in a file by what they are like and what differs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from annotated_types import Interval, MinLen
from pydantic import TypeAdapter

from recommender.inventory.host import ConnectionState, Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import HostLoad
from recommender.inventory.reference import EntityRef
from recommender.journal.document_file import read_document
from recommender.journal.untrusted_json import entries, repeated
from recommender.quantities import MOST

HOSTS_FORMAT: Final = "recommender-hosts/1"
NEAR_MATCHES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHost:
    """``like``: a host of the inventory that lends its cluster, site, storage, networks, CPU features and ESXi version.

    What is given here is its own; what is absent is as there.
    """

    __pydantic_config__ = {"extra": "forbid"}

    name: Annotated[str, MinLen(1)]
    like: str
    cpu_mhz: Annotated[int, Interval(gt=0, le=MOST)] | None = None
    cores: Annotated[int, Interval(gt=0, le=MOST)] | None = None
    memory_mib: Annotated[int, Interval(gt=0, le=MOST)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    __pydantic_config__ = {"extra": "forbid", "title": "Hosts to be added"}

    format: Literal["recommender-hosts/1"]
    hosts: Annotated[tuple[NewHost, ...], MinLen(1)]


_ADAPTER: Final = TypeAdapter(_Document)


def read_hosts(path: Path, inventory: Inventory) -> tuple[Host, ...]:
    """The hosts of a file, empty and available. Raises ``DocumentError`` with every problem and its place."""
    by_name: dict[str, list[Host]] = {}
    for host in inventory.hosts:
        by_name.setdefault(host.name, []).append(host)
        by_name[str(host.ref)] = [host]

    def further_problems(content: dict[str, Any]) -> Iterator[str]:
        found = entries(content, "hosts")
        yield from repeated("hosts", found, lambda entry: entry.get("name"))
        for position, entry in found:
            if isinstance(entry.get("name"), str) and entry["name"] in by_name:
                yield f"hosts[{position}].name: {entry['name']!r} is there already"
            yield from _like_problems(f"hosts[{position}].like", entry.get("like"), by_name)

    document = read_document(path, _ADAPTER, HOSTS_FORMAT, further_problems)
    return tuple(_made(new, by_name[new.like][0]) for new in document.hosts)


def hosts_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of such a file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | _ADAPTER.json_schema()


def _like_problems(place: str, like: object, by_name: dict[str, list[Host]]) -> Iterator[str]:
    if not isinstance(like, str):
        return
    found = by_name.get(like, [])
    if len(found) > 1:
        yield f"{place}: {len(found)} hosts are called {like!r}: say one of {', '.join(str(h.ref) for h in found)}"
    elif not found:
        near = get_close_matches(like, sorted(by_name), n=NEAR_MATCHES)
        yield f"{place}: no host is called {like!r}" + (f"; did you mean {', '.join(near)}?" if near else "")


def _made(new: NewHost, model: Host) -> Host:
    return replace(
        model,
        ref=EntityRef(model.ref.vcenter, f"new:{new.name}"),
        name=new.name,
        connection_state=ConnectionState.CONNECTED,
        is_powered_on=True,
        in_maintenance=False,
        in_quarantine=False,
        closed_because=None,
        cpu_mhz=new.cpu_mhz or model.cpu_mhz,
        cores=new.cores or model.cores,
        memory_mib=new.memory_mib or model.memory_mib,
        load=HostLoad(cpu_used_mhz=0, memory_used_mib=0),
    )
