/** The people, queues and calls of the scripted desk. */

import type { CallRecord, PromisedCallback, Session } from "../src/app/api.ts";
import type { DeskState, Queue, TeamMember, Tenant } from "../src/link/protocol.ts";

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
      queues: ["q1", "q2"],
      tenant: TENANT,
      clients: [],
    },
    offer: null,
    call: null,
    callback: null,
    supervision: null,
    queues: {
      q1: queue("q1", "Bookings", { waiting: 2, longest_waiting_since: ago(41) }),
      q2: queue("q2", "Baggage and claims", { service_level_today: null, answered_today: 0, abandoned_today: 0 }),
    },
    alarms: [],
    not_ready_reasons: ["break", "meal", "training", "meeting", "back_office"],
    reason_caps: [{ reason: "break", at_once: 2, seconds: 900, away: 2 }],
    abuse_reasons: ["insult", "threat", "harassment"],
    team: [],
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
