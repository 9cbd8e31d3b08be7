"""A hook that is a program: its own end counts, within its time, whatever it prints and whatever it leaves running."""

import os
import signal
import subprocess
import tempfile
import threading
from contextlib import suppress
from typing import IO, Final

from recommender.service.hook_outcome import HookOutcome, last_line
from recommender.settings.hook import HookSettings

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KEPT: Final = 8192  # bytes of what it prints; it may print for hours
GRACE_S: Final = 10.0  # from SIGTERM to SIGKILL
DRAIN_S: Final = 2.0  # for what is still in the pipe once the program has ended


def run_command(hook: HookSettings, body: bytes) -> HookOutcome:
    """Run it once and wait for its end; after ``timeout_s`` it is asked to end, and soon made to."""
    with tempfile.TemporaryFile() as facts:  # a pipe would hold us up if the program does not read
        facts.write(body)
        facts.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603  # the operator's own argument list, without a shell
                hook.command,
                stdin=facts,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={"PATH": PATH, "LANG": "C.UTF-8"},
                cwd="/",
                start_new_session=True,  # so that what it starts can be ended with it
            )
        except OSError as error:
            return HookOutcome(succeeded=False, detail=f"{hook.command[0]} cannot be started: {error.strerror}")
    assert process.stdout is not None  # noqa: S101  # it is a pipe
    printed = _Printed(process.stdout)
    try:
        code = process.wait(hook.timeout_s)
    except subprocess.TimeoutExpired:
        how = _end(process)
        said = printed.last_line()
        told = f"it had not ended after {hook.timeout_s:g} s and {how}"
        return HookOutcome(succeeded=False, detail=f"{told}; it said last: {said}" if said else told)
    said = printed.last_line()
    if code == 0:
        return HookOutcome(succeeded=True, detail=said or "it ended with 0")
    ended = f"it ended with {code}" if code > 0 else f"it was ended by {_signal_name(-code)}"
    return HookOutcome(succeeded=False, detail=f"{ended}{f': {said}' if said else ''}")


class _Printed:
    """The end of what it prints, read until nobody can print any more: a program may leave others behind that do."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe, self._end = pipe, b""
        self._reader = threading.Thread(target=self._read, name="hook's output", daemon=True)
        self._reader.start()

    def last_line(self) -> str:
        self._reader.join(DRAIN_S)
        return last_line(self._end)

    def _read(self) -> None:
        with self._pipe:
            while chunk := os.read(self._pipe.fileno(), 65536):
                self._end = (self._end + chunk)[-KEPT:]


def _end(process: "subprocess.Popen[bytes]") -> str:
    """End it with its process group; how that was done. What left the group is nobody's to find."""
    _signal(process, signal.SIGTERM)
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()
        return f"was ended by SIGKILL, having ignored SIGTERM for {GRACE_S:.0f} s"
    _signal(process, signal.SIGKILL)  # what it started and did not end
    return "was ended"


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
