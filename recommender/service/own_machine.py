"""The machine that this program runs on, as its firmware tells it."""

from pathlib import Path
from typing import Final

PRODUCT_UUID: Final = Path("/sys/class/dmi/id/product_uuid")


def own_bios_uuid(file: Path = PRODUCT_UUID) -> str | None:
    """The BIOS UUID, ``None`` where it cannot be read (Linux shows it to root alone) or there is none."""
    try:
        return file.read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
