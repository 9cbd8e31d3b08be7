"""Every example configuration loads, and the complete one names what may be configured."""

import tomllib
from pathlib import Path

import pytest

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
