/** The people, queues and calls of the scripted desk. */

import type { Session } from "../src/app/api.ts";
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
