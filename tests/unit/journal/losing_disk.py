"""A disk in memory under SQLite that loses what was not synced when its power is cut, sector by sector.

A SQLite of its own (apsw) writes to it by the VFS below. What was written since a file's last sync survives a cut
or not, each sector by chance; a file whose first sync has not been reached may be gone. SQLite is told that a write
damages no bytes beside it, as it assumes of every Unix file system. The index of the log is kept in memory
(exclusive locking), for a VFS in Python cannot share it; what is written to the database and its log, and when it
is synced, is the same.
"""

import random
from dataclasses import dataclass, field
from typing import Any

import apsw

SECTOR = 512
POWERSAFE_OVERWRITE = 0x1000


class PowerCut(Exception):
    """The disk takes nothing more."""


@dataclass
class File:
    now: bytearray = field(default_factory=bytearray)
    safe: bytes | None = None  # None: its name is not on the disk yet
    since: list[tuple[int, bytes]] = field(default_factory=list)  # offset and data; no data cuts the file there

    def write(self, offset: int, data: bytes) -> None:
        _apply(self.now, offset, data)
        self.since.append((offset, data))

    def sync(self) -> None:
        self.safe, self.since = bytes(self.now), []

    def after_the_cut(self, chance: random.Random) -> bytes | None:
        """What is found there; ``None`` if there is no such file."""
        if self.safe is None and chance.random() < 0.5:
            return None
        left = bytearray(self.safe or b"")
        for offset, data in self.since:
            for start in range(0, max(len(data), 1), SECTOR):
                if chance.random() < 0.5:
                    _apply(left, offset + start, data[start : start + SECTOR])
        return bytes(left)


@dataclass
class Disk:
    """``writes_left`` counts writes and syncs until the power is cut; ``None``: it never is."""

    writes_left: int | None = None
    files: dict[str, File] = field(default_factory=dict)
    number_of_writes: int = 0
    is_dead: bool = False

    def takes_one_more(self) -> bool:
        """Raises ``PowerCut`` the first time that it does not; whoever clears up after that is not heard."""
        if self.is_dead:
            return False
        if self.number_of_writes == self.writes_left:
            self.is_dead = True
            raise PowerCut
        self.number_of_writes += 1
        return True


class DiskSystem(apsw.VFS):
    """Registers itself under ``name`` for as long as it lives."""

    def __init__(self, name: str, disk: Disk) -> None:
        self._disk = disk
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802  # SQLite's names
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        flags[1] = flags[0]
        return OpenFile(self._disk, self._disk.files.setdefault(path, File()))

    def xDelete(self, name: str, _sync: bool) -> None:  # noqa: N802
        if self._disk.takes_one_more():
            self._disk.files.pop(name, None)

    def xAccess(self, name: str, _flags: int) -> bool:  # noqa: N802
        return name in self._disk.files

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


class OpenFile:
    """What SQLite calls for one open file."""

    def __init__(self, disk: Disk, file: File) -> None:
        self._disk, self._file = disk, file

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._file.now[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._disk.takes_one_more():
            self._file.write(offset, bytes(data))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        if self._disk.takes_one_more():
            self._file.write(size, b"")

    def xSync(self, _flags: int) -> None:  # noqa: N802
        if self._disk.takes_one_more():
            self._file.sync()

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._file.now)

    def xSectorSize(self) -> int:  # noqa: N802
        return SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return POWERSAFE_OVERWRITE

    def xLock(self, _level: int) -> None:  # noqa: N802
        pass

    def xUnlock(self, _level: int) -> None:  # noqa: N802
        pass

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, _operation: int, _pointer: int) -> bool:  # noqa: N802
        return False

    def xClose(self) -> None:  # noqa: N802
        pass


def _apply(content: bytearray, offset: int, data: bytes) -> None:
    if not data:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data
