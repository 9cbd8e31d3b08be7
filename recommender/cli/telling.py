"""Printing an answer of placement with why it is so, in the form asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from recommender.placement.request import PlacementRequest
    from recommender.placement.result import PlacementResult


def tell_recommendation(
    request: "PlacementRequest",
    result: "PlacementResult",
    output: str,
    *,
    lines: Sequence[str] = (),
    document: dict[str, Any] | None = None,
) -> None:
    """``lines`` come after the table, ``document`` into the JSON: what a verb tells beside the moves."""
    from recommender.placement.conflicts.diagnosis import diagnose
    from recommender.report.conflict import diagnosis_document
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps, recommendation_document
    from recommender.report.recommendation import print_recommendation

    diagnosis = diagnose(request, result)
    if output == "json":
        whole = recommendation_document(request.inventory, result) | (document or {})
        click.echo(dumps(whole | diagnosis_document(request.inventory, diagnosis)))
        return
    console = data_console()
    print_recommendation(console, request.inventory, result, diagnosis)
    for line in lines:
        console.print(line, soft_wrap=True)
