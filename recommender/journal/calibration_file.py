"""Calibration documents: numbers and names of finished migrations, nothing that could run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from recommender.errors import DocumentError
from recommender.journal.document_file import read_document, write_document
from recommender.journal.untrusted_json import entries, time_problems
from recommender.migration.calibration import CALIBRATION_VERSION, Calibration

CALIBRATION_FORMAT: Final = "recommender-calibration/1"
_SQLITE: Final = "sqlite:///"
_POSITIVE: Final = ("memory_mib", "bandwidth_mib_s", "physical_s")
_POSITIVE_TIMES: Final = ("calibrated_s", "given_s", "actual_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCalibration:
    """A calibration; what the journal holds up to ``learnt_until`` (aware UTC, ``None``: nothing yet) is no news."""

    learnt_until: datetime | None
    calibration: Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    __pydantic_config__ = {"extra": "forbid", "title": "Calibration"}

    format: Literal["recommender-calibration/1"]
    learnt_until: datetime | None
    calibration: Calibration


_ADAPTER: Final = TypeAdapter(_Document)


def calibration_path(journal_url: str) -> Path:
    """Where the calibration lies that was reset or imported: beside the journal, or in the person's own folder."""
    if journal_url.startswith(_SQLITE):
        return Path(journal_url.removeprefix(_SQLITE) + ".calibration.json")
    return Path.home() / ".local/state/recommender/calibration.json"


def read_calibration(path: Path) -> SavedCalibration:
    """The calibration in a file. Raises ``DocumentError`` with every problem and its place."""
    document = read_document(path, _ADAPTER, CALIBRATION_FORMAT, _problems)
    until = document.learnt_until
    return SavedCalibration(
        learnt_until=until.astimezone(UTC) if until is not None else None, calibration=document.calibration
    )


def write_calibration(path: Path, saved: SavedCalibration) -> None:
    """Put it into a file of mode 0600, whole or not at all. Raises ``DocumentError``."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DocumentError(f"{path} cannot be written", [error.strerror or str(error)]) from error
    write_document(path, calibration_document(saved))


def calibration_document(saved: SavedCalibration) -> dict[str, Any]:
    """The document as JSON values."""
    document = _Document(
        format="recommender-calibration/1", learnt_until=saved.learnt_until, calibration=saved.calibration
    )
    content: dict[str, Any] = _ADAPTER.dump_python(document, mode="json")
    return content


def _problems(document: dict[str, Any]) -> Iterator[str]:
    if document.get("learnt_until") is not None:
        yield from time_problems("learnt_until", document["learnt_until"])
    calibration = document.get("calibration")
    if isinstance(calibration, dict) and calibration.get("version", CALIBRATION_VERSION) != CALIBRATION_VERSION:
        yield f"calibration.version: {CALIBRATION_VERSION} is expected"
    for position, one in entries(calibration, "finished"):
        place = f"calibration.finished[{position}]"
        case = one.get("case")
        if isinstance(case, dict):
            yield from (f"{place}.case.{name}: must be above 0" for name in _POSITIVE if _is_at_most_0(case.get(name)))
            dirty = case.get("dirty_mib_s")
            if isinstance(dirty, int | float) and dirty < 0:
                yield f"{place}.case.dirty_mib_s: is negative"
        yield from (f"{place}.{name}: must be above 0" for name in _POSITIVE_TIMES if _is_at_most_0(one.get(name)))


def _is_at_most_0(value: object) -> bool:
    return isinstance(value, int | float) and value <= 0
