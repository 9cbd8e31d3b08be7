"""Telling systemd how the service is: ready, alive, stopping. Nothing happens where systemd did not start it."""

import os
import socket
from contextlib import suppress


def sd_notify(state: str) -> None:
    """Send ``READY=1``, ``WATCHDOG=1`` or ``STOPPING=1`` (sd_notify(3)); a service manager that is gone is no error."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        channel.sendall(state.encode("ascii"))
