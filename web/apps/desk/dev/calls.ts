/** Calls as the scripted server begins them. */

import type { Call, Offer, Queue } from "../src/link/protocol.ts";
import { ago } from "./scene.ts";

export type Whose = Pick<Call, "id" | "client" | "direction" | "caller" | "called" | "queue_id" | "queue_name">;

export function offerOf(queue: Queue, caller: string | null, number: number, until: string): Offer {
  return {
    id: `offer-${number}`,
    call_id: `call-${number}`,
    client: queue.client,
    queue_id: queue.id,
    queue_name: queue.name,
    caller,
    called: "+442079460000",
    until,
    waiting_since: ago(47),
    diverted_by: null,
    attestation: "A",
    handled_by: null,
    passed_on: null,
  };
}

export function callOf(whose: Whose): Call {
  return {
    ...whose,
    state: "connected",
    offered_at: ago(47),
    connected_at: ago(0),
    held_since: null,
    ended_at: null,
    recording: true,
    dispositions: ["resolved", "follow_up", "wrong_number", "callback_promised"],
    diverted_by: null,
    attestation: whose.direction === "inbound" ? "A" : null,
    parties: [],
    passed_on: null,
    asked_by: null,
  };
}
