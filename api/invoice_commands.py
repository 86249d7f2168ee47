"""Commands about invoices, of `cordboard billing`."""

# click leaves a type argument of its parameter types open:
# pyright: reportUnknownMemberType=false

import sys
from pathlib import Path
from uuid import UUID

import rich_click as click

from api.command_line import config_option, load, run


@click.command("run")
@config_option
@click.option("--period", required=True, help="The last month to invoice, such as 2026-10; it must be over.")
@click.option("--issuer", type=click.UUID, help="One provider, or the nil id for the platform; all if absent.")
def run_command(config: Path | None, period: str, issuer: UUID | None) -> None:
    """Issue all invoices up to a month, each only once, without waiting for the grace."""
    from api.invoicing import run_invoices

    found = run(run_invoices(load(config), period, issuer))
    for invoice in found:
        click.echo(f"{invoice.number}  {invoice.period}  {invoice.total_minor} {invoice.currency}  {invoice.id}")
    click.echo(f"Issued {len(found)} invoices.")


@click.command("verify")
@config_option
@click.option("--invoice", type=click.UUID, help="One invoice; all that were issued if absent.")
def verify_command(config: Path | None, invoice: UUID | None) -> None:
    """Compute issued invoices again from the history; names the first difference of each, and fails if there is one."""
    from api.invoicing import verify_invoices

    found = run(verify_invoices(load(config), invoice))
    wrong = [one for one in found if one.difference is not None]
    for one in wrong:
        told = one.difference
        click.echo(f"{one.invoice.number} ({one.invoice.id}): {told.at} is {told.stored}, computed {told.computed}")
    if wrong or (invoice is not None and not found):
        click.echo(f"{len(wrong)} of {len(found)} invoices differ." if found else "There is no such issued invoice.")
        sys.exit(1)
    click.echo(f"{len(found)} invoices are what their history gives.")


@click.command("platform")
@config_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def platform_command(config: Path | None, file: Path) -> None:
    """Set from a JSON file how the platform invoices its providers; without it there are no wholesale invoices."""
    from api.invoicing import set_platform

    settings = run(set_platform(load(config), file.read_bytes()))
    click.echo(f"{settings.party.name} invoices the providers.")


COMMANDS = (run_command, verify_command, platform_command)
