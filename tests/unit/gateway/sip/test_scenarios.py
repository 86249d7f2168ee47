"""RFC 3665, 5359 and 5407 at 0, 10 and 30 % loss: calls end once on every side, and nothing is left."""

import pytest

from gateway.sip.flow import Transport
from tests.unit.gateway.sip.basic_flows import RFC_3665
from tests.unit.gateway.sip.network import QUIET, Network
from tests.unit.gateway.sip.races import RFC_5407
from tests.unit.gateway.sip.register_flows import REGISTRATIONS
from tests.unit.gateway.sip.services import RFC_5359
from tests.unit.gateway.sip.stage import Scenario, trail_of

ALL = [
    pytest.param(scenario, id=f"RFC {rfc}, {scenario.name}")
    for rfc, scenarios in (("3665", [*REGISTRATIONS, *RFC_3665]), ("5359", RFC_5359), ("5407", RFC_5407))
    for scenario in scenarios
]
SEEDS = range(1, 5)


def played(scenario: Scenario, net: Network) -> Network:
    """Play it, end by force what loss left standing, and let all timers run out."""
    scenario.play(net)
    net.run(60.0)
    net.close()
    net.run(QUIET)
    net.assert_settled()
    return net


@pytest.mark.parametrize("scenario", ALL)
def test_without_loss_all_goes_as_it_is_written(scenario: Scenario) -> None:
    net = played(scenario, Network())
    if scenario.trail:
        assert trail_of(net) == scenario.trail
        again = {phone.endpoint.counters.retransmissions_sent for phone in net.phones.values()}
        assert again == {0} or "silent" in scenario.name or "no response" in scenario.name
    scenario.proof(net)


@pytest.mark.parametrize("loss", [0.1, 0.3])
@pytest.mark.parametrize("scenario", ALL)
def test_with_loss_copies_and_reordering_every_call_ends_once(scenario: Scenario, loss: float) -> None:
    repeated = 0
    for seed in SEEDS:
        net = played(scenario, Network(seed=seed, loss=loss, copies=0.1))
        repeated += sum(phone.endpoint.counters.retransmissions_sent for phone in net.phones.values())
    assert repeated > 0, "what was lost was sent again"


DATAGRAMS_ONLY = ("prox", "no response", "silent", "early BYE", "again in moratorium")
"""They need a relay over UDP, silence, which a connection does not have, or a bare message."""


@pytest.mark.parametrize("transport", ["TCP", "TLS"])
@pytest.mark.parametrize("scenario", [one for one in ALL if not any(word in str(one.id) for word in DATAGRAMS_ONLY)])
def test_over_connections_only_the_2xx_is_ever_repeated(scenario: Scenario, transport: Transport) -> None:
    net = played(scenario, Network(transport=transport))
    scenario.proof(net)
    for phone in net.phones.values():
        sent = [data for _, data in phone.sent if not data.startswith((b"SIP/2.0 1", b"SIP/2.0 2", b"ACK"))]
        assert len(sent) == len(set(sent)), "nothing else is sent twice"
