"""Everything that ``doctor`` looks at: each vCenter, the journal, and the times of scheduled evacuations."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from recommender.errors import ConfigurationError, JournalError
from recommender.inventory.finding import Finding, Severity
from recommender.journal.store import open_read_only
from recommender.journal.upgrade import REVISION
from recommender.ports import Clock
from recommender.service.hook_examination import hook_findings
from recommender.service.set_times.due_times import due_times
from recommender.service.world import addresses
from recommender.settings.credentials import Prompt
from recommender.settings.schedule import TimedSettings
from recommender.settings.settings import Settings
from recommender.settings.sites import site_of

JOURNAL = "journal"


def examine_all(
    settings: Settings, environment: Mapping[str, str], prompt: Prompt | None, clock: Clock
) -> tuple[Finding, ...]:
    """All findings, vCenters first; nothing is changed anywhere."""
    return (
        *_of_vcenters(settings, environment, prompt, clock),
        *_of_journal(settings.journal.url),
        *(_of_window(one, clock.now()) for one in (*settings.evacuation, *settings.schedule)),
        *hook_findings(settings.evacuation),
    )


def _of_vcenters(
    settings: Settings, environment: Mapping[str, str], prompt: Prompt | None, clock: Clock
) -> Iterator[Finding]:
    from recommender.vsphere.examination.doctor import examine  # noqa: PLC0415  # pyVmomi is heavy

    for address in addresses(settings, environment, prompt):
        try:
            yield from examine(
                address,
                clock.now,
                site_of=partial(site_of, settings.site),
                site_links=tuple(link.as_link() for link in settings.site_link),
                measure_round_trips=settings.measure_round_trips,
            )
        except ConfigurationError as error:  # its password, which is read when it is needed
            yield Finding(
                severity=Severity.ERROR,
                area="connection",
                subject=address.name,
                told=" ".join(str(error).split()),
                remedy="give a password as the message says",
            )


def _of_journal(url: str) -> Iterator[Finding]:
    kind = "PostgreSQL" if url.startswith("postgresql") else "SQLite"
    try:
        with open_read_only(url) as journal:
            if journal is None:
                told = f"there is no journal ({kind}) yet: the first plan that is carried out makes it"
                yield Finding(severity=Severity.OK, area=JOURNAL, subject=kind, told=told)
                return
            left = len(journal.open_steps())
    except JournalError as error:
        yield Finding(
            severity=Severity.ERROR,
            area=JOURNAL,
            subject=kind,
            told=str(error),
            remedy="check [journal] url, and that the database runs and may be written by this user",
        )
        return
    yield Finding(
        severity=Severity.WARNING if left else Severity.OK,
        area=JOURNAL,
        subject=kind,
        told=f"the journal can be read (revision {REVISION}); {left} steps of former runs are open",
        remedy="run `recommender serve` or `apply`: open steps are settled first, by looking" if left else "",
    )


def _of_window(one: TimedSettings, now: datetime) -> Finding:
    due = next(due_times(one, now), None)
    if due is None:
        told, severity = f"its only time, {one.at}, is over", Severity.WARNING
        return Finding(severity=severity, area="time zone", subject=one.name, told=told, remedy="remove it")
    local = due.astimezone(ZoneInfo(one.time_zone))
    told = f"next at {local:%Y-%m-%d %H:%M %Z} ({one.time_zone}), which is {due.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return Finding(severity=Severity.OK, area="time zone", subject=one.name, told=told)
