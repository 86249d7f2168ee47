"""An example of each body, checked by its own type."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from api.openapi import billing_examples as billing
from api.openapi import flow_examples as flows
from api.openapi import indicator_examples as indicators
from api.openapi import people_examples as people
from api.openapi import phone_examples as phones
from api.openapi import privacy_examples as privacy
from api.openapi import queue_examples as queues
from api.openapi import security_examples as security
from api.openapi import webhook_examples as webhooks
from api.openapi import worklist_examples as worklists
from api.schemas.calls import CallBody, CallQuality, PassedOnBody, QualityBody, RecordingBody, SegmentBody
from api.schemas.common import Body, Input
from api.schemas.contacts import ContactBody, ContactChange, ContactInput, ContactsImported, RefusedLine
from api.schemas.limits import LimitsBody, LimitsChange
from api.schemas.price_lists import (
    PlanPricesBody,
    PlanPricesInput,
    ProviderPlanBody,
    ProviderPlanChange,
    ProviderPlanInput,
    RateBody,
    RateDeckBody,
    RateDeckInput,
    RateDeckVersionBody,
)
from api.schemas.queues import NumberBody, NumberChange, NumberInput
from api.schemas.seats import (
    BillingEntryBody,
    ChargeBody,
    InvoiceBody,
    InvoiceLineBody,
    InvoicePeriod,
    OfferedPlanBody,
    PlanBody,
    PlanChange,
    RatedBody,
    SeatAssignmentBody,
    SeatBody,
    SeatInput,
    SeatsBody,
    UsageBody,
)
from api.schemas.session import Credentials, SessionBody, SessionTenant, SessionUser
from api.schemas.tenant import TenantBody, TenantChange
from api.schemas.traces import CallTraceBody, TraceLegBody, TraceMessageBody
from api.schemas.trunks import (
    HeaderBody,
    NamedTrunkStatesBody,
    TrunkBody,
    TrunkChange,
    TrunkInput,
    TrunkPreviewBody,
    TrunkPreviewInput,
    TrunkStateBody,
    TrunkStatesBody,
)
from insight.kpi.records import SegmentKind
from insight.questions import ShownOutcome
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.carriers import TrunkReason
from kernel.contracts.directory import NOT_READY_REASONS
from kernel.contracts.trunks import (
    CallerRules,
    FailOver,
    HealthCheck,
    InboundAccount,
    NumberRules,
    Signing,
    TrunkLimits,
)
from kernel.primitives.ids import TenantId
from kernel.primitives.money import Money
from tenants.billing import EntryKind, Interval, Metric, SeatKind, Side
from tenants.directory import Role

_USER = UUID("0198c0de-0000-7000-8000-000000000001")
_TENANT = TenantId(UUID("0198c0de-0000-7000-8000-000000000002"))
_QUEUE = UUID("0198c0de-0000-7000-8000-000000000003")
_CALL = UUID("0198c0de-0000-7000-8000-000000000004")
_RECORDING = UUID("0198c0de-0000-7000-8000-000000000005")
_TRUNK = UUID("0198c0de-0000-7000-8000-000000000006")
_NUMBER = UUID("0198c0de-0000-7000-8000-000000000007")
_CONTACT = UUID("0198c0de-0000-7000-8000-000000000008")
_CALLED = "+442071838750"
_CALLER = "+442079460018"
_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_MONTH = datetime(2026, 3, 1, tzinfo=UTC)
_NEXT_MONTH = datetime(2026, 4, 1, tzinfo=UTC)


def _after(seconds: float) -> datetime:
    return _AT + timedelta(seconds=seconds)


_PLAN = UUID("0198c0de-0000-7000-8000-000000000009")
_DECK = UUID("0198c0de-0000-7000-8000-00000000000a")
_ENTRY = UUID("0198c0de-0000-7000-8000-00000000000b")
_PRICES = {"seats.named": "4900", "addon.recording": "500", "numbers": "200"}
_SEAT = SeatBody(user_id=_USER, kind=SeatKind.AGENT, addons=(), since=_AT)
_RATED = RatedBody(quantity=60, price="0.85", amount="0.85", currency="GBP", destination="United Kingdom", prefix="44")

_TRUNK_STATE = TrunkStateBody(
    gateway="gateway",
    health="down",
    registration="none",
    status=503,
    since=_AT,
    reason=TrunkReason.CERTIFICATE_EXPIRED,
    reason_since=_AT,
)

_LEG = QualityBody(packets_received=2400, packets_sent=2400, lost=0, jitter_ms=0.4, round_trip_ms=18.0, mos=4.4)

_BODIES: tuple[Body | Input, ...] = (
    Credentials(email="robin@example.org", password="correct horse battery staple"),  # noqa: S106 (an example)
    SessionBody(
        user=SessionUser(id=_USER, email="dana@example.org", name="Dana", roles=(Role.AGENT,)),
        tenant=SessionTenant(id=_TENANT, name="Example", time_zone="Europe/London", currency="GBP", locale="en-GB"),
    ),
    TenantBody(
        id=_TENANT,
        name="Example",
        time_zone="Europe/London",
        currency="GBP",
        locale="en-GB",
        outbound_trunk_id=_TRUNK,
        outbound_number_id=_NUMBER,
        not_ready_reasons=NOT_READY_REASONS,
    ),
    TenantChange(time_zone="Europe/London"),
    LimitsBody(
        calls_at_once=120,
        calls_per_second=5,
        countries=("GB", "IE"),
        premium=False,
        currency="GBP",
        spend_per_day=20_000,
        spent_today=3_150,
        closed_until=None,
    ),
    LimitsChange(calls_at_once=120, countries=("GB", "IE"), spend_per_day=20_000),
    PlanBody(
        id=_PLAN,
        name="standard",
        metric=Metric.NAMED,
        period=Interval.MONTH,
        currency="GBP",
        price_per_seat=Money(4900, "GBP"),
        prices=_PRICES,
        peak_seconds=1800,
        seats=30,
        supervisor_seats=0,
        light_seats=0,
    ),
    OfferedPlanBody(
        id=_PLAN,
        name="standard",
        metric=Metric.NAMED,
        period=Interval.MONTH,
        currency="GBP",
        prices=_PRICES,
        peak_seconds=1800,
    ),
    PlanChange(seats=32),
    SeatInput(kind=SeatKind.AGENT),
    _SEAT,
    SeatAssignmentBody(
        id=_ENTRY, user_id=_USER, kind=SeatKind.AGENT, addons=("recording",), since=_AT, until=_after(3600)
    ),
    SeatsBody(seats=30, supervisor_seats=0, light_seats=0, assigned=(_SEAT,)),
    BillingEntryBody(
        id=_ENTRY,
        event_id=_CALL,
        kind=EntryKind.MINUTES,
        at=_AT,
        quantity=48,
        subject_id=_CALL,
        rated=_RATED,
    ),
    UsageBody(
        period="2026-03",
        start=_MONTH,
        end=_NEXT_MONTH,
        until=_AT,
        time_zone="Europe/London",
        totals=(Money(85, "GBP"),),
        charges=(
            ChargeBody(
                code="minutes",
                text="Minutes: United Kingdom",
                start=_MONTH,
                end=_AT,
                quantity="100",
                unit="minute",
                unit_price="0.85",
                amount=Money(85, "GBP"),
                entries=80,
            ),
        ),
    ),
    ProviderPlanBody(
        id=_PLAN, name="Premium", metric=Metric.NAMED, period=Interval.MONTH, currency="GBP", offered=True
    ),
    ProviderPlanInput(name="Premium", currency="GBP"),
    ProviderPlanChange(offered=False),
    PlanPricesInput(items=_PRICES),
    PlanPricesBody(
        id=_ENTRY,
        side=Side.RETAIL,
        since=_AT,
        items=_PRICES,
        outbound_deck_id=_DECK,
        inbound_deck_id=None,
        peak_seconds=1800,
    ),
    RateDeckInput(name="A-Z", currency="GBP"),
    RateDeckBody(id=_DECK, name="A-Z", currency="GBP"),
    RateDeckVersionBody(id=_ENTRY, since=_AT, rates=1),
    RateBody(
        prefix="44",
        destination="United Kingdom",
        price="0.85",
        setup_fee="0",
        minimum_seconds=0,
        increment_seconds=60,
    ),
    NumberBody(id=_NUMBER, e164=_CALLED, queue_id=_QUEUE, forward_number=None, forward_phone=None, flow_id=None),
    NumberInput(e164=_CALLED, queue_id=_QUEUE),
    NumberChange(queue_id=_QUEUE),
    TrunkBody(
        id=_TRUNK,
        name="Carrier",
        sources=("192.0.2.0/28",),
        host="sip.carrier.example",
        port=5060,
        transport="udp",
        username="example",
        has_password=True,
        codecs=("PCMA",),
        region="GB",
        srtp="optional",
        outbound=True,
        priority=0,
        weight=1,
        emergency=False,
        may_transfer=False,
        redirects="refuse",
        transfer="bridge",
        domain="",
        numbers=NumberRules(format="plain"),
        caller=CallerRules(header="p_asserted_identity"),
        limits=TrunkLimits(channels=30, calls_per_second=5),
        fail_over=FailOver(),
        health=HealthCheck(interval_seconds=30.0),
        registration=None,
        inbound=InboundAccount(domain="phones.example.org", username="headquarters", algorithm="SHA-256"),
        signing=Signing(certificate_url="https://certificates.example.com/shaken.pem"),
        tls=None,
        tls_expires_at=None,
        tls_certificate=None,
    ),
    TrunkPreviewInput(called=_CALLED, caller=_CALLER, arriving="00442071838750"),
    TrunkPreviewBody(
        request_uri="sip:442071838750@sip.carrier.example:5060",
        from_header="<sip:442079460018@sip.carrier.example>",
        to_header="<sip:442071838750@sip.carrier.example>",
        headers=(HeaderBody(name="P-Asserted-Identity", value="<sip:442079460018@sip.carrier.example>"),),
        arriving=_CALLED,
    ),
    TrunkStatesBody(gateways=(_TRUNK_STATE,)),
    NamedTrunkStatesBody(trunk_id=_TRUNK, name="Carrier", gateways=(_TRUNK_STATE,)),
    TrunkInput(name="Carrier", sources=("192.0.2.0/28",), host="sip.carrier.example"),
    TrunkChange(name="Other carrier"),
    ContactBody(
        id=_CONTACT,
        name="Ann Other",
        numbers=(_CALLER,),
        emails=("ann@example.net",),
        company="Example Ltd",
        language="en",
        notes="Prefers mornings.",
        tags=("vip",),
        fields={"city": "London"},
        external_id="crm-1",
        created_at=_AT,
        updated_at=_AT,
        duplicate_ids=(),
    ),
    ContactInput(
        name="Ann Other",
        numbers=(_CALLER,),
        emails=("ann@example.net",),
        company="Example Ltd",
        language="en",
        notes="Prefers mornings.",
        tags=("vip",),
        fields={"city": "London"},
        external_id="crm-1",
    ),
    ContactChange(tags=("vip", "newsletter")),
    ContactsImported(
        created=1,
        updated=0,
        refused=(RefusedLine(line=3, field="numbers", code="not_a_number", detail="write it internationally"),),
        duplicates=(),
    ),
    RecordingBody(
        id=_RECORDING,
        call_id=_CALL,
        started_at=_after(2),
        seconds=48.0,
        channels=2,
        bytes=1_536_044,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ),
    InvoiceBody(
        currency="GBP",
        total_minor=147_000,
        period=InvoicePeriod(month="2026-03", start=_MONTH, end=_NEXT_MONTH, time_zone="Europe/London"),
        lines=(
            InvoiceLineBody(
                code="seats.named",
                description="Agent seats, standard: 30",
                quantity="30",
                unit="seat-month",
                unit_price_minor="4900",
                amount_minor=147_000,
                start=_MONTH,
                end=_NEXT_MONTH,
            ),
        ),
    ),
    CallBody(
        id=_CALL,
        direction=Direction.INBOUND,
        queue_id=_QUEUE,
        queue_name="Service",
        number=_CALLED,
        caller=_CALLER,
        called=_CALLED,
        diverted_by=None,
        attestation="A",
        agent_id=_USER,
        agent_name="Dana",
        offered_at=_AT,
        queued_at=_after(8),
        answered_at=_after(2),
        connected_at=_after(12),
        ended_at=_after(50),
        wait_seconds=4.0,
        talk_seconds=38.0,
        hold_seconds=0.0,
        wrap_up_seconds=15.0,
        connected_seconds=48.0,
        outcome=ShownOutcome.ANSWERED,
        end_cause=EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER, 200, 16),
        disposition="resolved",
        note=None,
        recording_ids=(_RECORDING,),
        quality=CallQuality(caller=_LEG, agent=_LEG),
        segments=(
            SegmentBody(kind=SegmentKind.GREETING, start=_after(2), end=_after(8)),
            SegmentBody(kind=SegmentKind.RINGING, start=_after(8), end=_after(12), agent_id=_USER, queue_id=_QUEUE),
            SegmentBody(kind=SegmentKind.TALK, start=_after(12), end=_after(50), agent_id=_USER, queue_id=_QUEUE),
            SegmentBody(kind=SegmentKind.WRAP_UP, start=_after(50), end=_after(65), agent_id=_USER, queue_id=_QUEUE),
        ),
        passed_on=(
            PassedOnBody(agent_id=_USER, at=_after(50), note="Wants a refund", to_agent_id=None, to_queue_id=_QUEUE),
        ),
    ),
    CallTraceBody(
        call_id=_CALL,
        legs=(TraceLegBody(sip_call_id="843817637684230@998sdasdh09", direction=Direction.INBOUND),),
        messages=(
            TraceMessageBody(
                at=_AT,
                leg=0,
                direction="received",
                method="INVITE",
                status=None,
                transport="UDP",
                remote="198.51.100.7:5060",
            ),
            TraceMessageBody(
                at=_after(0.012),
                leg=0,
                direction="sent",
                method="INVITE",
                status=486,
                transport="UDP",
                remote="198.51.100.7:5060",
                cause=17,
            ),
        ),
        left_out=0,
    ),
)

EXAMPLES: dict[str, Body | Input] = {
    type(body).__name__: body
    for bodies in (
        _BODIES,
        billing.BODIES,
        flows.BODIES,
        indicators.BODIES,
        people.BODIES,
        phones.BODIES,
        privacy.BODIES,
        security.BODIES,
        worklists.BODIES,
        queues.BODIES,
        webhooks.BODIES,
    )
    for body in bodies
}
"""By the name of the schema."""

TEXTS: dict[str, str] = (
    security.TEXTS
    | flows.TEXTS
    | {
        "import_rates": "prefix,destination,price_per_minute\r\n44,United Kingdom,0.0085\r\n",
        "import_contacts": "name,numbers,emails\r\nBen Other,+442079460019,ben@example.net\r\nCy Other,none,\r\n",
    }
)
"""Bodies that are not JSON, by operation."""

PATH_IDS: dict[str, UUID] = (
    {
        "calls": _CALL,
        "contacts": _CONTACT,
        "numbers": _NUMBER,
        "plans": _PLAN,
        "rate-decks": _DECK,
        "recordings": _RECORDING,
        "seats": _USER,
        "tenant": _TENANT,
        "trunks": _TRUNK,
        "users": _USER,
    }
    | billing.PATH_IDS
    | flows.PATH_IDS
    | indicators.PATH_IDS
    | people.PATH_IDS
    | phones.PATH_IDS
    | privacy.PATH_IDS
    | queues.PATH_IDS
    | security.PATH_IDS
    | webhooks.PATH_IDS
    | worklists.PATH_IDS
)
"""The id in a path, by the segment before it."""

UNKNOWN = UUID("0198c0de-0000-7000-8000-0000000000ff")

FORMATS: Mapping[str, Any] = {
    "uuid": str(UNKNOWN),
    "date-time": "2026-03-02T09:00:00Z",
    "date": "2026-03-02",
    "duration": "PT1M",
    "uri": "https://example.org/",
    "uri-reference": "/v1/problems",
    "binary": "",
}
"""By the format of a string, where nothing better is known."""

PARAMETERS: Mapping[str, Any] = security.PARAMETERS | {
    "since": "2026-03-02T00:00:00Z",
    "until": "2026-03-03T00:00:00Z",
    "period": "2026-02",
    "first": "2026-03-01",
    "last": "2026-03-31",
    "party": "party1",
}
"""Of required query parameters and of words in paths, by name."""
