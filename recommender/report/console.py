"""The consoles everything is printed on: no markup, no emoji codes, no guessing at numbers."""

import sys

from rich.console import Console
from rich.table import Table

# Piped output is for other programs and for files: tables are not folded there.
UNFOLDED_WIDTH = 200


def data_console() -> Console:
    """Standard output: what was asked for."""
    return Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else UNFOLDED_WIDTH)


def message_console() -> Console:
    """Standard error: progress and remarks."""
    width = None if sys.stderr.isatty() else UNFOLDED_WIDTH
    return Console(stderr=True, markup=False, highlight=False, emoji=False, width=width)


def new_table(title: str | None = None) -> Table:
    """A table in the one style of this product."""
    return Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
