/** What was: calls, promises, messages and missed callers of the scripted desk. */

import type { CallRecord, LeftMessage, MissedCalls, PromisedCallback } from "../src/app/api.ts";
import { AGENT, ago, inSeconds, SESSION } from "./scene.ts";

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
