"""What the gateway is told of one tenant's calls out."""

from collections.abc import Sequence

from kernel.contracts.base import TenantScope
from kernel.contracts.directory import DiallingRules, TrunkConfig
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from tenants.billing.invoices.standings import StandingRepository
from tenants.billing.standing import Standing
from tenants.directory.model import Number, Tenant, Trunk
from tenants.directory.repository import NumberRepository, TenantRepository, TrunkRepository
from tenants.limits.repository import LimitsRepository


async def load_dialling_rules(database: Database, scope: TenantScope) -> DiallingRules:
    """As of one moment."""
    async with database.read(scope) as unit:
        tenant = await TenantRepository(unit.session, scope).get()
        numbers = await NumberRepository(unit.session, scope).rows.find()
        trunks = await TrunkRepository(unit.session, scope).rows.find()
        limits = await LimitsRepository(unit.session, scope).get()
        standing, _ = await StandingRepository(unit.session, scope).get()
    return DiallingRules(
        tenant=scope.tenant,
        numbers=frozenset(number.called for number in numbers),
        region=region_of(tenant, trunks, numbers),
        limits=limits.told,
        suspended=standing is Standing.SUSPENDED or tenant.closed_at is not None,
    )


def region_of(tenant: Tenant, trunks: Sequence[Trunk], numbers: Sequence[Number]) -> str | None:
    """The country that people of the tenant dial from: that of its trunk for calls out, else of the number shown.

    Where neither is set only emergency numbers can be dialled, and they are those of the trunks' country.
    """
    of_trunk = (trunk.region for trunk in trunks if trunk.id == tenant.outbound_trunk)
    of_number = (number.called.region for number in numbers if number.id == tenant.outbound_number)
    others = (trunk.region for trunk in sorted(trunks, key=lambda trunk: not trunk.options.emergency))
    return next((region for region in (*of_trunk, *of_number, *others) if region), None)


def config_of(
    trunk: Trunk,
    tenant: TenantId,
    password: Secret | None = None,
    key: Secret | None = None,
    tls_key: Secret | None = None,
) -> TrunkConfig:
    """The trunk as the gateway knows it; `key` is the one that it signs by, `tls_key` its certificate's."""
    return TrunkConfig(
        trunk=trunk.id,
        tenant=tenant,
        name=trunk.name,
        sources=trunk.sources,
        host=trunk.host,
        port=trunk.port,
        transport=trunk.transport,
        username=trunk.username,
        password=password,
        signing_key=key,
        tls_key=tls_key,
        codecs=trunk.codecs,
        region=trunk.region,
        srtp=trunk.srtp,
        options=trunk.options,
    )
