"""JSON documents on disk: written whole or not at all, readable by their owner only, read back with every problem."""

import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from recommender.errors import DocumentError

LARGEST_INTEGER = 2**63 - 1  # more than any quantity here; beyond it arithmetic with floats fails
LINES_DOWN_TO_DEPTH = 3  # below that, one entity a line

_T = TypeVar("_T")


def read_document(
    path: Path,
    adapter: TypeAdapter[_T],
    file_format: str,
    further_problems: Callable[[dict[str, Any]], Iterable[str]] = lambda _: (),
) -> _T:
    """The document in a file; as ``parse_document``, and a file that is absent or unreadable is an error as well."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DocumentError(f"{path} cannot be read", ["there is no such file"]) from error
    except OSError as error:
        raise DocumentError(f"{path} cannot be read", [error.strerror or str(error)]) from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path} is not JSON", ["it is not UTF-8 text"]) from error
    return parse_document(text, str(path), adapter, file_format, further_problems)


def parse_document(
    text: str,
    origin: str,
    adapter: TypeAdapter[_T],
    file_format: str,
    further_problems: Callable[[dict[str, Any]], Iterable[str]] = lambda _: (),
) -> _T:
    """The document in a text from ``origin``.

    ``file_format`` is *family/version*; ``further_problems`` looks at the JSON for what types cannot say. Raises
    ``DocumentError`` for a text that is not JSON, of another family or version, or wrong in its content; then it lists
    all that is wrong, each with its JSON path.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{origin} is not JSON", [_one_line(error)]) from error
    if problem := _format_problem(content, file_format):
        raise DocumentError(f"{origin} cannot be used", [problem])
    problems = [f"{json_path(place)}: {what}" for place, what in _unusable_numbers((), content)]
    try:
        document = adapter.validate_json(text, strict=True)
    except ValidationError as error:
        problems.extend(_described(detail) for detail in error.errors(include_url=False, include_input=False))
    problems.extend(further_problems(content))
    if problems:
        raise DocumentError(f"{origin} cannot be used", problems)
    return document


def document_text(content: object, depth: int = 0) -> str:
    """ASCII JSON in a stable order: lines down to the single entity, each entity in one line."""
    if depth < LINES_DOWN_TO_DEPTH and isinstance(content, dict | list) and content:
        indent, inner = " " * depth, " " * (depth + 1)
        if isinstance(content, dict):
            parts = [f"{json.dumps(key)}: {document_text(value, depth + 1)}" for key, value in content.items()]
            return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}}}"
        parts = [json.dumps(item, allow_nan=False) for item in content]
        return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}]"
    return json.dumps(content, allow_nan=False)


def write_document(path: Path, content: object) -> None:
    """Put JSON into a file of mode 0600, which holds all of it or what it held before. Raises ``DocumentError``."""
    try:
        text = document_text(content) + "\n"
    except ValueError as error:
        raise DocumentError(f"{path} cannot be written", ["a number in it is not finite"]) from error
    try:
        if path.exists() and not path.is_file():
            raise DocumentError(f"{path} cannot be written", ["it is not a regular file"])
        _replace(path, text)
    except OSError as error:
        raise DocumentError(f"{path} cannot be written", [error.strerror or str(error)]) from error


def json_path(place: tuple[str | int, ...]) -> str:
    """``inventory.hosts[3].name``; a key that is no plain word is quoted, so that it cannot steer a terminal."""
    parts = []
    for part in place:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        else:
            parts.append(f".{part}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", part) else f"[{json.dumps(part)}]")
    return "".join(parts).removeprefix(".")


def _format_problem(content: Any, file_format: str) -> str | None:
    family, version = file_format.rsplit("/", 1)
    found = content.get("format") if isinstance(content, dict) else None
    if not isinstance(found, str):
        return f'it is not a {family} document: a JSON object with "format": "{file_format}" is expected'
    found_family, _, found_version = found.rpartition("/")
    if found_family != family or not (found_version.isascii() and found_version.isdecimal()):
        return f"format: {file_format} is expected, the file says {json.dumps(found)}"
    if int(found_version) > int(version):
        return f"format: the file is {found}, written by a newer version of this program; this one reads {file_format}"
    if int(found_version) < int(version):
        return f"format: the file is {found}, written by an older version of this program; make it anew"
    return None


def _unusable_numbers(place: tuple[str | int, ...], content: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Numbers that JSON readers take but no calculation should: NaN, infinities, integers beyond 64 bits."""
    if isinstance(content, dict):
        for key, value in content.items():
            if value.__class__ is not str:
                yield from _unusable_numbers((*place, key), value)
    elif isinstance(content, list):
        for position, value in enumerate(content):
            if value.__class__ is not str:
                yield from _unusable_numbers((*place, position), value)
    elif isinstance(content, float) and not math.isfinite(content):
        yield place, "is not a finite number"
    elif isinstance(content, int) and abs(content) > LARGEST_INTEGER:
        yield place, "is too large a number"


def _described(detail: ErrorDetails) -> str:
    place, message = json_path(detail["loc"]), detail["msg"].removeprefix("Value error, ")
    match detail["type"]:
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            message = "is missing"
        case "unexpected_keyword_argument" | "extra_forbidden":
            message = "no such field"
    return f"{place}: {message[:1].lower()}{message[1:]}" if place else message


def _replace(path: Path, text: str) -> None:
    # mkstemp opens with mode 0600, so the content is never readable by others, not even for a moment.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # makes the new name durable, not only the content
    finally:
        os.close(directory)


def _one_line(error: BaseException) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
