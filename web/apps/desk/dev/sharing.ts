/** What the scripted server makes of a call that the agent shares, and of a callback that somebody was promised. */

import type { Call, Callback, Consultation, Party, Queue } from "../src/link/protocol.ts";
import { callOf } from "./calls.ts";
import { ago, inSeconds, targets } from "./scene.ts";
import type { ScriptedDesk } from "./script.ts";

const RING_SECONDS = 20;

function withParties(call: Call, change: Partial<Party>): Call {
  return { ...call, parties: call.parties.map((party) => ({ ...party, ...change })) };
}

export function consulting(call: Call, number: string): Call {
  const asked: Party = {
    party: "party1",
    number,
    phone: null,
    name: null,
    state: "dialling",
    since: ago(0),
    reason: null,
  };
  return { ...call, state: "held", held_since: ago(0), parties: [asked] };
}

export function asking(call: Call, agent: string): Call {
  const name = targets().colleagues.find(({ id }) => id === agent)?.name ?? "";
  const asked: Party = { ...colleague(name), state: "dialling" };
  return { ...call, state: "held", held_since: ago(0), parties: [asked] };
}

function colleague(name: string): Party {
  return { party: "colleague", number: null, phone: null, name, state: "aside", since: ago(0), reason: null };
}

function askedInto(asked: Consultation): Call {
  const { call_id: id, client, caller, called, queue_name, by, note } = asked;
  const call = callOf({ id, client, direction: "inbound", caller, called, queue_id: "q1", queue_name });
  return { ...call, state: "held", held_since: ago(0), asked_by: by, passed_on: { by, note } };
}

/** In a colleague's call. */
export function takePart(desk: ScriptedDesk): void {
  const { consultation } = desk.state;
  if (consultation === null) return;
  desk.change({ consultation: null });
  desk.become("connected");
  desk.change({ call: askedInto(consultation) });
  desk.transmit(true);
}

/** The customer is rung. */
export function takeCallback(desk: ScriptedDesk): void {
  const { callback } = desk.state;
  if (callback === null) return;
  desk.change({ callback: null });
  desk.dial(callback.number);
}

/** A colleague asks about their call. */
export function ask(desk: ScriptedDesk): void {
  const [queue] = Object.values(desk.state.queues);
  if (queue === undefined) return;
  const until = inSeconds(RING_SECONDS);
  desk.become("offered", { until });
  desk.change({
    consultation: {
      call_id: "call-asked",
      client: queue.client,
      by: "Tomasz Zieliński",
      queue_name: queue.name,
      caller: "+442079460018",
      called: "+442079460000",
      until,
      note: "Wants a refund for the cancelled flight, and has the booking number.",
    },
  });
}

export function conferring(call: Call): Call {
  return { ...withParties(call, { state: "joined" }), state: "connected", held_since: null };
}

export function without(call: Call, name: string): Call {
  return { ...call, parties: call.parties.filter(({ party }) => party !== name) };
}

function promised(queue: Queue, until: string): Callback {
  const { client, id: queue_id, name: queue_name } = queue;
  return { id: "callback-1", client, queue_id, queue_name, number: "+442079460018", state: "offered", until };
}

/** Whom the agent called in answers, or leaves for a reason. */
export function partyIs(desk: ScriptedDesk, state: Party["state"], reason: string | null = null): void {
  const { call } = desk.state;
  if (call !== null) desk.change({ call: withParties(call, { state, reason, since: ago(0) }) });
}

/** A message is offered. */
export function leave(desk: ScriptedDesk): void {
  const [queue] = Object.values(desk.state.queues);
  if (queue === undefined) return;
  const { client, id: queue_id, name: queue_name } = queue;
  const until = inSeconds(RING_SECONDS);
  const dispositions = ["resolved", "follow_up"];
  const about = { id: "m1", client, queue_id, queue_name, call_id: "c1", seconds: 21, left_at: ago(900) };
  desk.become("offered", { until });
  desk.change({ voicemail: { ...about, taken: false, overdue: false, until, dispositions } });
}

/** What the page does with the message that it was asked to take; false: it has none. */
export function workOn(desk: ScriptedDesk, act: string): boolean {
  const { voicemail } = desk.state;
  if (voicemail === null) return false;
  if (act === "take") {
    desk.become("connected");
    desk.change({ voicemail: { ...voicemail, taken: true, until: inSeconds(1800) } });
  } else {
    desk.become(act === "reject" ? "not_ready" : "available");
    desk.change({ voicemail: null });
  }
  return true;
}

/** A promised callback is offered. */
export function promise(desk: ScriptedDesk): void {
  const [queue] = Object.values(desk.state.queues);
  if (queue === undefined) return;
  desk.become("offered", { until: inSeconds(RING_SECONDS) });
  desk.change({ callback: promised(queue, inSeconds(RING_SECONDS)) });
}
