"""One vCenter on the command line, or govc's environment: verified always, and no secret in sight."""

from pathlib import Path

import pytest

from recommender.errors import ConfigurationError
from recommender.settings.command_line import VCenterOptions, settings_for
from recommender.settings.credentials import password_of, user_of
from recommender.settings.vcenters import VCenterSettings


def test_a_url_alone_makes_a_vcenter_named_after_its_host() -> None:
    (vcenter,) = settings_for(VCenterOptions(vcenter="vc.example.net:8989", user="me"), {}).vcenter
    assert (vcenter.name, vcenter.url, vcenter.user) == ("vc.example.net", "https://vc.example.net:8989/sdk", "me")


def test_a_name_from_the_configuration_picks_that_vcenter(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[[vcenter]]\nname = "a"\nurl = "va"\n[[vcenter]]\nname = "b"\nurl = "vb"\n')
    (vcenter,) = settings_for(VCenterOptions(config=config, vcenter="b", user="me"), {}).vcenter
    assert (vcenter.url, vcenter.user) == ("https://vb/sdk", "me")


@pytest.mark.parametrize("url", ["https://root:hunter2@vc/sdk", "root:hunter2@vc", "http://vc", "https:///sdk", "vc:x"])
def test_a_url_that_may_not_be_used_is_refused_without_repeating_a_secret(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings_for(VCenterOptions(vcenter=url), {})
    assert "hunter2" not in str(caught.value)


def test_govc_variables_are_a_fallback() -> None:
    environment = {"GOVC_URL": "vc", "GOVC_USERNAME": "me", "GOVC_PASSWORD": "secret"}
    (vcenter,) = settings_for(VCenterOptions(), environment).vcenter
    assert vcenter.url == "https://vc/sdk"
    assert user_of(vcenter, environment, None) == "me"
    assert password_of(vcenter, environment, None) == "secret"


@pytest.mark.parametrize("value", ["1", "true", "True", "yes"])
def test_govc_insecure_is_refused_with_a_hint(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"--ca-file .* or --pin"):
        settings_for(VCenterOptions(), {"GOVC_URL": "vc", "GOVC_INSECURE": value})


def test_nothing_said_is_an_error_that_tells_what_to_say() -> None:
    with pytest.raises(ConfigurationError, match="--vcenter URL, --config FILE"):
        settings_for(VCenterOptions(), {})


def answer(question: str, *, secret: bool) -> str:
    return f"{question}, secret: {secret}"


def test_a_password_comes_from_the_file_then_the_environment_then_a_person(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from file\nsecond line\n")
    environment = {"RECOMMENDER_PASSWORD": "from environment"}
    plain = VCenterSettings(name="a", url="vc", user="me")
    assert password_of(plain.model_copy(update={"password_file": file}), environment, None) == "from file"
    assert password_of(plain, environment, None) == "from environment"
    assert password_of(plain, {}, answer) == "Password for a, secret: True"
    with pytest.raises(ConfigurationError, match="RECOMMENDER_PASSWORD"):
        password_of(plain, {}, None)


def test_an_empty_or_absent_password_file_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for name, message in (("empty", "its first line is empty"), ("absent", "cannot be read")):
        vcenter = VCenterSettings(name="a", url="vc", user="me", password_file=tmp_path / name)
        with pytest.raises(ConfigurationError, match=message):
            password_of(vcenter, {}, None)
