"""The price of a rule as a person or a program reads it."""

from typing import Any, Final

from rich.console import Console

from recommender.inventory.inventory import Inventory
from recommender.placement.rule_price import RulePrice
from recommender.report.comparison import comparison_table
from recommender.report.json_document import recommendation_document, violation_document
from recommender.report.names import Names
from recommender.report.text import plain
from recommender.report.violation_text import violation_lines

RULE_PRICE_FORMAT: Final = "recommender-rule-price/1"


def print_rule_price(console: Console, inventory: Inventory, price: RulePrice) -> None:
    """Both answers side by side, what the rule costs in numbers, and where it would be broken without it."""
    console.print(f"The rule {plain(price.rule)!r}")
    console.print(comparison_table(("with it", "without"), (price.with_rule, price.without_rule)))
    if price.objective is None:
        console.print("\nprice      unknown: with the rule, rules stay broken")
    else:
        least, most = ("unknown" if side is None else f"{side:.1f}" for side in (price.least, price.most))
        console.print(f"\nprice      {price.objective:.1f} objective units and {price.moves:+d} moves")
        console.print(f"proof      between the true optima at least {least}, at most {most} objective units")
    console.print(
        "\nWithout it, against it:" if price.broken_without else "\nWithout it, it would be kept all the same."
    )
    for line in violation_lines(Names(inventory), price.broken_without):
        console.print(line, soft_wrap=True)


def rule_price_document(inventory: Inventory, price: RulePrice) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "format": RULE_PRICE_FORMAT,
        "taken_at": inventory.taken_at.isoformat(),
        "rule": price.rule,
        "objective_price": price.objective,
        "objective_price_least": price.least,
        "objective_price_most": price.most,
        "moves_price": price.moves,
        "broken_without": [violation_document(inventory, violation) for violation in price.broken_without],
        "with_rule": recommendation_document(inventory, price.with_rule),
        "without_rule": recommendation_document(inventory, price.without_rule),
    }
