"""One migration in the simulated vCenter, from the queue to its end."""

from collections import Counter
from dataclasses import dataclass, field

from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.ports import TaskRef
from recommender.simulation.vcenter.fair_shares import Link
from recommender.simulation.vcenter.relocate_spec import RelocateSpec
from recommender.simulation.vcenter.stages import Stage, Stages, Transfer

DONE_BELOW = 1e-6  # MiB or seconds: what floating-point time leaves over


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationTruth:
    """What really happened in a migration that arrived; nothing of it but the duration is told by vSphere's API."""

    task: TaskRef
    vm: EntityRef
    duration_s: float
    downtime_ms: float
    sent_mib: float


@dataclass(slots=True, kw_only=True, eq=False)
class MigrationRun:
    """``vm`` is as it was when the task was made; ``stages`` do not begin before ``start``."""

    task: TaskRef
    vm: VirtualMachine
    spec: RelocateSpec
    units: Counter[Link]
    stages: Stages
    expected_mib: float
    stage: Stage | None = None
    _left: float = 0.0
    _stage_s: float = 0.0
    _elapsed_s: float = field(default=0.0)
    _stopped_s: float = 0.0
    _sent_mib: float = 0.0

    @property
    def is_queued(self) -> bool:
        """Whether it waits for units."""
        return self.stage is None

    @property
    def is_past_return(self) -> bool:
        """Whether the guest already stands still: a cancel comes too late."""
        return self.stage is not None and self.stage.guest_stopped

    @property
    def stage_is_over(self) -> bool:
        """Whether its next stage is due."""
        return self.stage is not None and self._left <= DONE_BELOW

    @property
    def links(self) -> tuple[Link, ...]:
        """The links that it loads now."""
        return self.stage.links if isinstance(self.stage, Transfer) else ()

    @property
    def progress_percent(self) -> int:
        """Data sent as a share of what one pass needs, 99 at most before the end."""
        return min(99, int(100 * self._sent_mib / self.expected_mib)) if self.expected_mib > 0 else 0

    def start(self) -> None:
        """Begin the first stage."""
        self._begin(next(self.stages))

    def next_stage(self) -> bool:
        """Go on; false if that was the last stage. Raises ``BrokenOff``."""
        try:
            self._begin(self.stages.send(self._stage_s))
        except StopIteration:
            return False
        return True

    def seconds_left(self, rate_mib_s: float) -> float:
        """Until the present stage is over, at this rate."""
        return self._left / rate_mib_s if self.links else self._left

    def pass_time(self, seconds: float, rate_mib_s: float) -> None:
        """Let time pass within the present stage."""
        carried = min(self._left, rate_mib_s * seconds) if self.links else 0.0
        self._left -= carried if self.links else seconds
        self._sent_mib += carried
        self._stage_s += seconds
        self._elapsed_s += seconds
        if self.stage is not None and self.stage.guest_stopped:
            self._stopped_s += seconds

    def truth(self) -> MigrationTruth:
        """What happened so far."""
        return MigrationTruth(
            task=self.task,
            vm=self.vm.ref,
            duration_s=self._elapsed_s,
            downtime_ms=1000.0 * self._stopped_s if self.vm.is_powered_on else 0.0,
            sent_mib=self._sent_mib,
        )

    def _begin(self, stage: Stage) -> None:
        self.stage = stage
        self._left = stage.mib if isinstance(stage, Transfer) else stage.seconds
        self._stage_s = 0.0
