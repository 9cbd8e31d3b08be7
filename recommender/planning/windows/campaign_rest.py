"""What is left of a campaign in the windows to come, by the batches planned when it began: for dates, without a search.

Each batch is decided afresh on what is there then. What a window did not do goes before what was planned for the next
one, an application at a time, as batches are filled.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.move_order import OrderPolicy
from recommender.planning.windows.application_groups import application_groups
from recommender.planning.windows.batches import Batch
from recommender.planning.windows.legs import WHOLE_WINDOWS

ROUNDING_S: Final = 1e-6  # a batch that fills its window to the end fits it in parts, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An application, or what a batch moves of it: its VMs, each with its share of the batch's migrations, 0 to 1."""

    vms: tuple[EntityRef, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBatch:
    """What one window was to move; both times are those of all of it."""

    pieces: tuple[Piece, ...]
    takes_s: float
    p95_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWindow:
    """A window and how much time it has; ``opens_at`` (aware) is ``None`` where nobody knows when it will open."""

    opens_at: datetime | None
    room_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLoad:
    """What a window is expected to do: the ``number``-th from the one that is open, which is 0."""

    number: int
    opens_at: datetime | None
    takes_s: float
    p95_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRest:
    """``takes_s``: of all that is left. ``held_by_none_s``: what fits no window takes so long (p95), 0 for nothing."""

    windows: tuple[WindowLoad, ...]
    takes_s: float
    held_by_none_s: float


def planned_batches(
    inventory: Inventory, order: OrderPolicy, batches: Sequence[Batch], categories: Sequence[str]
) -> tuple[PlannedBatch, ...]:
    """All that dates need of ``batches``."""
    return tuple(
        PlannedBatch(
            pieces=_pieces(inventory, order, batch, categories),
            takes_s=batch.part.plan.makespan_s,
            p95_s=batch.part.answer.finish_p95_s,
        )
        for batch in batches
    )


def rest_of_campaign(
    planned: Sequence[PlannedBatch], waiting: Collection[EntityRef], windows: Iterable[BatchWindow], *, begun: int
) -> CampaignRest:
    """Put what still waits into ``windows``, the first of which is the ``begun``-th of the campaign and is open.

    A window takes nothing that was planned for a later one, for what it has to spare has no room for whole
    applications; once batches are behind, later windows stay so. ``windows`` may be endless.
    """
    left = [
        (number, share * batch.takes_s, share * batch.p95_s)
        for number, batch in enumerate(planned, start=1)
        for share in (_share(piece, waiting) for piece in batch.pieces)
        if share
    ]
    takes_s, first = sum(one_s for _, one_s, _ in left), left[0][0] if left else 0
    loads: list[WindowLoad] = []
    in_vain = 0
    for ahead, window in enumerate(windows):
        if not left or in_vain == WHOLE_WINDOWS:
            break
        last = max(begun + ahead, first + ahead - 1)
        later, sum_s, sum_p95_s = [], 0.0, 0.0
        for number, one_s, p95_s in left:
            if number <= last and sum_p95_s + p95_s <= window.room_s + ROUNDING_S:
                sum_s, sum_p95_s = sum_s + one_s, sum_p95_s + p95_s
            else:
                later.append((number, one_s, p95_s))
        if sum_s:
            loads.append(WindowLoad(number=ahead, opens_at=window.opens_at, takes_s=sum_s, p95_s=sum_p95_s))
        in_vain = in_vain + 1 if ahead and not sum_s and left[0][0] <= last else 0
        left = later
    return CampaignRest(
        windows=tuple(loads), takes_s=takes_s, held_by_none_s=max((p95_s for _, _, p95_s in left), default=0.0)
    )


def _pieces(inventory: Inventory, order: OrderPolicy, batch: Batch, categories: Sequence[str]) -> tuple[Piece, ...]:
    whole_s = sum(move.estimate.duration_p50_s for move in batch.moves) or 1.0
    return tuple(
        Piece(
            vms=tuple(move.vm for move in group),
            shares=tuple(move.estimate.duration_p50_s / whole_s for move in group),
        )
        for group in application_groups(inventory, order, batch.moves, categories)
    )


def _share(piece: Piece, waiting: Collection[EntityRef]) -> float:
    return sum(share for vm, share in zip(piece.vms, piece.shares, strict=True) if vm in waiting)
