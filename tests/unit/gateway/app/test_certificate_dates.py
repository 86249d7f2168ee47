"""Which certificates are told of before they end: of two tenants."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from gateway.app.certificate_dates import EARLY, Ending, ending
from kernel.contracts.directory import DomainConfig, TrunkConfig
from kernel.contracts.trunks import TrunkOptions, TrunkTls
from kernel.primitives.ids import TenantId, TrunkId
from tests.certificates import Authority

US, THEM = TenantId(UUID(int=1)), TenantId(UUID(int=2))


@pytest.fixture
def chain(tmp_path: Path) -> str:
    return Path(Authority(tmp_path).issue("north.example").certificate).read_text()


def trunk(certificate: str) -> TrunkConfig:
    options = TrunkOptions(tls=TrunkTls(certificate=certificate, trusted_ca="paper"))
    return TrunkConfig(
        trunk=TrunkId(UUID(int=9)),
        tenant=US,
        name="Carrier",
        sources=(),
        host="a",
        port=0,
        transport="tls",
        options=options,
    )


@pytest.mark.parametrize(("before", "told"), [(EARLY + timedelta(minutes=1), False), (EARLY, True), (-EARLY, True)])
def test_what_ends_within_two_weeks_or_has_ended_is_told(chain: str, before: timedelta, told: bool) -> None:
    domain = DomainConfig(tenant=THEM, domain="south.example", certificate=chain)
    (found, _) = ending([trunk(chain)], [domain], datetime.now(UTC))
    ends_at = found.ends_at
    expected = [Ending(US, "Carrier", ends_at), Ending(THEM, "south.example", ends_at)] if told else []
    assert ending([trunk(chain)], [domain], ends_at - before) == expected


def test_where_nothing_is_shown_nothing_ends() -> None:
    assert ending([trunk("")], [DomainConfig(tenant=US, domain="a")], datetime.now(UTC)) == []
