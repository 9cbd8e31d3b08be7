"""Every example configuration loads, and the complete one names what may be configured."""

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

from recommender.settings.load import load_settings
from recommender.settings.settings import Settings

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLES = sorted(CONFIG.glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_an_example_loads(path: Path) -> None:
    assert load_settings(path, {}).vcenter


def test_the_complete_example_has_every_section() -> None:
    content = tomllib.loads((CONFIG / "example.toml").read_text(encoding="utf-8"))
    assert set(content) == set(Settings.model_fields)


def test_defaults_shown_in_the_example_are_the_defaults() -> None:
    shown = load_settings(CONFIG / "example.toml", {}).policy
    defaults = load_settings(None, {}).policy
    assert shown.weights == defaults.weights
    assert shown.migration == defaults.migration
    assert shown.migration_threshold == defaults.migration_threshold
    assert shown.headroom_percent == defaults.headroom_percent


def test_every_key_is_shown_in_the_complete_example() -> None:
    text = (CONFIG / "example.toml").read_text(encoding="utf-8")
    shown = set(re.findall(r"(\w+) = ", text))
    assert sorted({path for path, name in keys(Settings) if name not in shown}) == []


def keys(model: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Dotted path and name of every key that holds no further ones."""
    fields = (
        model.model_fields if issubclass(model, BaseModel) else {one.name: one for one in dataclasses.fields(model)}
    )
    types = get_type_hints(model)
    for name in fields:
        inner = [one for one in parts_of(types[name]) if issubclass(one, BaseModel) or dataclasses.is_dataclass(one)]
        if not inner:
            yield f"{path}{name}", name
        for one in inner:
            yield from keys(one, f"{path}{name}.")


def parts_of(annotation: Any) -> Iterator[type]:
    """The classes in a type such as ``tuple[Thing, ...] | None``."""
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for one in get_args(annotation):
        yield from parts_of(one)
