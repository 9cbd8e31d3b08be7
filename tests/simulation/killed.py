"""A process that dies at one call of a port, before or after the call did its work."""

from typing import Any


class Killed(BaseException):
    """Nothing of the process runs after this."""


class KillSwitch:
    """Counts the calls of all ports that it watches and kills at the ``at``-th moment (two moments a call)."""

    def __init__(self, at: int | None = None) -> None:
        self.moments = 0
        self._at = at

    def watch(self, port: Any) -> Any:
        """``port``, each of whose calls has a moment before it and one after it."""
        return _Watched(port, self)

    def moment(self) -> None:
        self.moments += 1
        if self._at is not None and self.moments >= self._at:
            raise Killed


class _Watched:
    def __init__(self, port: Any, switch: KillSwitch) -> None:
        self._port, self._switch = port, switch

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if not callable(member):
            return _Watched(member, self._switch)  # a part of the port, whose calls are moments as well

        def call(*arguments: Any, **options: Any) -> Any:
            self._switch.moment()
            answer = member(*arguments, **options)
            self._switch.moment()
            return answer

        return call
