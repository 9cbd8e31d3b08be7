"""One thing that is wrong with a plan."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``step``: the number of the step at fault, ``None`` for the plan as a whole; ``at_s`` from the plan's start."""

    step: int | None
    at_s: float
    reason: str

    def __str__(self) -> str:
        who = "the plan" if self.step is None else f"step {self.step}"
        return f"{who} at {self.at_s:.1f} s: {self.reason}"
