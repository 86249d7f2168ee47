"""From the tenants' live states to what each desk shows. Pure.

An agent's states are in the live state of the home, a call is in that of its tenant: the desk of a shared agent looks
at both, and so does a client's view of its guests.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from msgspec.structs import replace

from api.realtime.parties import shown_colleague, shown_parties
from api.realtime.state import (
    DeskAlarm,
    DeskCall,
    DeskCallback,
    DeskConsultation,
    DeskMe,
    DeskOffer,
    DeskParty,
    DeskPassedOn,
    DeskQueue,
    DeskReasonCap,
    DeskSupervision,
    DeskTenant,
    DeskVoicemail,
    TeamMember,
)
from insight.kpi.counters import Counters
from insight.kpi.indicators import Choices, Thresholds, evaluate, gather
from insight.kpi.records import CallRecord, SegmentKind
from insight.kpi.state import FoldState, LiveAgent
from kernel.contracts.calls import AgentState, Direction, Fault
from kernel.contracts.directory import DISPOSITIONS, AgentProfile, QueueRules, TenantDirectory
from kernel.contracts.lines import LineState
from kernel.contracts.telephony import PartyAddress, PhoneParty
from kernel.primitives.ids import CallId, QueueId, TenantId, UserId

OTHER_CLIENT = "other_client"  # the reason shown of guests who work elsewhere: not for whom
ENGAGED = frozenset({AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAP_UP})


class Part(NamedTuple):
    """What is known of one tenant."""

    state: FoldState
    directory: TenantDirectory


def clients_of(part: Part) -> set[TenantId]:
    """Those that its agents may serve, and those that they still work for."""
    tenant = part.directory.tenant
    working = {agent.client for agent in part.state.agents.values() if agent.client is not None}
    return (working | set(part.directory.clients)) - {tenant}


def neighbours_of(part: Part) -> set[TenantId]:
    """Whose parts are needed besides."""
    return clients_of(part) | {profile.home for profile in part.directory.agents if profile.home is not None}


def centre_of(tenant: TenantId, parts: Mapping[TenantId, Part]) -> "Centre":
    """As far as the parts of its neighbours are there."""
    own = parts[tenant]
    homes = {name: part.state for name, part in parts.items()}
    clients = {name: Centre(*parts[name], homes) for name in sorted(clients_of(own)) if name in parts}
    return Centre(*own, homes, clients)


class Centre:
    """One tenant's live state and directory, looked at together; `homes` are its guests', `clients` its agents'."""

    def __init__(
        self,
        state: FoldState,
        directory: TenantDirectory,
        homes: Mapping[TenantId, FoldState] | None = None,
        clients: "Mapping[TenantId, Centre] | None" = None,
    ) -> None:
        self.state = state
        self.directory = directory
        self.tenant = DeskTenant(id=directory.tenant, name=directory.name)
        self._homes = homes or {}
        self._clients = clients or {}
        self.queues: dict[QueueId, QueueRules] = {rules.queue: rules for rules in directory.queues}
        self.agents: dict[UserId, AgentProfile] = {profile.agent: profile for profile in directory.agents}
        self._members: dict[QueueId, list[UserId]] = {queue: [] for queue in self.queues}
        for profile in directory.agents:
            for queue in profile.queues:
                self._members.setdefault(queue, []).append(profile.agent)

    @property
    def all_queues(self) -> Set[QueueId]:
        """Those of the clients too."""
        return self.queues.keys() | {queue for client in self._clients.values() for queue in client.queues}

    def queues_of(self, agent: UserId) -> tuple[QueueId, ...]:
        """Of the clients too."""
        profile = self.agents.get(agent)
        own = () if profile is None else profile.queues
        return own + tuple(queue for client in self._serving(agent) for queue in client.queues_of(agent))

    def _serving(self, agent: UserId) -> "Iterator[Centre]":
        profiles = ((client, client.agents.get(agent)) for client in self._clients.values())
        return (client for client, profile in profiles if profile is not None and profile.home == self.tenant.id)

    def _client_of(self, user: UserId) -> "Centre | None":
        """The client on whose call the user works now."""
        live = self.state.agents.get(user)
        return None if live is None or live.client is None else self._clients.get(live.client)

    def me(self, user: UserId, name: str) -> DeskMe:
        live, profile = self.state.agents.get(user), self.agents.get(user)
        return DeskMe(
            id=user,
            name=name,
            state=AgentState.LOGGED_OUT if live is None else live.state,
            reason="" if live is None else live.reason,
            since=None if live is None else live.since,
            until=None if live is None else live.until,
            requested=None if live is None else live.requested,
            requested_reason="" if live is None else live.requested_reason,
            reachable=live is not None and live.reachable,
            fault=Fault.CONNECTION if live is None else live.fault,
            telephone=live is not None and live.telephone,
            line=LineState.DOWN if live is None else live.line,
            own_telephone=_name_of(None if profile is None else profile.telephone),
            telephone_only=profile is not None and profile.telephone_only,
            queues=self.queues_of(user),
            tenant=self.tenant,
            clients=tuple(client.tenant for client in self._serving(user)),
        )

    def offer(self, user: UserId) -> DeskOffer | None:
        client = self._client_of(user)
        return self._offer(user) if client is None else client.offer(user)

    def _offer(self, user: UserId) -> DeskOffer | None:
        live = self.state.agents.get(user)
        offer = None if live is None or live.offer is None else self.state.offers.get(live.offer)
        record = None if offer is None else self.state.calls.get(offer.call)
        if offer is None or record is None:
            return None
        return DeskOffer(
            id=offer.offer,
            client=self.tenant,
            call_id=offer.call,
            queue_id=offer.queue,
            queue_name=self._queue_name(offer.queue) or "",
            caller=None if record.outside is None else record.outside.e164,
            called=_ours(record),
            until=offer.until,
            waiting_since=record.queued_at or record.offered_at,
            diverted_by=None if record.diverted_by is None else record.diverted_by.e164,
            attestation=record.attestation,
            handled_by=self._agent_name(record.handled_by[-1]) if record.handled_by else None,
            passed_on=self._passed_on(record, user),
        )

    def call(self, user: UserId) -> DeskCall | None:
        client = self._client_of(user)
        return self._call(user) if client is None else client.call(user)

    def _call(self, user: UserId) -> DeskCall | None:
        record = self._call_of(user)
        if record is None:
            return None
        live = self.state.agents.get(user)
        left = live.since if live is not None and live.state is AgentState.WRAP_UP else None
        current = record.current
        held = current is not None and current.kind is SegmentKind.HOLD
        rules = None if record.queue is None else self.queues.get(record.queue)
        return DeskCall(
            id=record.call,
            client=self.tenant,
            direction=record.direction,
            caller=None if record.caller is None else record.caller.e164,
            called=record.called.e164,
            queue_id=record.queue,
            queue_name=self._queue_name(record.queue),
            state="ended" if left is not None else _call_state(record, held),
            offered_at=record.offered_at,
            connected_at=record.connected_at,
            held_since=current.start if current is not None and held else None,
            ended_at=record.ended_at or left,
            recording=_is_recorded(record, rules),
            dispositions=DISPOSITIONS if rules is None else rules.dispositions,
            diverted_by=None if record.diverted_by is None else record.diverted_by.e164,
            attestation=record.attestation,
            parties=self.called_into(record),
            passed_on=self._passed_on(record, user),
            asked_by=self._agent_name(record.agent) if record.agent is not None and record.agent != user else None,
        )

    def others_in(self, call: CallId) -> tuple[UserId | None, tuple[DeskParty, ...]]:
        """Who talks on a call of this tenant or of a client, and who was called into it; nobody when it has ended."""
        for centre in (self, *self._clients.values()):
            record = centre.state.calls.get(call)
            if record is not None and record.ended_at is None:
                return record.agent, centre.called_into(record)
        return None, ()

    def called_into(self, record: CallRecord) -> tuple[DeskParty, ...]:
        """With a colleague who is asked."""
        return (*shown_parties(record.invited), *self._asked_into(record))

    def callback(self, user: UserId) -> DeskCallback | None:
        """Of the own tenant, else of a client."""
        for centre in (self, *self._clients.values()):
            found = centre.promise(user)
            if found is not None:
                return found
        return None

    def promise(self, user: UserId) -> DeskCallback | None:
        """The promise of this tenant that the user has."""
        promise = next((one for one in self.state.promises.values() if one.taker == user), None)
        if promise is None:
            return None
        return DeskCallback(
            id=promise.callback,
            client=self.tenant,
            queue_id=promise.queue,
            queue_name=self._queue_name(promise.queue) or "",
            number=promise.number.e164,
            state=promise.state,
            until=promise.until,
        )

    def voicemail(self, user: UserId) -> DeskVoicemail | None:
        """Of the own tenant, else of a client."""
        return next((found for centre in (self, *self._clients.values()) if (found := centre.work_of(user))), None)

    def work_of(self, user: UserId) -> DeskVoicemail | None:
        """The message of this tenant that the user is asked to take, or has."""
        found = next(((name, one) for name, one in self.state.messages.items() if one.agent == user), None)
        if found is None:
            return None
        name, message = found
        rules = self.queues.get(message.queue)
        return DeskVoicemail(
            id=name,
            client=self.tenant,
            queue_id=message.queue,
            queue_name=self._queue_name(message.queue) or "",
            call_id=message.call,
            seconds=message.seconds,
            left_at=message.left_at,
            taken=message.taken,
            overdue=message.overdue,
            until=message.until,
            dispositions=() if rules is None else rules.dispositions,
        )

    def consultation(self, user: UserId) -> DeskConsultation | None:
        """Of a call of the own tenant, else of a client's."""
        for centre in (self, *self._clients.values()):
            found = centre.asks(user)
            if found is not None:
                return found
        return None

    def asks(self, user: UserId) -> DeskConsultation | None:
        """What the user is asked about a call of this tenant."""
        call = self.state.asked.get(user)
        record = None if call is None else self.state.calls.get(call)
        if record is None or record.colleague is None:
            return None
        return DeskConsultation(
            call_id=record.call,
            client=self.tenant,
            by=None if record.agent is None else self._agent_name(record.agent),
            queue_name=self._queue_name(record.queue),
            caller=None if record.caller is None else record.caller.e164,
            called=record.called.e164,
            until=record.colleague.until,
            note=record.passed_on[-1].note if record.passed_on else "",
        )

    def _passed_on(self, record: CallRecord, reader: UserId) -> DeskPassedOn | None:
        """What others wrote."""
        passed = record.passed_on[-1] if record.passed_on else None
        if passed is None or passed.by == reader:
            return None
        return DeskPassedOn(by=self._agent_name(passed.by), note=passed.note)

    def _asked_into(self, record: CallRecord) -> tuple[DeskParty, ...]:
        colleague = record.colleague
        return () if colleague is None else (shown_colleague(colleague, self._agent_name(colleague.agent)),)

    def supervision(self, user: UserId) -> DeskSupervision | None:
        for centre in (self, *self._clients.values()):
            ear = centre.state.ears.get(user)
            if ear is not None:
                return DeskSupervision(
                    call_id=ear.call,
                    agent_id=ear.agent,
                    manner=ear.manner,
                    since=ear.since,
                    rings_until=ear.rings_until,
                )
        return None

    def _call_of(self, user: UserId) -> CallRecord | None:
        """The call that the agent talks on or wraps up, or dials."""
        live = self.state.agents.get(user)
        if live is not None and live.call is not None:
            return self.state.calls.get(live.call)
        for record in self.state.calls.values():
            current = record.current
            if current is not None and current.agent == user and record.direction is Direction.OUTBOUND:
                return record
        return None

    def queue(self, queue: QueueId) -> DeskQueue:
        for client in self._clients.values():
            if queue in client.queues:
                return client.queue(queue)
        rules = self.queues[queue]
        waiting = self.state.waiting.get(queue, {})
        states = [self._state_of(agent) for agent in self._members[queue]]
        messages = [one for one in self.state.messages.values() if one.queue == queue and not one.taken]
        limits = Thresholds(rules.service_level_seconds, rules.short_abandon_seconds)
        figures = gather([(self.state.day.queues.get(queue, Counters()), limits)])
        return DeskQueue(
            id=queue,
            client=self.tenant,
            name=rules.name,
            waiting=len(waiting),
            longest_waiting_since=min(waiting.values(), default=None),
            messages=len(messages),
            messages_overdue=sum(1 for one in messages if one.overdue),
            agents_available=states.count(AgentState.AVAILABLE),
            agents_connected=states.count(AgentState.CONNECTED),
            agents_logged_in=len(states) - states.count(AgentState.LOGGED_OUT),
            answered_today=figures.sums.answered,
            abandoned_today=figures.abandoned,
            service_level_today=evaluate(figures, Choices())["service_level"],
        )

    def members_of(self, queue: QueueId) -> Sequence[UserId]:
        """Who serves one of the own queues."""
        return self._members[queue]

    def _state_of(self, agent: UserId) -> AgentState:
        live = self.live(self.agents[agent])
        return AgentState.LOGGED_OUT if live is None else live.state

    def live(self, profile: AgentProfile) -> LiveAgent | None:
        """A guest who does nothing for us is what they are at home, but for whom else they work is not ours to see."""
        here = self.state.agents.get(profile.agent)
        home = None if profile.home is None else self._homes.get(profile.home)
        at_home = None if home is None else home.agents.get(profile.agent)
        if at_home is None or (here is not None and here.state is not AgentState.LOGGED_OUT):
            return here
        if at_home.state not in ENGAGED:
            return at_home
        return replace(at_home, state=AgentState.NOT_READY, reason=OTHER_CLIENT, call=None, queue=None)

    def team(self, only: frozenset[UserId] | None = None) -> tuple[TeamMember, ...]:
        """All agents, or those that are in `only`."""
        shown = (profile for profile in self.directory.agents if only is None or profile.agent in only)
        return tuple(_member(profile, self.live(profile)) for profile in shown)

    def alarms(self) -> tuple[DeskAlarm, ...]:
        return tuple(
            DeskAlarm(code=alarm.code, detail=alarm.detail, at=alarm.at, reason=alarm.reason)
            for alarm in self.state.alarms
        )

    def reason_caps(self) -> tuple[DeskReasonCap, ...]:
        """Of the reasons that not everybody may have for as long as they like."""
        agents = self.state.agents.values()
        away = [agent.reason for agent in agents if agent.state is AgentState.NOT_READY and agent.home is None]
        return tuple(
            DeskReasonCap(reason=cap.reason, at_once=cap.at_once, seconds=cap.seconds, away=away.count(cap.reason))
            for cap in self.directory.agent_rules.caps
        )

    def involved(self, calls: Sequence[CallId] | set[CallId]) -> set[UserId]:
        """Agents whose desks show one of the calls, which may be a client's."""
        records = [self.state.calls[call] for call in calls if call in self.state.calls]
        own = {record.agent for record in records if record.agent is not None}
        own |= {record.colleague.agent for record in records if record.colleague is not None}
        return own.union(*(client.involved(calls) for client in self._clients.values()))

    def _agent_name(self, agent: UserId) -> str | None:
        profile = self.agents.get(agent)
        return None if profile is None else profile.name

    def _queue_name(self, queue: QueueId | None) -> str | None:
        rules = None if queue is None else self.queues.get(queue)
        return None if rules is None else rules.name


