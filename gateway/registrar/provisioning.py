"""Configuration texts for common telephones: what a person would type into their web pages."""

from collections.abc import Mapping
from typing import Literal, get_args
from xml.sax.saxutils import escape, quoteattr

import msgspec

Format = Literal["snom", "yealink", "grandstream", "poly", "linphone", "baresip"]
FORMATS: tuple[Format, ...] = get_args(Format)

REFRESH_SECONDS = 600  # as the registrar grants where nothing is asked for


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One account. `host` and `port` are where the gateway is; `transport` is udp, tcp or tls."""

    name: str
    domain: str
    secret: str
    label: str
    host: str
    port: int
    transport: Literal["udp", "tcp", "tls"]

    def __repr__(self) -> str:
        return "Line(...)"


class ProvisioningText(msgspec.Struct, frozen=True):
    """A file as the telephone fetches it, or as it is pasted into it."""

    file_name: str
    content_type: str
    text: str

    def __repr__(self) -> str:
        return f"ProvisioningText({self.file_name!r}, ...)"


def provisioning(wanted: Format, line: Line) -> ProvisioningText:
    """Write the text; values are escaped as its syntax asks for."""
    file_name, content_type, template = _TEMPLATES[wanted]
    return ProvisioningText(file_name, content_type, template.format_map(_values(wanted, line)))


def _values(wanted: Format, line: Line) -> Mapping[str, object]:
    shape = str if wanted in ("yealink", "baresip") else escape
    numbers = {"udp": 0, "tcp": 1, "tls": 2}  # Yealink and Grandstream count transports alike
    return {
        "name": shape(line.name),
        "domain": shape(line.domain),
        "secret": shape(line.secret),
        "label": shape(_one_line(line.label)),
        "quoted_label": quoteattr(_one_line(line.label)),
        "host": shape(line.host),
        "uri_host": f"[{line.host}]" if ":" in line.host else line.host,
        "port": line.port,
        "transport": line.transport,
        "transport_number": numbers[line.transport],
        "transport_word": {"udp": "UDPOnly", "tcp": "TCPOnly", "tls": "TLS"}[line.transport],
        "seconds": REFRESH_SECONDS,
    }


def _one_line(text: str) -> str:
    """A person's name, without what would begin another setting."""
    return "".join(character for character in text if character.isprintable() and character not in '"<>;{}\\')


_SNOM = """<?xml version="1.0" encoding="utf-8"?>
<settings>
  <phone-settings>
    <user_active idx="1" perm="">on</user_active>
    <user_realname idx="1" perm="">{label}</user_realname>
    <user_name idx="1" perm="">{name}</user_name>
    <user_pname idx="1" perm="">{name}</user_pname>
    <user_pass idx="1" perm="">{secret}</user_pass>
    <user_host idx="1" perm="">{domain}</user_host>
    <user_outbound idx="1" perm="">{uri_host}:{port};transport={transport}</user_outbound>
    <user_expiry idx="1" perm="">{seconds}</user_expiry>
  </phone-settings>
</settings>
"""

_YEALINK = """#!version:1.0.0.1
account.1.enable = 1
account.1.label = {label}
account.1.display_name = {label}
account.1.user_name = {name}
account.1.auth_name = {name}
account.1.password = {secret}
account.1.sip_server.1.address = {domain}
account.1.sip_server.1.port = {port}
account.1.sip_server.1.transport_type = {transport_number}
account.1.sip_server.1.expires = {seconds}
account.1.outbound_proxy_enable = 1
account.1.outbound_proxy.1.address = {host}
account.1.outbound_proxy.1.port = {port}
account.1.nat.udp_update_enable = 1
"""

_GRANDSTREAM = """<?xml version="1.0" encoding="UTF-8"?>
<gs_provision version="1">
  <config version="1">
    <P271>1</P271>
    <P270>{label}</P270>
    <P47>{domain}</P47>
    <P48>{uri_host}:{port}</P48>
    <P35>{name}</P35>
    <P36>{name}</P36>
    <P34>{secret}</P34>
    <P3>{label}</P3>
    <P130>{transport_number}</P130>
    <P32>{minutes}</P32>
  </config>
</gs_provision>
"""

_POLY = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<PHONE_CONFIG>
  <ALL
    reg.1.displayName={quoted_label}
    reg.1.label={quoted_label}
    reg.1.address="{name}@{domain}"
    reg.1.auth.userId="{name}"
    reg.1.auth.password="{secret}"
    reg.1.server.1.address="{domain}"
    reg.1.server.1.expires="{seconds}"
    reg.1.outboundProxy.address="{host}"
    reg.1.outboundProxy.port="{port}"
    reg.1.outboundProxy.transport="{transport_word}"
  />
</PHONE_CONFIG>
"""

_LINPHONE = """<?xml version="1.0" encoding="UTF-8"?>
<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">
  <section name="sip">
    <entry name="default_proxy" overwrite="true">0</entry>
  </section>
  <section name="proxy_0">
    <entry name="reg_proxy" overwrite="true">&lt;sip:{domain}&gt;</entry>
    <entry name="reg_route" overwrite="true">&lt;sip:{uri_host}:{port};transport={transport};lr&gt;</entry>
    <entry name="reg_identity" overwrite="true">"{label}" &lt;sip:{name}@{domain}&gt;</entry>
    <entry name="reg_expires" overwrite="true">{seconds}</entry>
    <entry name="reg_sendregister" overwrite="true">1</entry>
  </section>
  <section name="auth_info_0">
    <entry name="username" overwrite="true">{name}</entry>
    <entry name="passwd" overwrite="true">{secret}</entry>
    <entry name="realm" overwrite="true">{domain}</entry>
    <entry name="domain" overwrite="true">{domain}</entry>
  </section>
</config>
"""

_BARESIP = (
    '"{label}" <sip:{name}@{domain};transport={transport}>;auth_user={name};auth_pass={secret};regint={seconds};'
    'outbound="sip:{uri_host}:{port};transport={transport}"\n'
)

_XML = "application/xml"
_PLAIN = "text/plain"
_TEMPLATES: Mapping[Format, tuple[str, str, str]] = {
    "snom": ("snom.xml", _XML, _SNOM),
    "yealink": ("yealink.cfg", _PLAIN, _YEALINK),
    "grandstream": ("cfg.xml", _XML, _GRANDSTREAM.replace("{minutes}", str(REFRESH_SECONDS // 60))),
    "poly": ("poly.cfg", _XML, _POLY),
    "linphone": ("linphone.xml", _XML, _LINPHONE),
    "baresip": ("accounts", _PLAIN, _BARESIP),
}
