"""Running a hook: facts go in as JSON, and only success, failure or too late come out."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from recommender.service.hook_command import run_command
from recommender.service.hook_outcome import HookOutcome
from recommender.service.hook_webhook import call_webhook
from recommender.settings.hook import HookSettings

RunHook = Callable[[HookSettings, Mapping[str, Any]], HookOutcome]


def run_hook(hook: HookSettings, facts: Mapping[str, Any]) -> HookOutcome:
    """Run it once and wait for its end, at most ``timeout_s`` (a program has a little longer to end by itself).

    Raises ``ConfigurationError`` for a secret or an authority that cannot be read.
    """
    body = json.dumps(facts, sort_keys=True).encode("ascii")
    return run_command(hook, body) if hook.webhook is None else call_webhook(hook, hook.webhook, body)
