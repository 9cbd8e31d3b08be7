"""Building very much at once without Python looking for garbage in it over and over."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_later() -> Iterator[None]:
    """No search for cycles meanwhile; what is built must have none.

    Python's collector walks through all that there is each time that the number of objects has grown by a quarter: a
    third of the time of a large reading. Reference counts free what they can as ever.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
