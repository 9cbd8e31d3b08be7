"""Every exception of the product; its kind says what to do next.

::

    RecommenderError
    ├── ConfigurationError        fix the file; carries every problem at once
    ├── DocumentError             fix or re-create the inventory or plan file; every problem at once
    ├── NameLookupError           say which one you mean
    │   ├── UnknownName           carries near matches
    │   └── AmbiguousName         carries the places that share the name
    ├── InventoryError            do not decide; try again later
    │   ├── InventoryUnavailable  vCenter cannot be reached or does not answer
    │   │   ├── CertificateRejected   nothing secret was sent
    │   │   └── LoginRefused
    │   ├── InventoryIncomplete   the API left out a fact that may not be missing
    │   └── InventoryStale        older than the policy allows
    ├── PlanError
    │   ├── PlanStale             what the plan was made from has changed: plan again
    │   ├── PlanNotApproved       somebody has to release it first
    │   └── PlanAlreadyApplied    never apply it again
    ├── ActuationError
    │   ├── MigrationRefused      vCenter said no before starting; nothing happened
    │   ├── MigrationFailed       it started and failed; the VM is still at its source
    │   └── OutcomeUnknown        never repeat blindly: look first
    └── JournalError
        ├── LeaseLost             stop acting now
        ├── ActsElsewhere         wait for another process
        ├── HeldBack              a person has told us to start nothing: wait, or leave it
        └── HandedOver            what runs is left to the next process, which settles it by looking

Expected outcomes (no host fits, nothing to do, a skipped step) are values, not exceptions.
"""

from collections.abc import Sequence


class RecommenderError(Exception):
    """Base of all errors that are shown to a person as one message without a traceback."""


class _Problems(RecommenderError):
    """An error that carries every problem found, each a line that starts with its place."""

    def __init__(self, what: str, problems: Sequence[str]) -> None:
        self.what = what
        self.problems = tuple(problems)
        super().__init__("\n".join((f"{what}:", *(f"  {problem}" for problem in self.problems))))


class ConfigurationError(_Problems):
    """The configuration is wrong; ``problems`` lists all of it."""


class DocumentError(_Problems):
    """A saved inventory or plan cannot be used; ``problems`` lists all of it."""


class NameLookupError(RecommenderError):
    """A name given by a person does not mean exactly one thing."""


class UnknownName(NameLookupError):
    """No ``kind`` (host, VM, datastore …) is called ``name``; ``near`` are similar names, best first."""

    def __init__(self, kind: str, name: str, near: Sequence[str] = ()) -> None:
        self.kind, self.name, self.near = kind, name, tuple(near)
        hint = f"; did you mean {', '.join(self.near)}?" if self.near else ""
        super().__init__(f"no {kind} is called {name!r}{hint}")


class AmbiguousName(NameLookupError):
    """Several things of ``kind`` are called ``name``; ``places`` are the texts that tell them apart."""

    def __init__(self, kind: str, name: str, places: Sequence[str]) -> None:
        self.kind, self.name, self.places = kind, name, tuple(places)
        super().__init__(f"{len(self.places)} {kind}s are called {name!r}: say one of {', '.join(self.places)}")


class InventoryError(RecommenderError):
    """There is no inventory good enough to decide on."""


class InventoryUnavailable(InventoryError):
    """vCenter could not be reached or did not answer in time."""


class CertificateRejected(InventoryUnavailable):
    """The server's certificate is not trusted; no credential was sent."""


class LoginRefused(InventoryUnavailable):
    """vCenter did not accept the user name and password."""


class InventoryIncomplete(InventoryError):
    """The API left out a fact that may not be missing; names the object and the property."""


class InventoryStale(InventoryError):
    """The inventory is older than the policy allows."""


class PlanError(RecommenderError):
    """A plan may not be carried out."""


class PlanStale(PlanError):
    """What the plan was made from has changed; ``changes`` says what."""

    def __init__(self, changes: Sequence[str]) -> None:
        self.changes = tuple(changes)
        super().__init__("the plan is stale, make a new one: " + "; ".join(self.changes))


class PlanNotApproved(PlanError):
    """The configuration asks for an approval that the plan does not have."""


class PlanAlreadyApplied(PlanError):
    """The plan was applied before; a plan is applied at most once."""


class ActuationError(RecommenderError):
    """A call that changes something in vCenter did not end well."""


class MigrationRefused(ActuationError):
    """vCenter refused before anything was started; ``passes``: it says no for the moment only."""

    def __init__(self, message: str, *, passes: bool = False) -> None:
        self.passes = passes
        super().__init__(message)


class MigrationFailed(ActuationError):
    """The migration started and failed; the VM runs on at its source."""


class OutcomeUnknown(ActuationError):
    """The call was sent and its answer is lost: settle it by looking, never by sending it again."""


class JournalError(RecommenderError):
    """The journal cannot be written or read; without it nothing may be sent to vCenter."""


class LeaseLost(JournalError):
    """Another daemon leads now; stop acting at once."""


class ActsElsewhere(JournalError):
    """Another process carries out a plan there; what we want has to wait."""


class HeldBack(JournalError):
    """A person has paused us or cancelled the plan; nothing was written, nothing may be sent."""


class HandedOver(JournalError):
    """We end while migrations of ours run on; they are open in the journal for the next process to follow."""
