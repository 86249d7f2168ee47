"""Which sockets follow from the settings, and which settings say too little."""

import pytest

from api.composition import gateway_settings
from api.settings import load
from gateway.app.settings import GatewaySettings, read_transports
from gateway.io.certificates import TlsFiles
from gateway.sip.flow import HostPort

FILES = TlsFiles("chain.pem", "key.pem")


def test_udp_and_tcp_share_a_port_and_the_rest_is_asked_for() -> None:
    assert [(one.transport, one.host, one.port) for one in GatewaySettings().listeners()] == [
        ("UDP", "127.0.0.1", 5060),
        ("TCP", "127.0.0.1", 5060),
    ]


def test_every_transport_in_both_families() -> None:
    settings = GatewaySettings(
        host="0.0.0.0",
        announce="192.0.2.1",
        host6="::",
        announce6="2001:db8::1",
        tls_port=5061,
        ws_port=5080,
        wss_port=5443,
        tls=FILES,
    )
    listeners = settings.listeners()
    assert [one.transport for one in listeners] == ["UDP", "TCP", "TLS", "WS", "WSS"] * 2
    assert {one.advertised for one in listeners if one.host == "::"} == {
        HostPort("2001:db8::1", port) for port in (5060, 5061, 5080, 5443)
    }
    assert [one.tls for one in listeners[:5]] == [None, None, FILES, None, FILES]


@pytest.mark.parametrize(
    "given",
    [
        {"host": "0.0.0.0"},
        {"host6": "::"},
        {"announce": "192.0.2.1", "port": 0},
        {"announce": "192.0.2.1", "ws_port": 0},
        {"tls_port": 5061},
        {"wss_port": 5443},
    ],
)
def test_settings_that_say_too_little_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"announce|certificate"):
        GatewaySettings(**given)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_the_environment_names_ports_and_files() -> None:
    given = {"TLS_PORT": "5061", "CERTIFICATE": "a.crt", "CERTIFICATE_KEY": "a.key", "CERTIFICATES": "domains"}
    settings = gateway_settings(
        load(environment={f"CORDBOARD_SIP__{name}": value for name, value in given.items()}).sip
    )
    assert (settings.tls_port, settings.ws_port, settings.wss_port) == (5061, None, None)
    assert settings.tls == TlsFiles("a.crt", "a.key", folder="domains")


def test_telephones_are_served_by_the_transports_that_are_named() -> None:
    environment = {"CORDBOARD_SIP__PHONES": "tls WSS", "CORDBOARD_SIP__ORIGINS": "https://a.example https://b.example"}
    settings = gateway_settings(load(None, environment).sip)
    assert settings.phones == {"TLS", "WSS"}
    assert settings.origins == ("https://a.example", "https://b.example")


def test_pages_are_asked_where_they_come_from_on_web_sockets_only() -> None:
    settings = GatewaySettings(ws_port=5080, origins=("https://a.example",))
    assert [(one.transport, bool(one.origins)) for one in settings.listeners()] == [
        ("UDP", False),
        ("TCP", False),
        ("WS", True),
    ]


def test_an_unknown_transport_is_named() -> None:
    with pytest.raises(ValueError, match="unknown: sctp"):
        read_transports("udp sctp")


def test_two_listeners_on_one_port_are_refused() -> None:
    with pytest.raises(ValueError, match="port of its own"):
        GatewaySettings(tls_port=5061, wss_port=5061, tls=FILES)
