"""Settings: nested, frozen, from a TOML file and `CORDBOARD_<SECTION>__<NAME>` variables.

Each module receives only its own.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from api.auth.rate_limit import CREDENTIAL_RATE, LOGIN_RATE, TENANT_RATE, ApiRates, rate
from kernel.primitives.secret import Secret

PREFIX = "CORDBOARD_"


class HttpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""  # how browsers reach us, when a proxy stands before us; empty: as they asked
    session_hours: int = 12  # one long shift


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Requests that are answered in so many seconds; a whole such number may come at once."""

    log_in_requests: int = LOGIN_RATE.burst  # of one address
    log_in_seconds: int = LOGIN_RATE.window
    credential_requests: int = CREDENTIAL_RATE.burst  # of one session, API key or OAuth client
    credential_seconds: int = CREDENTIAL_RATE.window
    tenant_requests: int = TENANT_RATE.burst
    tenant_seconds: int = TENANT_RATE.window

    def rates(self) -> ApiRates:
        return ApiRates(
            login=rate(self.log_in_requests, self.log_in_seconds),
            credential=rate(self.credential_requests, self.credential_seconds),
            tenant=rate(self.tenant_requests, self.tenant_seconds),
        )


class SignOnSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    private_networks: bool = False  # tenants may name identity providers in our own networks: where all are trusted


class FlowSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plain_hosts: str = ""  # with commas: which lookups of call flows may ask by HTTP; all others by HTTPS only
    closed_networks: str = ""  # with commas, in CIDR notation: global addresses of ours that no lookup may ask
    private_networks: bool = False  # lookups and robots may be in our own networks, in clear too: where all are trusted


class WebhookSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    private_networks: bool = False  # tenants may have events sent into our own networks: where all are trusted
    closed_networks: str = ""  # with commas, in CIDR notation: global addresses of ours to which none are sent


class SipSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: int = 5060
    announce: str = ""  # the address written into Via and Contact; empty: `host`
    host6: str = ""  # an IPv6 address to listen on besides; empty: none
    announce6: str = ""
    tls_port: int = 0  # 0: none, as for the next two
    ws_port: int = 0  # behind a proxy that does TLS
    wss_port: int = 0
    certificate: str = ""  # PEM files: the chain and its key, for TLS and WSS; read again when they change
    certificate_key: str = ""
    certificates: str = ""  # a folder of further NAME.crt with NAME.key, chosen by the name that a client asks for
    client_ca: str = ""  # who signs the certificates of carriers that show one; empty: none is asked for
    trusted_ca: str = ""  # who signs those of carriers that we call, besides the authorities of this machine
    caller_ca: str = (
        ""  # who signs the certificates by which carriers vouch for callers (STIR/SHAKEN); empty: unchecked
    )
    caller_hosts: str = ""  # where those certificates lie: host names, a comma between
    phones: str = "udp tcp tls ws wss"  # by which telephones may register and call; empty: by none
    origins: str = ""  # of pages that may open a WebSocket, such as https://app.example.org; empty: any


class MediaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rtp_host: str = "127.0.0.1"
    announce: str = ""  # the address written into SDP and ICE candidates; empty: `rtp_host`
    rtp_ports: str = "20000-29999"
    webrtc: str = "127.0.0.1:3478"
    second_webrtc: str = ""  # of the new engine while an old one ends its calls; empty: the next port
    workers: int = 0  # packet threads of the engine; 0: one per core
    max_legs: int = 0  # each limit of the engine: 0 is its own, 20,000
    max_players: int = 0
    max_recorders: int = 0
    max_detectors: int = 0
    metrics: str = ""  # host:port of the engine's Prometheus page (the next port during an upgrade); empty: none


class RecordingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["wav", "opus"] = "wav"  # of new recordings; Opus takes a tenth of the space, and more processor
    reserve_bytes: int = 512 << 20  # of the spool's disk, kept for recordings in progress: with less, none begins


class StorageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    folder: str = "var"  # database, recordings, spool, keys and the engine's socket live below it
    key_file: str = ""  # the server's key, best on another disk; empty: `server.key` in the folder
    database: Secret = Secret("")  # postgresql://user:password@host/name; empty: SQLite in the folder


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    level: str = "info"
    format: str = "console"  # or "json"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    http: HttpSettings = HttpSettings()
    sip: SipSettings = SipSettings()
    media: MediaSettings = MediaSettings()
    recordings: RecordingSettings = RecordingSettings()
    storage: StorageSettings = StorageSettings()
    log: LogSettings = LogSettings()
    limits: LimitSettings = LimitSettings()
    sign_on: SignOnSettings = SignOnSettings()
    flows: FlowSettings = FlowSettings()
    webhooks: WebhookSettings = WebhookSettings()


class WrongSettings(Exception):
    """The settings cannot be used; the message names the setting."""


def _from_environment(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in environment.items():
        section, separator, field = name.removeprefix(PREFIX).lower().partition("__")
        if name.startswith(PREFIX) and separator:
            found.setdefault(section, {})[field] = value
    return found


def _secret(kind: type, value: object) -> Secret:
    if kind is not Secret or not isinstance(value, str):
        raise NotImplementedError
    return Secret(value)


def load(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Defaults, then `file`, then the environment; WrongSettings names what cannot be used."""
    raw: dict[str, dict[str, Any]] = {}
    try:
        if file is not None:
            raw = tomllib.loads(file.read_text())
        for section, values in _from_environment(environment).items():
            raw.setdefault(section, {}).update(values)
        return msgspec.convert(raw, Settings, strict=False, dec_hook=_secret)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise WrongSettings(f"{file or 'environment'}: {error}") from error
