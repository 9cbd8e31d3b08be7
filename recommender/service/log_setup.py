"""structlog, once per process: JSON lines (or readable ones) on standard error."""

import logging
import os
import sys
from typing import Literal

import structlog

from recommender.report.text import plain


def set_up_log(level: Literal["debug", "info", "warning", "error"], form: Literal["json", "console"]) -> None:
    """Configure structlog. ``console`` is for people; names from outside are made harmless in both forms."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=True)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty() and not os.environ.get("NO_COLOR"))
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _make_harmless,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def _make_harmless(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    del logger, method
    return {
        key: plain(value) if isinstance(value, str) and key != "exception" else value for key, value in event.items()
    }