def _member(profile: AgentProfile, live: LiveAgent | None) -> TeamMember:
    return TeamMember(
        id=profile.agent,
        name=profile.name,
        state=AgentState.LOGGED_OUT if live is None else live.state,
        reason="" if live is None else live.reason,
        since=None if live is None else live.since,
        reachable=live is not None and live.reachable,
        call_id=None if live is None else live.call,
        queue_id=None if live is None else live.queue,
    )


def _ours(record: CallRecord) -> str:
    """The number of ours that a caller dialled, or that who is called back is shown; empty: none is shown."""
    if record.direction is Direction.INBOUND:
        return record.called.e164
    return "" if record.caller is None else record.caller.e164


def _call_state(record: CallRecord, held: bool) -> str:
    if record.ended_at is not None:
        return "ended"
    if record.direction is Direction.OUTBOUND and record.connected_at is None:
        return "dialing"
    return "held" if held else "connected"


def _is_recorded(record: CallRecord, rules: QueueRules | None) -> bool:
    wanted = rules is None or rules.record
    under_way = record.answered_at is not None and record.ended_at is None
    return wanted and under_way and not record.recording_failed


def _name_of(telephone: PartyAddress | None) -> str | None:
    if telephone is None:
        return None
    return telephone.user if isinstance(telephone, PhoneParty) else telephone.called.e164
