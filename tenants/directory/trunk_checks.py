"""Rules for a trunk's fields and groups of settings."""

import re
from contextlib import suppress

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kernel.contracts.trunks import (
    CallerRules,
    FailOver,
    HealthCheck,
    NumberRules,
    PrefixRule,
    TrunkLimits,
    TrunkOptions,
)
from kernel.primitives.phone import PhoneNumber
from kernel.primitives.secret import Secret
from tenants.directory.checks import Checks
from tenants.directory.model import Trunk

SOURCES = 100  # a carrier's list of signalling addresses has some tens
ORDER = 1_000  # of priorities and weights: three digits are enough to rank a list of carriers
PREFIX_RULES = 50  # a country has fewer prefixes that a carrier treats apart
MOST_CHANNELS = 20_000  # as of a tenant's own limit
MOST_PER_SECOND = 1_000  # beyond what one gateway takes
MOST_QUEUE_SECONDS = 10.0  # a caller who hears nothing for longer has hung up
STATUSES = 50  # more than there are statuses that a carrier sends
ANSWER_WITHIN = (0.5, 32.0)  # one retransmission; timer B (RFC 3261 17.1.1.2)
INTERVAL = (5, 3_600)  # faster is a flood to the carrier, slower finds nothing in time
IN_A_ROW = (1, 20)
URL_LENGTH = 500  # stands in every INVITE, which has to fit into a datagram of UDP where the carrier takes no other
KEY_LENGTH = 2_000  # in PEM: of P-256 it has some 240
EXPIRES = (60, 86_400)  # what carriers accept; a day

_PREFIX = re.compile(r"\+?[0-9*#]{0,20}")
_USERNAME = re.compile(r"[A-Za-z0-9+](?:[A-Za-z0-9+._-]{0,62}[A-Za-z0-9])?")
_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/[!-;=?-~]*")  # no < and > : it stands between them
_TECH_PREFIX = re.compile(r"[0-9*#]{0,10}")


def checked(trunk: Trunk) -> Trunk:
    """The trunk with its sources and its fixed number in canonical form; InvalidInput naming every wrong field."""
    checks = Checks()
    checks.name("name", trunk.name)
    checks.require(len(trunk.sources) <= SOURCES, "sources", "too_many", f"at most {SOURCES}")
    sources = tuple(dict.fromkeys(source for text in trunk.sources if (source := checks.source("sources", text))))
    inbound = trunk.options.inbound
    if trunk.host or inbound is None or not inbound.registers:
        checks.host("host", trunk.host)
    checks.between("port", trunk.port, 0, 65_535)
    if trunk.username:
        checks.name("username", trunk.username)
    checks.codecs("codecs", trunk.codecs)
    checks.region("region", trunk.region)
    _check_account(checks, trunk)
    _check_inbound(checks, trunk)
    _check_signing(checks, trunk)
    options = _checked_options(checks, trunk.options)
    checks.done()
    return msgspec.structs.replace(trunk, sources=sources, options=options)


def _check_account(checks: Checks, trunk: Trunk) -> None:
    account = bool(trunk.username) and trunk.sealed_password is not None
    right = account or trunk.options.registration is None
    checks.require(right, "registration", "no_account", "needs a username and a password")


def _check_inbound(checks: Checks, trunk: Trunk) -> None:
    inbound = trunk.options.inbound
    if inbound is None:
        return
    named = _USERNAME.fullmatch(inbound.username) is not None
    checks.require(named, "inbound", "not_a_user_name", "1 to 64 letters, digits, dots, hyphens, underscores, +")
    secret = trunk.sealed_inbound_password is not None
    checks.require(secret, "inbound_password", "missing", "what the peer proves itself by")
    watched = trunk.options.registration is not None or bool(trunk.options.health.interval_seconds)
    checks.require(
        not (inbound.registers and watched),
        "inbound",
        "no_place",
        "who registers here is neither probed nor a registrar",
    )


