"""Running a hook: facts go in as JSON, and only success, failure or too late come out."""

import hashlib
import hmac
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recommender.errors import ConfigurationError
from recommender.settings.hook import HookSettings

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOLD_AT_MOST: Final = 300  # characters of what a hook printed
SIGNATURE: Final = "X-Recommender-Signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class HookOutcome:
    """Whether the hook succeeded; ``detail`` tells why not, or what it said last."""

    succeeded: bool
    detail: str


RunHook = Callable[[HookSettings, Mapping[str, Any]], HookOutcome]


def run_hook(hook: HookSettings, facts: Mapping[str, Any]) -> HookOutcome:
    """Run it once and wait for its end, at most ``timeout_s``.

    Raises ``ConfigurationError`` for a secret that cannot be read.
    """
    body = json.dumps(facts, sort_keys=True).encode("ascii")
    return _command(hook, body) if hook.command else _webhook(hook, body)


def signature(secret: bytes, body: bytes) -> str:
    """What a receiver compares with the header: ``sha256=`` and the HMAC-SHA-256 of the body in hexadecimal."""
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"


def _command(hook: HookSettings, body: bytes) -> HookOutcome:
    try:
        process = subprocess.Popen(  # noqa: S603  # the operator's own argument list, without a shell
            hook.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": PATH, "LANG": "C.UTF-8"},
            cwd="/",
            start_new_session=True,  # so that what it starts can be ended with it
        )
    except OSError as error:
        return HookOutcome(succeeded=False, detail=f"{hook.command[0]} cannot be started: {error.strerror}")
    try:
        printed, _ = process.communicate(body, timeout=hook.timeout_s)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return HookOutcome(succeeded=False, detail=f"it had not ended after {hook.timeout_s:.0f} s and was ended")
    told = _last_line(printed)
    if process.returncode == 0:
        return HookOutcome(succeeded=True, detail=told or "it ended with 0")
    return HookOutcome(succeeded=False, detail=f"it ended with {process.returncode}{f': {told}' if told else ''}")


def _webhook(hook: HookSettings, body: bytes) -> HookOutcome:
    assert hook.webhook is not None  # noqa: S101  # the settings hold exactly one of both
    headers = {"Content-Type": "application/json", SIGNATURE: signature(_secret(hook.secret_file), body)}
    request = urllib.request.Request(hook.webhook, data=body, headers=headers, method="POST")  # noqa: S310  # https, by the settings
    try:
        with _OPENER.open(request, timeout=hook.timeout_s) as answer:
            return HookOutcome(succeeded=True, detail=f"it answered {answer.status}")
    except urllib.error.HTTPError as error:
        return HookOutcome(succeeded=False, detail=f"it answered {error.code}: {error.reason}")
    except (urllib.error.URLError, OSError) as error:
        return HookOutcome(succeeded=False, detail=f"it could not be reached: {getattr(error, 'reason', error)}")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What was signed for one address is not sent to another."""

    def redirect_request(self, *_: Any) -> None:
        """Never: the redirect is then told as the answer."""
        return


_OPENER: Final = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _secret(path: Path | None) -> bytes:
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path else []
    except OSError as error:
        raise ConfigurationError("hook", [f"secret_file: {path}: {error.strerror}"]) from error
    if not lines or not lines[0].strip():
        raise ConfigurationError("hook", [f"secret_file: {path}: its first line is empty"])
    return lines[0].strip().encode()


def _last_line(printed: bytes) -> str:
    lines = printed.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:TOLD_AT_MOST] if lines else ""
