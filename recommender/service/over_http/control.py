"""What people and programs ask of a running service over HTTP, each known by a token, within its role."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from recommender.errors import NameLookupError, PlanNotApproved, RecommenderError, UnknownName
from recommender.journal.approvals import Approval
from recommender.journal.occurrences import OccurrenceState
from recommender.journal.recommendations import RecommendationState
from recommender.journal.store import DatabaseJournal
from recommender.ports import Order, OrderKind
from recommender.service.approval import refuse_own_plan
from recommender.service.documents.recommendations import recommendations_document
from recommender.service.documents.status import status_document
from recommender.service.set_times.due import job_of, next_due
from recommender.settings.access import AccessSettings, Role
from recommender.settings.settings import Settings

BEARER: Final = "Bearer "
SHOWN: Final = 10

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: ``path`` without ``/v1``, ``body`` an object, ``authorization`` the header's text."""

    method: str
    path: str
    authorization: str
    body: Document


class Control:
    """Answers requests; ``settings`` tells the present ones, since they may change while it runs."""

    def __init__(self, settings: Callable[[], Settings], journal: DatabaseJournal, now: Callable[[], datetime]) -> None:
        self._settings, self._journal, self._now = settings, journal, now

    def answer(self, asked: Asked) -> tuple[HTTPStatus, Document]:
        """Status and JSON. What is not there, not allowed or not possible is told in ``error``."""
        who = self._who(asked.authorization)
        if who is None:
            return HTTPStatus.UNAUTHORIZED, {"error": "a token is needed: Authorization: Bearer TOKEN"}
        found = _ROUTES.get((asked.method, asked.path))
        if found is None:
            told = sorted(f"{method} /v1{path}" for method, path in _ROUTES)
            return HTTPStatus.NOT_FOUND, {"error": "there is no such thing", "there_is": told}
        role, work = found
        if role not in (Role.VIEWER, who.role):
            return HTTPStatus.FORBIDDEN, {"error": f"{who.name} is {who.role.value}, this wants {role.value}"}
        try:
            return HTTPStatus.OK, work(self, who, asked.body)
        except (RecommenderError, _Unusable) as error:
            return _status_of(error), {"error": str(error)}

    def _who(self, authorization: str) -> AccessSettings | None:
        digest = hashlib.sha256(authorization.removeprefix(BEARER).encode()).hexdigest()
        known = [one for one in self._settings().access if hmac.compare_digest(one.token_sha256, digest)]
        return known[0] if known and authorization.startswith(BEARER) else None

    def status(self, _who: AccessSettings, _body: Document) -> Document:
        """As ``recommender status -o json``."""
        return status_document(self._journal, self._settings(), self._now(), limit=SHOWN)

    def recommendations(self, _who: AccessSettings, _body: Document) -> Document:
        """As ``recommender recommendations list -o json``."""
        return recommendations_document(self._journal.recommendations.open(), self._journal.names.all())

    def pause(self, who: AccessSettings, body: Document) -> Document:
        """Nothing more is started."""
        return self._order(OrderKind.PAUSE, who, body)

    def resume(self, who: AccessSettings, body: Document) -> Document:
        """Pause and brake are over."""
        return self._order(OrderKind.RESUME, who, body)

    def cancel(self, who: AccessSettings, body: Document) -> Document:
        """Nothing more of ``plan`` (its first digits), or of every plan that was begun, is started."""
        plan = _text(body, "plan", "")
        if plan:
            known = [found.plan_id for found in self._journal.plans(1000) if found.plan_id.startswith(plan)]
            plan = _only("plan", plan, known)
        return self._order(OrderKind.CANCEL, who, body, plan or None)

    def reject(self, who: AccessSettings, body: Document) -> Document:
        """Do not make the moves of these ``ids``."""
        ids = body.get("ids")
        if not isinstance(ids, list) or not ids or not all(isinstance(number, int) for number in ids):
            raise _Unusable("ids: a list of numbers is expected")
        end = self._journal.recommendations.end
        end(ids, RecommendationState.REJECTED, by=who.name, at=self._now(), detail=_text(body, "reason", ""))
        return {"rejected": ids}

    def run(self, who: AccessSettings, body: Document) -> Document:
        """Run the schedule ``name`` now."""
        return self._settle(who, body, OccurrenceState.ASKED)

    def skip(self, who: AccessSettings, body: Document) -> Document:
        """Do not run the schedule ``name`` at its next time."""
        return self._settle(who, body, OccurrenceState.SKIPPED)

    def approve(self, who: AccessSettings, body: Document) -> Document:
        """Release the plan that the service proposes as ``plan`` (its first digits)."""
        now, plan = self._now(), _text(body, "plan")
        waiting = {found.plan_id: found.saved for found in self._journal.proposals.open(now)}
        number = _only("plan that waits for an approval", plan, [found for found in waiting if found.startswith(plan)])
        saved = waiting[number]
        refuse_own_plan(self._settings().approval, saved, who.name)
        self._journal.approvals.give(Approval(plan_id=number, approver=who.name, author=saved.author, at=now))
        return {"approved": number, "author": saved.author}

    def _order(self, kind: OrderKind, who: AccessSettings, body: Document, plan_id: str | None = None) -> Document:
        reason = _text(body, "reason", "")
        order = Order(kind=kind, author=who.name, reason=reason, at=self._now(), plan_id=plan_id)
        self._journal.orders.give(order)
        return {"told": str(order)}

    def _settle(self, who: AccessSettings, body: Document, state: OccurrenceState) -> Document:
        name, now, settings = _text(body, "name"), self._now(), self._settings()
        known = {one.name: one for one in (*settings.evacuation, *settings.schedule)}
        if name not in known:
            raise UnknownName("evacuation or schedule", name, list(known))
        asked = state is OccurrenceState.ASKED
        due = now if asked else next(iter(next_due(known[name], self._journal, now)), None)
        if due is None:
            raise UnknownName("schedule with a time to come", name)
        self._journal.occurrences.settle(job_of(known[name]), due, state, now, who.name, _text(body, "reason", ""))
        return {"name": name, "due_at": due.isoformat(), "state": state.value}


