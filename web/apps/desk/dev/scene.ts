/** The people, queues and calls of the scripted desk. */

import type { CallRecord, LeftMessage, MissedCalls, PromisedCallback, Session } from "../src/app/api.ts";
import type { Call, DeskState, Offer, Queue, TeamMember, Tenant } from "../src/link/protocol.ts";
import type { Targets } from "../src/sharing/useTargets.ts";

export const AGENT = "018f9c3e-0000-7000-8000-000000000001";

export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

export function inSeconds(seconds: number): string {
  return ago(-seconds);
}

export const SESSION: Session = {
  user: { id: AGENT, email: "agent@example.org", name: "Maya Lindqvist", roles: ["agent"] },
  tenant: { id: "t1", name: "Northwind Travel", time_zone: "Europe/London", currency: "GBP", locale: "en-GB" },
};

export const TENANT: Tenant = { id: SESSION.tenant.id, name: SESSION.tenant.name };

function queue(id: string, name: string, figures: Partial<Queue>): Queue {
  return {
    id,
    client: TENANT,
    name,
    waiting: 0,
    longest_waiting_since: null,
    messages: 0,
    messages_overdue: 0,
    agents_available: 3,
    agents_connected: 5,
    agents_logged_in: 9,
    answered_today: 184,
    abandoned_today: 6,
    service_level_today: 87.4,
    ...figures,
  };
}

export function firstState(): DeskState {
  return {
    me: {
      id: AGENT,
      name: SESSION.user.name,
      state: "logged_out",
      reason: "",
      since: ago(0),
      until: null,
      requested: null,
      requested_reason: "",
      reachable: false,
      fault: "connection",
      telephone: false,
      own_telephone: null,
      line: "down",
      telephone_only: false,
      queues: ["q1", "q2"],
      tenant: TENANT,
      clients: [],
    },
    offer: null,
    call: null,
    callback: null,
    voicemail: null,
    consultation: null,
    supervision: null,
    queues: {
      q1: queue("q1", "Bookings", { waiting: 2, longest_waiting_since: ago(41), messages: 2, messages_overdue: 1 }),
      q2: queue("q2", "Baggage and claims", { service_level_today: null, answered_today: 0, abandoned_today: 0 }),
    },
    alarms: [],
    not_ready_reasons: ["break", "meal", "training", "meeting", "back_office"],
    reason_caps: [{ reason: "break", at_once: 2, seconds: 900, away: 2 }],
    abuse_reasons: ["insult", "threat", "harassment"],
    team: [],
  };
}

export function targets(): Targets {
  return {
    queues: [
      { id: "q1", name: "Bookings", free: 3, skills: ["german"] },
      { id: "q2", name: "Baggage and claims", free: 3, skills: ["german", "claims"] },
      { id: "q3", name: "Corporate travel", free: 0, skills: ["french"] },
    ],
    colleagues: [
      { id: "a3", name: "Ana-Lucía Fernández", state: "available", free: true },
      { id: "a4", name: "Kwame Mensah", state: "not_ready", free: false },
      { id: "a2", name: "Tomasz Zieliński", state: "wrap_up", free: false },
    ],
  };
}

export function team(): readonly TeamMember[] {
  const member = (id: string, name: string, change: Partial<TeamMember>): TeamMember => ({
    id,
    name,
    state: "available",
    reason: "",
    since: ago(75),
    reachable: true,
    call_id: null,
    queue_id: null,
    ...change,
  });
  return [
    member("a1", "Maya Lindqvist", { state: "connected", since: ago(191) }),
    member("a2", "Tomasz Zieliński", { state: "wrap_up", since: ago(22) }),
    member("a3", "Ana-Lucía Fernández", {}),
    member("a4", "Kwame Mensah", { state: "not_ready", reason: "break", since: ago(640), reachable: false }),
  ];
}

function record(id: string, minutes: number, change: Partial<CallRecord>): CallRecord {
  const at = ago(minutes * 60);
  return {
    id,
    direction: "inbound",
    queue_id: "q1",
    queue_name: "Bookings",
    number: null,
    caller: "+442079460018",
    called: "+442079460000",
    agent_id: AGENT,
    agent_name: SESSION.user.name,
    offered_at: at,
    queued_at: at,
    answered_at: at,
    connected_at: at,
    ended_at: at,
    wait_seconds: 12,
    talk_seconds: 214,
    hold_seconds: 0,
    wrap_up_seconds: 30,
    connected_seconds: 226,
    outcome: "answered",
    end_cause: { result: "completed", reason: "hangup_by_caller" },
    disposition: "resolved",
    note: "",
    recording_ids: [`recording-${id}`],
    ...change,
  } as CallRecord;
}

