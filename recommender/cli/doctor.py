"""``doctor``: whether everything is in place, and what to do where it is not."""

import os
from typing import TYPE_CHECKING

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.options import output_option, vcenter_options
from recommender.cli.situation import prompt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recommender.inventory.finding import Finding
    from recommender.settings.command_line import VCenterOptions


@click.command()
@output_option
@vcenter_options
def doctor(vcenter: "VCenterOptions", output: str) -> int:
    """Look at vCenters, privileges, networks, DRS, journal and time zones; one line a finding, with what to do.

    Nothing is changed. Exit codes: 0 without errors (warnings may be there), 3 if a vCenter cannot be used,
    9 if the journal cannot, 7 for any other error.
    """
    from recommender.report.console import data_console
    from recommender.report.findings import findings_document, print_findings
    from recommender.report.json_document import dumps
    from recommender.service.examination import examine_all
    from recommender.service.system_clock import SystemClock
    from recommender.settings.command_line import settings_for

    findings = examine_all(settings_for(vcenter), os.environ, prompt(), SystemClock())
    if output == "json":
        click.echo(dumps(findings_document(findings)))
    else:
        print_findings(data_console(), findings)
    return _exit_code(findings)


def _exit_code(findings: "Iterable[Finding]") -> ExitCode:
    areas = {finding.area for finding in findings if finding.severity == "error"}
    if "connection" in areas:
        return ExitCode.UNAVAILABLE
    if "journal" in areas:
        return ExitCode.JOURNAL
    return ExitCode.INCOMPLETE if areas else ExitCode.DONE
