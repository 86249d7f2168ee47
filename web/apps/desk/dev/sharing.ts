/** What the scripted server makes of a call that the agent shares, and of a callback that somebody was promised. */

import type { Call, Callback, Party, Queue } from "../src/link/protocol.ts";
import { ago, inSeconds } from "./scene.ts";
import type { ScriptedDesk } from "./script.ts";

const RING_SECONDS = 20;

function withParties(call: Call, change: Partial<Party>): Call {
  return { ...call, parties: call.parties.map((party) => ({ ...party, ...change })) };
}

export function consulting(call: Call, number: string): Call {
  const asked: Party = { party: "party1", number, phone: null, state: "dialling", since: ago(0), reason: null };
  return { ...call, state: "held", held_since: ago(0), parties: [asked] };
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

/** A promised callback is offered. */
export function promise(desk: ScriptedDesk): void {
  const [queue] = Object.values(desk.state.queues);
  if (queue === undefined) return;
  desk.become("offered", { until: inSeconds(RING_SECONDS) });
  desk.change({ callback: promised(queue, inSeconds(RING_SECONDS)) });
}