class _Unusable(ValueError):
    """A request that does not say what it has to."""


_ROUTES: Final[dict[tuple[str, str], tuple[Role, Callable[[Control, AccessSettings, Document], Document]]]] = {
    ("GET", "/status"): (Role.VIEWER, Control.status),
    ("GET", "/recommendations"): (Role.VIEWER, Control.recommendations),
    ("POST", "/pause"): (Role.OPERATOR, Control.pause),
    ("POST", "/resume"): (Role.OPERATOR, Control.resume),
    ("POST", "/cancel"): (Role.OPERATOR, Control.cancel),
    ("POST", "/reject"): (Role.OPERATOR, Control.reject),
    ("POST", "/run"): (Role.OPERATOR, Control.run),
    ("POST", "/skip"): (Role.OPERATOR, Control.skip),
    ("POST", "/approve"): (Role.APPROVER, Control.approve),
}


def _status_of(error: Exception) -> HTTPStatus:
    match error:
        case NameLookupError() | _Unusable():
            return HTTPStatus.BAD_REQUEST
        case PlanNotApproved():
            return HTTPStatus.FORBIDDEN
    return HTTPStatus.SERVICE_UNAVAILABLE


def read_body(raw: bytes) -> Document | None:
    """The object in a request, empty for none; ``None`` for what is no JSON object."""
    try:
        found = json.loads(raw) if raw else {}
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _text(body: Document, name: str, otherwise: str | None = None) -> str:
    found = body.get(name, otherwise)
    if not isinstance(found, str) or (otherwise is None and not found):
        raise _Unusable(f"{name}: a text is expected")
    return found


def _only(kind: str, wanted: str, known: list[str]) -> str:
    if len(known) != 1:
        raise UnknownName(kind, wanted, known)
    return known[0]