def _check_signing(checks: Checks, trunk: Trunk) -> None:
    signing = trunk.options.signing
    if signing is None:
        return
    right = len(signing.certificate_url) <= URL_LENGTH and _HTTPS.fullmatch(signing.certificate_url) is not None
    checks.require(right, "signing", "bad_url", "where the certificate lies: https://…")
    checks.require(trunk.sealed_signing_key is not None, "signing_key", "missing", "what the certificate is about")


def check_signing_key(checks: Checks, told: Secret) -> None:
    """ES256 is the only algorithm of SHAKEN (RFC 8225 8.2)."""
    key = None
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):
        key = load_pem_private_key(told.reveal()[:KEY_LENGTH].encode(), None)
    right = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    checks.require(right, "signing_key", "bad_key", "a private key of P-256 in PEM, without a passphrase")


def _checked_options(checks: Checks, options: TrunkOptions) -> TrunkOptions:
    checks.between("priority", options.priority, 0, ORDER)
    checks.between("weight", options.weight, 0, ORDER)
    if options.domain:
        checks.host("domain", options.domain)
    _check_numbers(checks, options.numbers)
    _check_limits(checks, options.limits)
    _check_fail_over(checks, options.fail_over)
    _check_health(checks, options.health)
    if options.registration is not None:
        checks.between("registration", options.registration.expires_seconds, *EXPIRES)
    return msgspec.structs.replace(options, caller=_checked_caller(checks, options.caller))


def _check_numbers(checks: Checks, numbers: NumberRules) -> None:
    rules: tuple[PrefixRule, ...] = (*numbers.out, *numbers.arriving)
    checks.require(len(rules) <= PREFIX_RULES, "numbers", "too_many", f"at most {PREFIX_RULES} rules")
    right = all(_PREFIX.fullmatch(text) for rule in rules for text in (rule.prefix, rule.replacement))
    checks.require(right, "numbers", "bad_prefix", "prefixes of up to 20 digits, * and #, with or without a + before")
    tech = _TECH_PREFIX.fullmatch(numbers.tech_prefix) is not None
    checks.require(tech, "numbers", "bad_prefix", "a tech prefix of up to 10 digits, * and #")


def _checked_caller(checks: Checks, caller: CallerRules) -> CallerRules:
    if caller.fixed is None:
        return caller
    number = checks.phone("caller", caller.fixed)
    return caller if number is None else msgspec.structs.replace(caller, fixed=number.e164)


def _check_limits(checks: Checks, limits: TrunkLimits) -> None:
    if limits.channels is not None:
        checks.between("limits", limits.channels, 1, MOST_CHANNELS)
    if limits.calls_per_second is not None:
        checks.between("limits", limits.calls_per_second, 1, MOST_PER_SECOND)
    checks.between("limits", limits.queue_seconds, 0, MOST_QUEUE_SECONDS)


def _check_fail_over(checks: Checks, fail_over: FailOver) -> None:
    right = len(fail_over.statuses) <= STATUSES and all(400 <= status <= 699 for status in fail_over.statuses)
    checks.require(right, "fail_over", "bad_statuses", f"up to {STATUSES} statuses between 400 and 699")
    checks.distinct("fail_over", fail_over.statuses)
    checks.between("fail_over", fail_over.answer_within_seconds, *ANSWER_WITHIN)


def _check_health(checks: Checks, health: HealthCheck) -> None:
    if health.interval_seconds:
        checks.between("health", health.interval_seconds, *INTERVAL)
    for count in (health.down_after, health.up_after):
        checks.between("health", count, *IN_A_ROW)


def require_own_number(trunk: Trunk, own: frozenset[PhoneNumber]) -> None:
    """InvalidInput where the trunk would show a number that is not the tenant's, and does not say that it may."""
    caller, checks = trunk.options.caller, Checks()
    right = caller.fixed is None or not caller.own_only or PhoneNumber(caller.fixed) in own
    checks.require(right, "caller", "not_your_number", "one of your own numbers, or `own_only` switched off")
    checks.done()