export function records(): readonly CallRecord[] {
  return [
    record("c1", 9, {}),
    record("c2", 26, { caller: "+4930901820145", talk_seconds: 71, disposition: "wrong_number" }),
    record("c3", 48, { direction: "outbound", called: "+8613812345678", queue_name: null, disposition: "follow_up" }),
    record("c4", 71, { caller: null, talk_seconds: 702, disposition: "callback_promised" }),
    record("c5", 96, {
      direction: "outbound",
      called: "+33612345678",
      queue_name: null,
      outcome: "failed",
      disposition: null,
      recording_ids: [],
    }),
    record("c6", 1500, { caller: "+821012345678", queue_name: "Baggage and claims" }),
    record("c7", 1560, { caller: "+886223456789", talk_seconds: 3725 }),
  ];
}

export function callbacks(): readonly PromisedCallback[] {
  const promised = (id: string, number: string, change: Partial<PromisedCallback>): PromisedCallback => ({
    id,
    queue_id: "q1",
    number,
    state: "waiting",
    since: ago(600),
    due: null,
    expires: inSeconds(86_400),
    agent_id: null,
    taker_id: null,
    call_id: null,
    attempts: 0,
    last: null,
    ...change,
  });
  return [
    promised("b1", "+442079460018", {}),
    promised("b2", "+4930901820145", { state: "scheduled", due: inSeconds(5400), agent_id: AGENT, queue_id: "q2" }),
    promised("b3", "+33612345678", { state: "dialling", taker_id: AGENT }),
  ];
}

/** A call that rings. */
export const OFFER: Offer = {
  id: "o1",
  client: TENANT,
  call_id: "c1",
  queue_id: "q1",
  queue_name: "Bookings",
  caller: "+442079460018",
  called: "+442079460000",
  until: inSeconds(20),
  waiting_since: ago(40),
  diverted_by: null,
  attestation: null,
  handled_by: null,
  passed_on: null,
};

export const CALL: Call = {
  id: "c1",
  client: TENANT,
  direction: "inbound",
  caller: "+442079460018",
  called: "+442079460000",
  queue_id: "q1",
  queue_name: "Bookings",
  state: "connected",
  offered_at: ago(60),
  connected_at: ago(20),
  held_since: null,
  ended_at: null,
  recording: true,
  dispositions: ["resolved", "follow_up"],
  diverted_by: null,
  attestation: null,
  parties: [],
  passed_on: null,
  asked_by: null,
};

export function messages(): readonly LeftMessage[] {
  const left = (id: string, number: string | null, change: Partial<LeftMessage>): LeftMessage => ({
    id,
    queue_id: "q1",
    call_id: `call-${id}`,
    number,
    seconds: 21.4,
    left_at: ago(1_500),
    due: inSeconds(12_900),
    overdue: false,
    state: "new",
    agent_id: null,
    until: null,
    owner_id: null,
    playable: true,
    rung_call_id: null,
    ...change,
  });
  return [
    left("m1", "+442079460018", { overdue: true, left_at: ago(16_200), due: ago(1_800), seconds: 48 }),
    left("m2", "+4930901820145", { queue_id: "q2", state: "taken", agent_id: AGENT, until: inSeconds(1_200) }),
    left("m3", null, { left_at: ago(900), seconds: 6 }),
    left("m4", "+33612345678", { state: "taken", agent_id: "a2", until: inSeconds(600), playable: false }),
  ];
}

export function missedCalls(): readonly MissedCalls[] {
  const missed = (number: string, change: Partial<MissedCalls>): MissedCalls => ({
    number,
    times: 1,
    first_at: ago(2_400),
    last_at: ago(2_400),
    call_id: `call-${number}`,
    queue_id: "q1",
    longest_wait_seconds: 41,
    tried: 0,
    last_tried_at: null,
    ...change,
  });
  return [
    missed("+442079460077", { times: 3, first_at: ago(9_000), longest_wait_seconds: 185 }),
    missed("+886223456789", { tried: 1, last_tried_at: ago(600), queue_id: "q2" }),
  ];
}
