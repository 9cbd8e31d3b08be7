"""A running service that the command line talks to over HTTP, instead of to the journal: RECOMMENDER_URL says where."""

import json
import os
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "::1", "localhost")
TIMEOUT_S = 30
UNAUTHORIZED, FORBIDDEN = 401, 403


def service_url() -> str | None:
    """Where it listens, ``None`` where the journal is to be used. Raises ``ConfigurationError``."""
    from recommender.errors import ConfigurationError

    url = os.environ.get("RECOMMENDER_URL")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError("RECOMMENDER_URL cannot be used", ["https://HOST:PORT is expected"])
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ConfigurationError("RECOMMENDER_URL cannot be used", ["a token goes over a network by https alone"])
    return url.rstrip("/")


def ask_service(url: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer to ``body`` (or, without one, to a look). RECOMMENDER_TOKEN says who asks.

    Raises ``PlanNotApproved`` where that is not allowed, ``UnknownName`` for what is not there, and ``JournalError``
    where the service cannot be reached or has no journal.
    """
    import ssl
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    from recommender.errors import ConfigurationError, JournalError, PlanNotApproved

    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {os.environ.get('RECOMMENDER_TOKEN', '')}"}
    context = ssl.create_default_context(cafile=os.environ.get("RECOMMENDER_CA_FILE"))
    try:
        request = Request(f"{url}/v1{path}", data=data, headers=headers)  # noqa: S310  # http or https, as checked
        with urlopen(request, timeout=TIMEOUT_S, context=context) as answer:  # noqa: S310  # the same
            found: dict[str, Any] = json.load(answer)
            return found
    except HTTPError as error:
        told = json.load(error).get("error", error.reason)
        if error.code in (UNAUTHORIZED, FORBIDDEN):
            raise PlanNotApproved(told) from error
        if error.code < 500:
            raise ConfigurationError("the service refuses", [told]) from error
        raise JournalError(f"the service says: {told}") from error
    except (URLError, TimeoutError, ValueError) as error:
        raise JournalError(f"the service at {url} does not answer: {getattr(error, 'reason', error)}") from error
