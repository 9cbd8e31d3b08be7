"""Whether hooks could be run on this machine, before a host is empty and waits for one."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from recommender.errors import ConfigurationError
from recommender.inventory.finding import Finding, Severity
from recommender.service.hook_webhook import require_usable
from recommender.settings.hook import HookSettings
from recommender.settings.schedule import EvacuationSettings

AREA: Final = "hook"


def why_not_runnable(hook: HookSettings) -> str | None:
    """What is wrong with its program, or with the files of a webhook; ``None`` if it can be run. Nothing is run."""
    if hook.webhook is not None:
        try:
            require_usable(hook)
        except ConfigurationError as error:
            return "; ".join(error.problems)
        return None
    program = Path(hook.command[0])
    if not program.exists():
        return f"{program} does not exist"
    if not program.is_file():
        return f"{program} is no file"
    return None if os.access(program, os.X_OK) else f"{program} may not be run by this user"


def hook_findings(evacuations: Iterable[EvacuationSettings]) -> Iterator[Finding]:
    """One for each hook of evacuations and rolling maintenances."""
    for one in evacuations:
        work = one.rolling.work if one.rolling else None
        for key, hook in (("before", one.before), ("after", one.after), ("rolling.work", work)):
            if hook is None:
                continue
            wrong = why_not_runnable(hook)
            kind = f"the webhook {hook.webhook}" if hook.webhook else f"the program {hook.command[0]}"
            yield Finding(
                severity=Severity.OK if wrong is None else Severity.ERROR,
                area=AREA,
                subject=f"{one.name}: {key}",
                told=f"{kind} can be run from here" if wrong is None else f"{kind} cannot be run: {wrong}",
                remedy="" if wrong is None else "mend it before the window opens, as the user that the service runs as",
            )
