"""Holds a journal against what a vCenter did, from the records of both alone; knows no code of the product.

The journal is read by plain SQL: ``steps`` (plan_id, number, state, operation_id; vm, destination and task as
*vcenter/moid*), ``host_calls`` (plan_id, state, operation_id; host and task), of ``campaign_hosts`` those that were
asked to leave maintenance mode (``left``: campaign_id, host), and ``audit`` (number, previous, hash).
A task line is a dict: task, entity, operation, operation_id, state (queued, success or error), entity_is_now_on.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import psycopg

STEPS = "SELECT plan_id, number, vm, destination, state, operation_id, task FROM steps"
HOST_CALLS = "SELECT plan_id, host, state, operation_id, task FROM host_calls"
CHECK = "VirtualMachine.checkRelocate"  # a task that changes nothing, and that no record speaks of
LEFT = "SELECT campaign_id, host FROM campaign_hosts WHERE state IN ('leaving', 'back', 'failed')"
AUDIT = "SELECT number, previous, hash FROM audit ORDER BY number"

Row = tuple[Any, ...]
Line = dict[str, Any]


def read_tables(url: str) -> dict[str, list[Row]]:
    """The rows of the four tables, at a SQLAlchemy URL of SQLite or PostgreSQL."""
    queries = {"steps": STEPS, "host_calls": HOST_CALLS, "left": LEFT, "audit": AUDIT}
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            return {name: database.execute(query).fetchall() for name, query in queries.items()}
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        return {name: connection.execute(query).fetchall() for name, query in queries.items()}


def disagreements(tables: dict[str, list[Row]], lines: Sequence[Line]) -> Iterator[str]:
    """Each fact of one side that the other contradicts; none while all is well and nothing is open."""
    lines = [line for line in lines if line["operation"] != CHECK]
    made = [line for line in lines if line["state"] == "queued"]
    ends = {line["task"]: line for line in lines if line["state"] != "queued"}
    yield from _sent_twice(made)
    yield from _at_the_same_time(lines)
    rows = list(tables["steps"])
    rows += [(plan, 0, host, None, state, sent, task) for plan, host, state, sent, task in tables["host_calls"]]
    by_operation = {line["operation_id"]: line for line in made}
    for plan, number, entity, destination, state, operation, task in rows:
        line = by_operation.pop(operation, None) if operation else None
        end = ends.get(line["task"]) if line else None
        name = f"step {number} of {plan[:12]} ({state})"
        yield from _contradictions(name, entity, destination, state, task, line, end)
    for campaign, host in tables["left"]:
        by_operation.pop(f"recommender-{campaign[:16]}-leaving-{host.partition('/')[2]}", None)
    for operation, line in by_operation.items():
        yield f"{line['task']} ({operation or 'no operation id'}) is in no row of the journal"
    yield from _broken_chain(tables["audit"])


def _contradictions(
    name: str, entity: str, destination: str | None, state: str, task: str | None, line: Line | None, end: Line | None
) -> Iterator[str]:
    if state in ("intent", "submitted", "unknown"):
        yield f"{name} is still open"
    if line is None:
        # A call that vCenter refuses has a task as well here, so that without one nothing was sent.
        if state == "done" and destination is not None:
            yield f"{name}: vCenter has no task of it"
        if task is not None:
            yield f"{name}: vCenter never made {task}"
        return
    if state == "pending":
        yield f"{name}: {line['task']} was made without an intent"
    for told, seen in ((entity, line["entity"]), (task, line["task"])):
        if told is not None and told.partition("/")[2] != seen:
            yield f"{name}: the journal says {told}, vCenter {seen}"
    yield from _ended_otherwise(name, destination, state, line, end)


def _ended_otherwise(name: str, destination: str | None, state: str, line: Line, end: Line | None) -> Iterator[str]:
    if end is None:
        yield f"{name}: {line['task']} has not ended"
    elif (state == "done") != (end["state"] == "success"):
        yield f"{name}: {line['task']} ended as {end['state']}"
    elif state == "done" and destination and destination.partition("/")[2] != end["entity_is_now_on"]:
        yield f"{name}: its VM came to {end['entity_is_now_on']}, not to {destination}"


def _sent_twice(made: Sequence[Line]) -> Iterator[str]:
    for operation, number in Counter(line["operation_id"] for line in made).items():
        if operation and number > 1:
            yield f"{operation} was sent {number} times"


def _at_the_same_time(lines: Sequence[Line]) -> Iterator[str]:
    running: dict[str, str] = {}
    for line in lines:
        entity, task = line["entity"], line["task"]
        if line["state"] != "queued":
            running.pop(entity, None)
        elif entity in running:
            yield f"{task} was made while {running[entity]} was at work on {entity}"
        else:
            running[entity] = task


def _broken_chain(rows: Sequence[Row]) -> Iterator[str]:
    before: Row | None = None
    for row in rows:
        number, previous, _ = row
        if before is not None and (number != before[0] + 1 or previous != before[2]):
            yield f"audit: entry {number} does not follow entry {before[0]}"
        before = row
