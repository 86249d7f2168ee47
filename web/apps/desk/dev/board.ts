/** The live board of the scripted centre: its rows, and what a supervisor asked for. */

import type {
  BoardAgent,
  BoardChanges,
  BoardFrame,
  BoardQueue,
  BoardState,
  BoardWaiting,
} from "../src/board/protocol.ts";
import type { Line } from "./line.ts";
import { ago, TENANT } from "./scene.ts";

function queue(id: string, name: string, figures: Partial<BoardQueue>): BoardQueue {
  return {
    id,
    name,
    priority: 0,
    waiting: 0,
    longest_waiting_since: null,
    agents: { available: 1, connected: 1 },
    offered_today: 196,
    answered_today: 184,
    abandoned_today: 6,
    short_abandoned_today: 2,
    messages_today: 3,
    callbacks_today: 5,
    average_speed_of_answer_today: 14,
    service_level_today: 87.4,
    service_level_seconds: 20,
    ...figures,
  };
}

export function agent(id: string, name: string, change: Partial<BoardAgent>): BoardAgent {
  return {
    id,
    name,
    state: "available",
    reason: "",
    since: ago(75),
    until: null,
    requested: null,
    requested_reason: "",
    reachable: true,
    call_id: null,
    queue_id: null,
    queues: ["q1", "q2"],
    ...change,
  };
}

export function waiting(id: string, seconds: number, change: Partial<BoardWaiting> = {}): BoardWaiting {
  const called = "+442079460000";
  return { id, queue_id: "q1", caller: "+442079460018", called, since: ago(seconds), offered_to: null, ...change };
}

export function firstBoard(): BoardState {
  return {
    tenant: TENANT,
    alarms: [],
    queues: {
      q1: queue("q1", "Bookings", { waiting: 2, longest_waiting_since: ago(41), agents: { available: 1, wrap_up: 1 } }),
      q2: queue("q2", "Baggage and claims", {
        messages_today: 0,
        callbacks_today: 12,
        service_level_today: null,
        average_speed_of_answer_today: null,
      }),
    },
    waiting: {
      w1: waiting("w1", 41, { offered_to: "a3" }),
      w2: waiting("w2", 9, { caller: "+4930901820145" }),
    },
    calls: {
      c1: {
        id: "c1",
        direction: "inbound",
        state: "held",
        since: ago(20),
        queue_id: "q2",
        agent_id: "a1",
        caller: "+33612345678",
        called: "+442079460000",
      },
    },
    agents: {
      a1: agent("a1", "Ana-Lucía Fernández", { state: "connected", since: ago(191), call_id: "c1", queue_id: "q2" }),
      a2: agent("a2", "Tomasz Zieliński", { state: "wrap_up", since: ago(22), queue_id: "q1" }),
      a3: agent("a3", "Ingrid Østergård", { state: "offered", since: ago(4), queue_id: "q1" }),
      a4: agent("a4", "Kwame Mensah", { state: "not_ready", reason: "break", since: ago(640), reachable: false }),
      a5: agent("a5", "Chidi Okafor", {}),
    },
    alerts: {
      r1: {
        id: "r1",
        name: "Longest wait",
        measure: "longest_wait",
        queue_id: "q1",
        side: "above",
        limit: 30,
        value: 41,
        begun: ago(11),
        raised: ago(6),
        alert_id: "al9",
        acknowledged_by: null,
        acknowledged_at: null,
      },
    },
  };
}

export class ScriptedBoard {
  /** What a supervisor asked for, as "POST /v1/…" and its body. */
  readonly asked: { what: string; body: unknown }[] = [];
  private readonly lines = new Set<Line>();
  /** Of which clients, one after the other; null: the own company. */
  readonly watched: (string | null)[] = [];
  private sequence = 0;

  watch(line: Line, client: string | null = null): void {
    this.lines.add(line);
    this.watched.push(client);
    this.send(line, { op: "snapshot", sequence: this.sequence, now: ago(0), state: firstBoard() });
  }

  leave(line: Line): void {
    this.lines.delete(line);
  }

  change(changes: BoardChanges): void {
    this.sequence += 1;
    for (const line of this.lines) this.send(line, { op: "event", sequence: this.sequence, now: ago(0), changes });
  }

  reset(): void {
    this.asked.length = 0;
    this.watched.length = 0;
    this.sequence = 0;
    for (const line of this.lines) line.close(4401);
    this.lines.clear();
  }

  answer(method: string, path: string, body: string): { readonly status: number } | null {
    if (!/^\/v1\/(calls|users)\/[^/]+\/(supervision|take-over|move|pick|agent-state)$/.test(path)) return null;
    this.asked.push({ what: `${method} ${path}`, body: body === "" ? null : JSON.parse(body) });
    return { status: 204 };
  }

  private send(line: Line, frame: BoardFrame): void {
    line.send(JSON.stringify(frame));
  }
}
