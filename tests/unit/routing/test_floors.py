"""Who shares a floor, held against joining pairs by hand."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.directory import AgentProfile, TenantDirectory
from kernel.primitives.ids import QueueId, TenantId
from routing.acd.state import Bond
from routing.floors import Floors
from tests.unit.routing.floor import ANN, SALES_NUMBER
from tests.unit.routing.shared import client

TENANTS = [TenantId(UUID(int=place)) for place in range(1, 7)]
A, B, C, D, *_ = TENANTS
PAIRS = st.lists(st.tuples(st.sampled_from(TENANTS), st.sampled_from(TENANTS)), max_size=6)


def told(tenant: TenantId, *, homes: tuple[TenantId, ...] = (), clients: tuple[TenantId, ...] = ()) -> TenantDirectory:
    plain = client(tenant, "Tenant", QueueId(UUID(int=tenant.int)), SALES_NUMBER)
    guests = tuple(AgentProfile(agent=ANN, name="Ann", queues=(), has_seat=False, home=home) for home in homes)
    return TenantDirectory(
        tenant=tenant,
        name=plain.name,
        time_zone=plain.time_zone,
        currency=plain.currency,
        queues=plain.queues,
        agents=guests,
        numbers=(),
        outbound_trunk=None,
        outbound_caller=None,
        clients=clients,
    )


def floors_of(guests: list[tuple[TenantId, TenantId]], clients: list[tuple[TenantId, TenantId]]) -> Floors:
    floors = Floors()
    for tenant in TENANTS:
        homes = tuple(home for host, home in guests if host == tenant)
        floors.put(told(tenant, homes=homes, clients=tuple(to for home, to in clients if home == tenant)))
    return floors


def joined(pairs: list[tuple[TenantId, TenantId]]) -> dict[TenantId, set[TenantId]]:
    """Each tenant's floor, by putting pairs together until nothing changes."""
    floors = {tenant: {tenant} for tenant in TENANTS}
    for one, other in pairs:
        whole = floors[one] | floors[other]
        for tenant in whole:
            floors[tenant] = whole
    return floors


@given(guests=PAIRS, clients=PAIRS, bonds=PAIRS)
def test_links_of_both_directories_and_bonds_join(
    guests: list[tuple[TenantId, TenantId]],
    clients: list[tuple[TenantId, TenantId]],
    bonds: list[tuple[TenantId, TenantId]],
) -> None:
    floors = floors_of(guests, clients)
    floors.bind((), [Bond(*pair) for pair in bonds])
    expected = joined(guests + clients + bonds)
    for tenant in TENANTS:
        assert floors.floor_of(tenant) == tuple(sorted(expected[tenant]))


def test_what_a_directory_says_no_more_joins_no_more() -> None:
    floors = floors_of([(B, A)], [])
    assert floors.floor_of(A) == (A, B)
    floors.put(told(B))
    assert floors.floor_of(A) == (A,)


def test_a_bond_holds_until_the_floor_is_looked_at_again() -> None:
    floors = floors_of([], [(A, B), (A, C)])
    floors.bind((A, B, C), [Bond(A, B)])
    floors.put(told(A))
    assert floors.floor_of(B) == (A, B)
    assert floors.floor_of(C) == (C,)
    floors.bind((A, B), [])
    assert floors.floor_of(B) == (B,)


def test_a_tenant_that_is_not_known_yet_is_on_no_floor() -> None:
    floors = Floors()
    floors.put(told(A, clients=(D,)))
    assert floors.floor_of(A) == (A,)
    assert D not in floors
    floors.put(told(D))
    assert floors.floor_of(A) == (A, D)
