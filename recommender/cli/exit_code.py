"""Exit codes: stable, documented in the README, one meaning each."""

from enum import IntEnum

from recommender import errors


class ExitCode(IntEnum):
    """What a script may branch on."""

    DONE = 0
    DEFECT = 1  # an error of ours that nobody foresaw
    USAGE = 2  # wrong arguments, unknown names, configuration or document that cannot be used
    UNAVAILABLE = 3  # vCenter cannot be reached, refuses the login, or its certificate is not trusted
    INFEASIBLE = 4  # what was asked cannot be done without breaking a rule; nothing was sent
    PLAN_STALE = 5  # the plan's basis has changed; nothing was sent
    PLAN_ALREADY_APPLIED = 6
    INCOMPLETE = 7  # some steps failed or were skipped
    OUTCOME_UNKNOWN = 8  # a migration was sent and could not be settled by looking
    JOURNAL = 9  # the journal cannot be used; nothing was sent after that
    NOT_APPROVED = 10  # the plan needs an approval that it does not have; nothing was sent
    AUDIT_BROKEN = 11  # the audit was tampered with
    INTERRUPTED = 130


_CODES: tuple[tuple[type[errors.RecommenderError], ExitCode], ...] = (
    (errors.ConfigurationError, ExitCode.USAGE),
    (errors.DocumentError, ExitCode.USAGE),
    (errors.NameLookupError, ExitCode.USAGE),
    (errors.InventoryError, ExitCode.UNAVAILABLE),
    (errors.PlanStale, ExitCode.PLAN_STALE),
    (errors.PlanAlreadyApplied, ExitCode.PLAN_ALREADY_APPLIED),
    (errors.PlanNotApproved, ExitCode.NOT_APPROVED),
    (errors.OutcomeUnknown, ExitCode.OUTCOME_UNKNOWN),
    (errors.ActuationError, ExitCode.INCOMPLETE),
    (errors.JournalError, ExitCode.JOURNAL),
)


def exit_code_of(error: errors.RecommenderError) -> ExitCode:
    """The exit code of a command that ends with this error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.DEFECT)


def exit_code_of_status(status: str) -> ExitCode:
    """The exit code of a recommendation or plan by its ``SolveStatus`` (a text, so that nothing heavy is loaded)."""
    return ExitCode.INFEASIBLE if status in ("infeasible", "limited", "out_of_time") else ExitCode.DONE
