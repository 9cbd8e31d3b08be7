"""Findings of ``doctor``: one line each, and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console

from recommender.inventory.finding import Finding
from recommender.report.text import plain

FINDINGS_FORMAT: Final = "recommender-findings/1"


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """One line a finding: severity, area, subject, what was found and what to do."""
    for finding in findings:
        console.print(finding_line(finding), soft_wrap=True)


def finding_line(finding: Finding) -> str:
    """``WARNING  drs  blue: DRS is fully automated … → set …``."""
    remedy = f" → {finding.remedy}" if finding.remedy else ""
    line = f"{finding.severity.value.upper():8} {finding.area:10} {finding.subject}: {finding.told}{remedy}"
    return plain(" ".join(line.split("\n")))


def findings_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """``findings[]``: ``severity``, ``area``, ``subject``, ``told``, ``remedy``."""
    return {
        "format": FINDINGS_FORMAT,
        "findings": [asdict(finding) | {"severity": finding.severity.value} for finding in findings],
    }
