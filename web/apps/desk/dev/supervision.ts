/** What supervisors look at beside the live board: past alerts, a provider's clients, a queue's callback settings. */

import type { ClientsLive, LiveSums, PastAlert } from "../src/app/api.ts";
import type { Usable } from "../src/settings/rules.ts";
import { AGENT, ago, SESSION } from "./scene.ts";

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const MINUTE = 60;

export function pastAlert(id: string, minutes: number, change: Partial<PastAlert> = {}): PastAlert {
  return {
    id,
    rule_id: "r1",
    name: "Longest wait",
    measure: "longest_wait",
    queue_id: "q1",
    queue_name: "Bookings",
    side: "above",
    limit: 30,
    value: 41,
    worst: 96,
    begun_at: ago(minutes * MINUTE + 10),
    raised_at: ago(minutes * MINUTE),
    cleared_at: ago(minutes * MINUTE - 190),
    acknowledged_by: null,
    acknowledged_by_name: null,
    acknowledged_at: null,
    ...change,
  };
}

export function pastAlerts(): PastAlert[] {
  const looked = (by: string, name: string | null, minutes: number) => ({
    acknowledged_by: by,
    acknowledged_by_name: name,
    acknowledged_at: ago(minutes * MINUTE),
  });
  return [
    pastAlert("al1", 6, { cleared_at: null, worst: null }),
    pastAlert("al2", 95, {
      queue_id: "q2",
      queue_name: "Baggage and claims",
      ...looked("a1", "Ana-Lucía Fernández", 93),
    }),
    pastAlert("al3", 26 * 60, {
      name: "Many wait",
      measure: "waiting_calls",
      limit: 12,
      worst: 17.5,
      ...looked(AGENT, "Maya Lindqvist", 1559),
    }),
    pastAlert("al4", 50 * 60, {
      name: "Nobody is free",
      measure: "available_agents",
      queue_id: null,
      queue_name: null,
      limit: 1,
      worst: 0,
    }),
  ];
}

function sums(waiting: number, since: number | null, change: Partial<LiveSums> = {}): LiveSums {
  return {
    waiting,
    longest_waiting_since: since === null ? null : ago(since),
    agents_available: 4,
    agents_connected: 9,
    agents_logged_in: 16,
    answered_today: 412,
    abandoned_today: 11,
    service_level_today: 83.2,
    ...change,
  };
}

export function clientsLive(): ClientsLive {
  return {
    now: ago(0),
    sums: sums(9, 214, { agents_logged_in: 41 }),
    clients: [
      { id: "t2", name: "Fjord Ferries", sums: sums(0, null, { service_level_today: null }), queues: [] },
      { id: "t3", name: "Contoso Insurance", sums: sums(7, 214), queues: [] },
      { id: "t4", name: "Alpine Rail", sums: sums(2, 35), queues: [] },
    ],
  };
}

export const FIRST_RULES: Usable = {
  first: "agent",
  patience_seconds: 180,
  attempts: 3,
  ring_seconds: 30,
  pause_seconds: null,
  place_expires_seconds: 86_400,
  scheduled_expires_seconds: 7_200,
  calendar: "callbacks",
  answering_machines: "wait_for_key",
};

/** One client lets in to its lists of work too. */
function grantOf({ id, name }: { readonly id: string; readonly name: string }) {
  const more = id === "t3" ? ["callbacks.read", "callbacks.write", "voicemail.work"] : [];
  return { client_id: id, client_name: name, permissions: ["live.read", ...more] };
}

export class ScriptedSupervision {
  /** Whether the company is a provider. */
  provider = false;
  mayChange = true;
  alerts = pastAlerts();
  rules: Usable = FIRST_RULES;
  revision = 1;
  calendars: readonly string[] = ["callbacks", "office"];
  readonly asked: string[] = [];

  reset(): void {
    Object.assign(this, { provider: false, mayChange: true, alerts: pastAlerts(), rules: FIRST_RULES, revision: 1 });
    this.calendars = ["callbacks", "office"];
    this.asked.length = 0;
  }

  answer(method: string, path: string, body: string, headers: Readonly<Record<string, unknown>>): Reply | null {
    const url = new URL(path, "http://scripted");
    const client = headers["cordboard-client"];
    if (url.pathname === "/v1/live/clients") return { status: 200, body: clientsLive() };
    if (url.pathname === "/v1/session/grants") return { status: 200, body: { items: this.grants() } };
    if (url.pathname === "/v1/alerts") return { status: 200, body: this.found(url.searchParams) };
    if (url.pathname.endsWith("/acknowledgement")) {
      this.asked.push(`${method} ${url.pathname}${client === undefined ? "" : ` in ${String(client)}`}`);
      return this.acknowledge(url.pathname.split("/")[3] ?? "");
    }
    if (url.pathname === "/v1/permissions") return { status: 200, body: { items: this.permissions() } };
    if (url.pathname === "/v1/calendars") {
      const items = this.calendars.map((name) => ({ id: name, name, calendar: {} }));
      return { status: 200, body: { items, next_cursor: null } };
    }
    if (url.pathname === "/v1/queues") {
      return { status: 200, body: { items: [this.queue("q1"), this.queue("q2")], next_cursor: null } };
    }
    const queue = /^\/v1\/queues\/([^/]+)$/.exec(url.pathname)?.[1];
    return queue === undefined ? null : this.settings(method, queue, body, headers);
  }

  private grants() {
    return this.provider ? clientsLive().clients.map(grantOf) : [];
  }

  private found(query: URLSearchParams) {
    const [queue, since, raised] = [query.get("queue_id"), query.get("since"), query.get("raised")];
    const items = this.alerts.filter(
      (one) =>
        (queue === null || one.queue_id === queue) &&
        (since === null || Date.parse(one.raised_at) >= Date.parse(since)) &&
        (raised === null || (one.cleared_at === null) === (raised === "true")),
    );
    return { items, next_cursor: null };
  }

  private acknowledge(id: string): Reply {
    const known = this.alerts.find((one) => one.id === id);
    if (known === undefined) return { status: 404, body: { code: "not_found", title: "", status: 404 } };
    const mine = { acknowledged_by: AGENT, acknowledged_by_name: SESSION.user.name, acknowledged_at: ago(0) };
    const now = { ...known, ...mine };
    this.alerts = this.alerts.map((one) => (one.id === id ? now : one));
    return { status: 200, body: now };
  }

  private permissions() {
    return ["queues.change", "privacy.erase"].map((code) => ({ code, meaning: "", held: this.mayChange }));
  }

  private queue(id: string) {
    const name = id === "q1" ? "Bookings" : "Baggage and claims";
    return { id, name, agents: ["a1", AGENT], waiting: { capacity: 40, callbacks: this.rules } };
  }

  private settings(method: string, id: string, body: string, headers: Readonly<Record<string, unknown>>): Reply {
    if (method === "PATCH") {
      this.asked.push(`${method} ${id}`);
      if (headers["if-match"] !== `"${this.revision}"`) {
        return { status: 412, body: { code: "revision_mismatch", title: "", status: 412 } };
      }
      this.rules = (JSON.parse(body) as { waiting: { callbacks: Usable } }).waiting.callbacks;
      this.revision += 1;
    }
    return { status: 200, body: this.queue(id), headers: { etag: `"${this.revision}"` } };
  }
}
