"""``serve``: the long-running service."""

import os
from typing import TYPE_CHECKING

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import now
from recommender.cli.options import vcenter_options
from recommender.cli.situation import prompt

if TYPE_CHECKING:
    import threading

    from recommender.settings.command_line import VCenterOptions


@click.command()
@vcenter_options
def serve(vcenter: "VCenterOptions") -> int:
    """Poll, recommend, run the configured evacuations, and act as far as the automation level lets.

    Several on one journal share the vCenters there are, and take over what another leaves. SIGTERM or Ctrl-C starts
    nothing new and leaves what runs to the next one, which settles it by looking; a second one ends at once. A changed
    configuration is taken up, or refused whole, when its file changes and at SIGHUP.
    """
    import signal
    import threading
    from contextlib import ExitStack
    from datetime import timedelta

    from recommender.journal.store import open_journal
    from recommender.service import daemon
    from recommender.service.leading.branch import Part
    from recommender.service.leading.territories import crossed_by
    from recommender.service.log_setup import set_up_log
    from recommender.service.over_http.control import Control
    from recommender.service.reload import Reload
    from recommender.service.world import real_world
    from recommender.settings.command_line import settings_for

    settings = settings_for(vcenter)
    set_up_log(settings.log.level, settings.log.format)
    stop = threading.Event()
    _stop_on_signals(stop)
    full_every = timedelta(seconds=settings.serve.full_read_interval_s) if settings.serve.follow_updates else None
    with open_journal(settings.journal.url, actor="serve") as journal:
        crossed = crossed_by(journal.open_steps())
    with ExitStack() as stack:
        reload = Reload(settings=settings, crossed=crossed, load=lambda: settings_for(vcenter), file=vcenter.config)
        parts = [
            Part(
                territory=territory,
                world=stack.enter_context(real_world(territory.settings, os.environ, prompt(), full_every=full_every)),
                journal=stack.enter_context(
                    open_journal(settings.journal.url, actor="serve", lease_ttl_s=settings.serve.lease_ttl_s)
                ),
            )
            for territory in reload.territories(settings)
        ]
        signal.signal(signal.SIGHUP, lambda _number, _frame: reload.ask())
        control = Control(
            lambda: reload.settings,
            stack.enter_context(open_journal(settings.journal.url, actor="serve")),
            now,
        )
        daemon.serve(parts, stop, reload=reload, control=control)
    return ExitCode.DONE


def _stop_on_signals(stop: "threading.Event") -> None:
    import signal
    from types import FrameType

    def ask_to_stop(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)  # the second one means it

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
