"""All settings in one model: what the file may say, and what the environment may override."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from recommender.policy import Policy
from recommender.settings.access import AccessSettings, HttpSettings
from recommender.settings.automation import ApprovalSettings, AuditSettings, AutomationSettings, BrakeSettings
from recommender.settings.calendar import CalendarSettings
from recommender.settings.schedule import EvacuationSettings, ScheduleSettings, ServeSettings
from recommender.settings.sites import SiteLinkSettings, SiteSettings
from recommender.settings.vcenters import VCenterSettings

ENVIRONMENT_PREFIX = "RECOMMENDER_"
DEFAULT_JOURNAL = "sqlite:///" + "~/.local/state/recommender/journal.db"


class JournalSettings(BaseModel):
    """Where the journal is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        default=DEFAULT_JOURNAL,
        validate_default=True,
        description="sqlite:///PATH (one daemon) or postgresql+psycopg://… (password from PGPASSFILE or PGPASSWORD)",
    )

    keep_days: Annotated[int, Field(ge=30)] | None = Field(
        default=None, description="Older plans, cycles and recommendations are removed by the service; absent for never"
    )

    @field_validator("url")
    @classmethod
    def _database_is_supported(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("use sqlite:///PATH or postgresql+psycopg://HOST/DATABASE")
        return url.replace("sqlite:///~", f"sqlite:///{Path.home()}", 1)


class LogSettings(BaseModel):
    """What is logged, to standard error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


class Settings(BaseSettings):
    """The whole configuration. Unknown keys are refused; ``RECOMMENDER_SECTION__KEY`` overrides a key of the file."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="__"
    )

    vcenter: tuple[VCenterSettings, ...] = ()
    site: tuple[SiteSettings, ...] = ()
    site_link: tuple[SiteLinkSettings, ...] = ()
    measure_round_trips: bool = Field(
        default=False, description="Connect to hosts (TCP 443) to learn how far sites without a [[site_link]] are"
    )
    policy: Policy = Field(default_factory=Policy)
    evacuation: tuple[EvacuationSettings, ...] = ()
    schedule: tuple[ScheduleSettings, ...] = ()
    serve: ServeSettings = Field(default_factory=ServeSettings)
    calendar: CalendarSettings = Field(default_factory=CalendarSettings)
    automation: AutomationSettings = Field(default_factory=AutomationSettings)
    brake: BrakeSettings = Field(default_factory=BrakeSettings)
    approval: ApprovalSettings = Field(default_factory=ApprovalSettings)
    access: tuple[AccessSettings, ...] = ()
    http: HttpSettings = Field(default_factory=HttpSettings)
    audit: AuditSettings = Field(default_factory=AuditSettings)
    journal: JournalSettings = Field(default_factory=JournalSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @model_validator(mode="after")
    def _names_are_unique_and_known(self) -> Self:
        timed = (*self.evacuation, *self.schedule)  # `schedule run NAME` means one of both
        for kind, named in (
            ("[[vcenter]]", self.vcenter),
            ("[[site]]", self.site),
            ("[[access]]", self.access),
            ("[[evacuation]] or [[schedule]]", timed),
        ):
            names = [entry.name for entry in named]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two {kind} are called {', '.join(twice)}")
        vcenters = {vcenter.name for vcenter in self.vcenter}
        strange = sorted({name for one in timed for name in one.vcenters} - vcenters)
        if strange:
            raise ValueError(
                f"[[evacuation]] or [[schedule]] is about vcenters without a [[vcenter]]: {', '.join(strange)}"
            )
        known = {site.name for site in self.site} | {"default"}
        unknown = sorted({name for link in self.site_link for name in link.sites} - known)
        if unknown:
            raise ValueError(f"[[site_link]] names sites that no [[site]] defines: {', '.join(unknown)}")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file (which comes in as init arguments); nothing else."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings
