"""Hooks that run beside the worker, so that work on a host, however long it takes, holds nothing else up."""

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from recommender.errors import RecommenderError
from recommender.service.hook_outcome import HookOutcome
from recommender.service.hooks import RunHook, run_hook
from recommender.settings.hook import HookSettings

Key = tuple[str, Hashable]  # rolling maintenance and host, or evacuation and event


class BackgroundHooks:
    """Each in a thread of its own, which a process that ends does not wait for: the journal says that it ran."""

    def __init__(self, run: RunHook = run_hook) -> None:
        self._run = run
        self._outcomes: dict[Key, HookOutcome | None] = {}
        self._names: dict[Key, str] = {}
        self._notes: dict[Key, str] = {}

    def start(
        self,
        key: Key,
        name: str,
        hook: HookSettings,
        facts: Mapping[str, Any],
        require_hold: Callable[[], None],
        *,
        note: str = "",
    ) -> None:
        """Run it once, for an evacuation of this name; not if ``require_hold`` raises right before.

        ``note`` is kept for whoever asks for its outcome.
        """
        self._outcomes[key], self._names[key], self._notes[key] = None, name, note
        work = (key, hook, facts, require_hold)
        threading.Thread(target=self._work, args=work, name=f"hook {key[1]}", daemon=True).start()

    def is_ours(self, key: Key) -> bool:
        """Whether this process has started it and nobody has taken its outcome yet."""
        return key in self._outcomes

    def outcome(self, key: Key) -> HookOutcome | None:
        """How it ended, to be asked for until it is told; ``None`` while it runs."""
        found = self._outcomes[key]
        if found is not None:
            del self._outcomes[key]
        return found

    def note(self, key: Key) -> str:
        """What was kept with it when it was started."""
        return self._notes.get(key, "")

    def work_for(self, name: str) -> bool:
        """Whether a hook of a rolling maintenance of this name runs, or has an outcome that nobody has taken."""
        return any(self._names[key] == name for key in tuple(self._outcomes))

    def all_run_for(self, name: str) -> bool:
        """Whether hooks of it run and none has ended since it was last asked for."""
        found = [outcome for key, outcome in tuple(self._outcomes.items()) if self._names[key] == name]
        return bool(found) and not any(found)

    @property
    def are_at_work(self) -> bool:
        """The same of any."""
        return bool(self._outcomes)

    @property
    def are_running(self) -> bool:
        """Whether any has not ended."""
        return None in tuple(self._outcomes.values())

    def _work(self, key: Key, hook: HookSettings, facts: Mapping[str, Any], require_hold: Callable[[], None]) -> None:
        try:
            require_hold()
            self._outcomes[key] = self._run(hook, facts)
        except (RecommenderError, OSError) as error:
            self._outcomes[key] = HookOutcome(succeeded=False, detail=str(error))
        except Exception as error:  # noqa: BLE001  # a defect of ours must not look like a hook that runs for ever
            self._outcomes[key] = HookOutcome(succeeded=False, detail=f"{type(error).__name__}: {error}")
