"""Commands about single calls: `cordboard call trace | capture`."""

# click leaves a type argument of its parameter types open:
# pyright: reportUnknownMemberType=false

from datetime import timedelta
from pathlib import Path
from typing import cast
from uuid import UUID

import msgspec
import rich_click as click

from api.command_line import config_option, load, run
from kernel.primitives.ids import CallId, TenantId, TrunkId

MAX_MINUTES = 60  # a capture that is forgotten must not go on


@click.group()
def call() -> None:
    """What was said about one call."""


@call.command("trace")
@config_option
@click.argument("identity", metavar="ID", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of the ladder.")
@click.option("--numbers", is_flag=True, help="Say whose call it was; this is written into the tenant's audit.")
@click.option(
    "--pcap", type=click.Path(path_type=Path, dir_okay=False), help="Write the captured packets; also audited."
)
def trace(config: Path | None, identity: UUID, as_json: bool, numbers: bool, pcap: Path | None) -> None:
    """Draw the signalling of call ID as a ladder; the server may run."""
    from api.call_traces import read_trace

    found = run(read_trace(load(config), CallId(identity), numbers=numbers, packets=pcap is not None))
    if pcap is not None:
        pcap.write_bytes(found.pcap)
        click.echo(f"{pcap}: {len(found.pcap):,} bytes", err=True)
    said = cast(bytes, msgspec.json.format(found.json)).decode() if as_json else found.text
    click.echo(said, nl=as_json)


@call.command("capture")
@config_option
@click.option("--tenant", type=click.UUID, required=True)
@click.option("--number", help="Calls from or to this number, E.164.")
@click.option("--trunk", type=click.UUID, help="Calls by this trunk.")
@click.option("--minutes", type=click.IntRange(1, MAX_MINUTES), default=10, show_default=True)
def capture(config: Path | None, tenant: UUID, number: str | None, trunk: UUID | None, minutes: int) -> None:
    """Keep whole packets of calls that begin in the next minutes, for `call trace --pcap`; this is audited."""
    from api.call_traces import begin_capture

    if number is None and trunk is None:
        raise click.UsageError("Say which calls: --number or --trunk.")
    by = None if trunk is None else TrunkId(trunk)
    until = run(begin_capture(load(config), TenantId(tenant), number, by, timedelta(minutes=minutes)))
    click.echo(f"Calls that begin before {until:%H:%M:%S} UTC are captured; the server hears of it within 5 seconds.")
