"""What a rolling maintenance was asked to do, in a form that the journal keeps, so that another process can go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.placement.request import SolveLimits
from recommender.placement.tried import NOTHING_TRIED, Tried
from recommender.planning.rolling.maintenance import RollingRequest
from recommender.policy import Policy
from recommender.settings.hook import HookSettings

DEFAULT_WORK_S: Final = 1800.0


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at_once: int | None
    most_moves_per_vm: float | None
    work_s: float
    come_home: bool
    work: HookSettings | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingOrder:
    """``work``: the hook that works on a host in maintenance mode; without one a person does, and takes it back.

    ``work_s`` is what that is expected to take. The rest is as in ``RollingRequest``.
    """

    at_once: int | None = None
    most_moves_per_vm: float | None = 1.1
    work_s: float = DEFAULT_WORK_S
    come_home: bool = True
    work: HookSettings | None = None

    def asked(self) -> dict[str, Any]:
        """As JSON values."""
        told = _Asked(
            at_once=self.at_once,
            most_moves_per_vm=self.most_moves_per_vm,
            work_s=self.work_s,
            come_home=self.come_home,
            work=self.work,
        )
        return told.model_dump(mode="json")

    @classmethod
    def from_asked(cls, asked: Mapping[str, Any]) -> Self:
        """The order again. Raises ``ValueError`` for what no order of ours looks like."""
        told = _Asked.model_validate(asked)
        return cls(
            at_once=told.at_once,
            most_moves_per_vm=told.most_moves_per_vm,
            work_s=told.work_s,
            come_home=told.come_home,
            work=told.work,
        )

    def request(
        self,
        inventory: Inventory,
        policy: Policy,
        hosts: tuple[EntityRef, ...],
        *,
        done: tuple[EntityRef, ...] = (),
        recent_moves: tuple[RecentMove, ...] = (),
        before: Tried = NOTHING_TRIED,
        seed: int = 0,
        limits: SolveLimits | None = None,
    ) -> RollingRequest:
        """The question to planning."""
        return RollingRequest(
            inventory=inventory,
            policy=policy,
            hosts=hosts,
            done=done,
            work_s=self.work_s,
            at_once=self.at_once,
            most_moves_per_vm=self.most_moves_per_vm,
            come_home=self.come_home,
            recent_moves=recent_moves,
            before=before,
            seed=seed,
            limits=limits or SolveLimits(),
        )
