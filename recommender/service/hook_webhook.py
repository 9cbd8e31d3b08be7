"""A hook that is a web address: one signed POST, and an answer in time or none."""

import hashlib
import hmac
import http.client
import ssl
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

from recommender.errors import ConfigurationError
from recommender.service.hook_outcome import TOLD_AT_MOST, HookOutcome, last_line
from recommender.settings.hook import HookSettings

SIGNATURE: Final = "X-Recommender-Signature"


def signature(secret: bytes, body: bytes) -> str:
    """What a receiver compares with the header: ``sha256=`` and the HMAC-SHA-256 of the body in hexadecimal."""
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"


def call_webhook(hook: HookSettings, address: str, body: bytes) -> HookOutcome:
    """POST ``body`` once. ``timeout_s`` is for all of it: a receiver that answers a byte at a time is not waited for.

    Raises ``ConfigurationError`` for a secret or an authority that cannot be read.
    """
    headers = {"Content-Type": "application/json", SIGNATURE: signature(_secret(hook.secret_file), body)}
    opener = _opener(hook.ca_file)
    request = urllib.request.Request(address, data=body, headers=headers, method="POST")  # noqa: S310  # https, by the settings
    heard: list[HookOutcome] = []
    asking = threading.Thread(
        target=lambda: heard.append(_asked(opener, request, hook.timeout_s)), name="webhook", daemon=True
    )
    asking.start()
    asking.join(hook.timeout_s)
    return heard[0] if heard else _too_late(hook.timeout_s)


def require_usable(hook: HookSettings) -> None:
    """Raises ``ConfigurationError`` for a secret or an authority that cannot be read; nothing is sent."""
    _secret(hook.secret_file)
    _opener(hook.ca_file)


def _asked(opener: urllib.request.OpenerDirector, request: urllib.request.Request, timeout_s: float) -> HookOutcome:
    try:
        with opener.open(request, timeout=timeout_s) as answer:
            return HookOutcome(succeeded=True, detail=f"it answered {answer.status}")
    except urllib.error.HTTPError as error:
        return HookOutcome(succeeded=False, detail=f"it answered {error.code}: {_said(error) or error.reason}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _not_heard(getattr(error, "reason", error), timeout_s)


def _not_heard(reason: object, timeout_s: float) -> HookOutcome:
    if isinstance(reason, TimeoutError):
        return _too_late(timeout_s)
    if isinstance(reason, ssl.SSLCertVerificationError):
        told = f"its certificate is not trusted ({reason.verify_message}); ca_file names the authority of a private one"
        return HookOutcome(succeeded=False, detail=f"nothing was sent: {told}")
    if isinstance(reason, http.client.HTTPException | ConnectionResetError):
        told = f"it gave no answer that is HTTP ({reason or type(reason).__name__}): whether it has acted is unknown"
        return HookOutcome(succeeded=False, detail=told)
    return HookOutcome(succeeded=False, detail=f"it could not be reached: {reason}")


def _too_late(timeout_s: float) -> HookOutcome:
    return HookOutcome(
        succeeded=False, detail=f"it had not answered after {timeout_s:g} s: whether it has acted is unknown"
    )


def _said(error: urllib.error.HTTPError) -> str:
    """What stands in its answer beside the number, as far as that is a short text."""
    try:
        said = last_line(error.read(4 * TOLD_AT_MOST))
    except (OSError, http.client.HTTPException):
        return ""
    return f"{error.reason}: {said}" if said and not said.startswith("<") else ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What was signed for one address is not sent to another."""

    def redirect_request(self, *_: Any) -> None:
        """Never: the redirect is then told as the answer."""
        return


def _opener(ca_file: Path | None) -> urllib.request.OpenerDirector:
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:  # of which ssl.SSLError is one
        raise ConfigurationError("hook", [f"ca_file: {ca_file}: {error.strerror or error}"]) from error
    return urllib.request.build_opener(
        _NoRedirect, urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )


def _secret(path: Path | None) -> bytes:
    try:
        first = path.read_bytes().split(b"\n", 1)[0].strip() if path else b""
    except OSError as error:
        raise ConfigurationError("hook", [f"secret_file: {path}: {error.strerror}"]) from error
    if not first:
        raise ConfigurationError("hook", [f"secret_file: {path}: its first line is empty"])
    return first
