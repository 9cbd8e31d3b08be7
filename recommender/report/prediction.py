"""A prediction as a person reads it: the pre-copy table that explains vMotion, totals, risk and inputs."""

from rich.console import Console

from recommender.migration.estimate import MigrationEstimate, MigrationKind
from recommender.report.console import new_table
from recommender.report.quantity_text import duration_text, size_text


def print_estimate(console: Console, estimate: MigrationEstimate, title: str) -> None:
    """Print rounds, then what they add up to."""
    console.print(title)
    if estimate.rounds:
        table = new_table()
        for header in ("round", "memory to transfer", "time needed", "memory changed meanwhile"):
            table.add_column(header, justify="right")
        for step in estimate.rounds:
            table.add_row(
                str(step.number),
                f"{step.memory_mib:,.1f} MiB",
                f"{step.seconds:.3f} s",
                f"{step.changed_mib:,.1f} MiB",
            )
        console.print(table)
    console.print(f"kind        {estimate.kind.value.replace('_', ' ')}")
    console.print(
        f"total       {duration_text(estimate.duration_p50_s)} (p95 {duration_text(estimate.duration_p95_s)})"
    )
    for phase in estimate.phases:
        console.print(f"  {phase.name:10}  {duration_text(phase.p50_s)} (p95 {duration_text(phase.p95_s)})")
    if estimate.width_reason:
        console.print(f"width       {estimate.width_reason}", soft_wrap=True)
    if estimate.kind is MigrationKind.COLD:
        console.print("downtime    none of its own: the VM is not running")
    else:
        console.print(f"downtime    {estimate.downtime_p50_ms:.0f} ms (p95 {estimate.downtime_p95_ms:.0f} ms)")
        verdict = "yes" if estimate.converges else "no: more is changed than can be sent; vMotion has to slow the guest"
        console.print(f"converges   {verdict} (λ = dirty rate / bandwidth = {estimate.dirty_ratio:.2f})")
        loss = f"{estimate.guest_loss_share:.1%} of the migration's time: slowed or standing still"
        console.print(f"guest loses {loss}", soft_wrap=True)
    console.print(f"sent        {size_text(estimate.sent_mib_p50)} (p95 {size_text(estimate.sent_mib_p95)})")
    console.print(f"risk        {estimate.risk.value.replace('_', ' ')}: {estimate.risk_reason}", soft_wrap=True)
    for sentence in estimate.advice:
        console.print(f"advice      {sentence}", soft_wrap=True)
    if estimate.inputs:
        console.print("inputs")
    for item in estimate.inputs:
        console.print(f"  {item.name:16} {item.value:,.1f} {item.unit} ({item.origin})", soft_wrap=True)
