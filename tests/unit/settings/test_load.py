"""The configuration is accepted whole or refused with everything that is wrong."""

from pathlib import Path

import pytest

from recommender.errors import ConfigurationError
from recommender.policy import AutomationLevel
from recommender.settings.load import load_settings, unknown_variables

GOOD = """
[[vcenter]]
name = "prod"
url = "vcenter.example.net"
user = "recommender@vsphere.local"

[[site]]
name = "east"
datacenters = ["east-*"]

[[site_link]]
sites = ["east", "default"]
rtt_ms = 12.5

[policy]
automation_level = "fully_automated"
excluded_vms = ["vcenter-*"]

[policy.weights]
should_rule = 500

[[evacuation]]
name = "saturday"
hosts = ["esx-1"]
cron = "0 2 * * 6"
time_zone = "Europe/Berlin"
duration_minutes = 120
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "recommender.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str, environment: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(folder, text), environment or {})
    return caught.value.problems


def test_a_good_file_is_read_and_filled_in(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, GOOD), {})
    assert settings.vcenter[0].url == "https://vcenter.example.net/sdk"
    assert settings.policy.automation_level is AutomationLevel.FULLY_AUTOMATED
    assert settings.policy.weights.should_rule == 500
    assert settings.policy.weights.balance == 1000
    assert settings.site_link[0].as_link().rtt_ms == 12.5


def test_no_file_means_the_defaults() -> None:
    settings = load_settings(None, {})
    assert settings.vcenter == ()
    assert "~" not in settings.journal.url


def test_the_environment_overrides_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOMMENDER_POLICY__AUTOMATION_LEVEL", "manual")
    settings = load_settings(write(tmp_path, GOOD))
    assert settings.policy.automation_level is AutomationLevel.MANUAL
    assert settings.policy.excluded_vms == ("vcenter-*",)


def test_every_problem_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    text = """
    surprise = 1
    [[vcenter]]
    name = "a b"
    url = "http://vc"
    [policy]
    migration_threshold = 9
    headrom = 1
    [[evacuation]]
    name = "x"
    hosts = []
    cron = "@daily"
    time_zone = "Mars/Olympus"
    duration_minutes = 0
    """
    places = [problem.split(":")[0] for problem in problems(tmp_path, text)]
    assert places == [
        "vcenter[0].name",
        "vcenter[0].url",
        "policy.migration_threshold",
        "policy.headrom",
        "evacuation[0].cron",
        "evacuation[0].time_zone",
        "evacuation[0].duration_minutes",
        "evacuation[0].hosts",
        "surprise",
    ]


def test_a_misspelt_variable_is_refused() -> None:
    environment = {
        "RECOMMENDER_POLICY__HEADROM_PERCENT": "1",
        "RECOMMENDER_JURNAL": "",
        "RECOMMENDER_PASSWORD": "",
        "RECOMMENDER_POLICY__WEIGHTS__BALANCE": "1",
        "RECOMMENDER_SERVE__POLL_INTERVAL_S": "1",
        "OTHER": "",
    }
    assert unknown_variables(environment) == ["RECOMMENDER_JURNAL", "RECOMMENDER_POLICY__HEADROM_PERCENT"]


def test_a_password_in_the_url_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = '[[vcenter]]\nname = "a"\nurl = "https://root:hunter2@vc/sdk"'
    told = problems(tmp_path, text)
    assert told[0].startswith("vcenter[0].url: the URL holds a user name or password")
    assert "hunter2" not in " ".join(told)


def test_names_must_be_unique_and_sites_known(tmp_path: Path) -> None:
    twice = '[[vcenter]]\nname = "a"\nurl = "x"\n' * 2
    assert problems(tmp_path, twice) == ("two [[vcenter]] are called a",)
    link = '[[site_link]]\nsites = ["a", "default"]\nrtt_ms = 1'
    assert problems(tmp_path, link) == ("[[site_link]] names sites that no [[site]] defines: a",)


def test_files_that_are_named_must_exist(tmp_path: Path) -> None:
    text = '[[vcenter]]\nname = "a"\nurl = "x"\nca_file = "/nowhere/ca.pem"'
    assert problems(tmp_path, text) == ("vcenter[0].ca_file: /nowhere/ca.pem does not exist",)


@pytest.mark.parametrize("text", ["[policy", "a = \udcff"])
def test_what_is_not_toml_is_said_to_be_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "recommender.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match="is not TOML"):
        load_settings(path, {})


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_settings(tmp_path / "absent.toml", {})


def test_a_list_that_is_written_as_one_table_is_told_how_to_write_it(tmp_path: Path) -> None:
    told = problems(tmp_path, '[vcenter]\nname = "a"')
    assert told == ("vcenter: is a list: write [[vcenter]] above each of its tables, or [ … ] around its values",)


def test_an_unknown_constraint_name_is_refused(tmp_path: Path) -> None:
    told = problems(tmp_path, '[policy]\npermitted_unknowns = ["cpu_compatibilty"]')
    assert told == ("policy.permitted_unknowns: no constraint is called 'cpu_compatibilty'",)


def test_precedence_in_a_circle_is_told_with_the_circle(tmp_path: Path) -> None:
    rules = [("a", "db-*", "app-*"), ("b", "app-*", "db-*")]
    file = tmp_path / "circle.toml"
    file.write_text(
        "".join(
            f'[[policy.order.precedence]]\nname = "{name}"\nfirst = ["{first}"]\nthen = ["{then}"]\n'
            for name, first, then in rules
        )
    )
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file, {})
    assert "policy.order: these contradict each other" in str(caught.value)
    assert "db-* before app-* (a)" in str(caught.value)
