/** Lists of work for who leads: callbacks and messages that can be moved, of one's own company and of a client. */

import type { EndedCallback, LeftMessage, MissedCalls, PromisedCallback } from "../src/app/api.ts";
import { callbacks, messages, missedCalls } from "./past.ts";
import { AGENT, ago } from "./scene.ts";
import type { Reply } from "./supervision.ts";

const CLIENT = "t3";
const PAGE = 4;
const GONE: Reply = { status: 404, body: { code: "not_found", title: "", status: 404 } };
const STALE: Reply = { status: 412, body: { code: "revision_mismatch", title: "", status: 412 } };

const PEOPLE = [
  { id: AGENT, name: "Maya Lindqvist" },
  { id: "a1", name: "Ana-Lucía Fernández" },
  { id: "a2", name: "Bertrand Okonkwo" },
];

/** More than one page of them. */
function promised(): PromisedCallback[] {
  const [first] = callbacks();
  const more = ["+886223456789", "+8613812345678"].map((number, place) => ({
    ...(first as PromisedCallback),
    id: `b${place + 4}`,
    number,
    since: ago(300 - 60 * place),
    attempts: 1,
    last: "no_answer" as const,
  }));
  return [...callbacks(), ...more];
}

function ended(): EndedCallback[] {
  const one = (id: string, minutes: number, change: Partial<EndedCallback>): EndedCallback => ({
    id,
    queue_id: "q1",
    number: "+442079460018",
    requested_at: ago(minutes * 60 + 900),
    due: null,
    agent_id: null,
    ended_at: ago(minutes * 60),
    outcome: "completed",
    call_id: `call-${id}`,
    last: null,
    by_id: null,
    reason: null,
    ...change,
  });
  return [
    one("e1", 12, {}),
    one("e2", 95, { outcome: "cancelled", reason: "settled", by_id: "a1", call_id: null, queue_id: "q2" }),
    one("e3", 300, { outcome: "exhausted", last: "no_answer", number: "+4930901820145", call_id: null }),
    one("e4", 1500, { outcome: "expired", number: null, call_id: null }),
  ];
}

type Item = { id: string; queue_id?: string | null; state?: string; agent_id?: string | null; outcome?: string };

export class ScriptedWorklists {
  callbacks = promised();
  messages: LeftMessage[] = [...messages()];
  missed: MissedCalls[] = [...missedCalls()];
  ended = ended();
  /** As if somebody else changed each thing after it was read. */
  overtaken = false;
  readonly asked: string[] = [];

  reset(): void {
    this.callbacks = promised();
    this.messages = [...messages()];
    this.missed = [...missedCalls()];
    this.ended = ended();
    this.overtaken = false;
    this.asked.length = 0;
  }

  answer(method: string, path: string, body: string, headers: Readonly<Record<string, unknown>>): Reply | null {
    const url = new URL(path, "http://scripted");
    const client = headers["cordboard-client"];
    if (client !== undefined && client !== CLIENT) return { status: 403, body: { code: "forbidden" } };
    if (method !== "GET") this.note(method, url, body, client);
    if (url.pathname === "/v1/callbacks" && method === "POST") return { status: 201, body: this.callbacks[0] };
    if (url.pathname === "/v1/missed-calls")
      return { status: 200, body: { items: client === CLIENT ? [] : this.missed } };
    const list = this.lists(client === CLIENT)[url.pathname];
    return list === undefined ? this.one(method, url, body, headers) : paged(list, url);
  }

  private lists(theirs: boolean): Readonly<Record<string, readonly Item[]>> {
    return {
      "/v1/users": PEOPLE,
      "/v1/callbacks": theirs ? this.theirs() : this.callbacks,
      "/v1/callbacks/ended": theirs ? [] : this.ended,
      "/v1/voicemails": theirs ? [] : this.messages,
    };
  }

  private note(method: string, url: URL, body: string, client: unknown): void {
    if (!/^\/v1\/(callbacks|voicemails)/.test(url.pathname)) return;
    const told = [`${method} ${url.pathname}${url.search}`, body === "null" ? "" : body];
    this.asked.push([...told, client === undefined ? "" : `in ${String(client)}`].filter(Boolean).join(" "));
  }

  private theirs(): PromisedCallback[] {
    return [{ ...(callbacks()[0] as PromisedCallback), id: "t3-b1", number: "+33142345678", queue_id: "q1" }];
  }

  private one(method: string, url: URL, body: string, headers: Readonly<Record<string, unknown>>): Reply | null {
    const [, kind, id] = /^\/v1\/(callbacks|voicemails)\/([^/]+)$/.exec(url.pathname) ?? [];
    if (kind === undefined) return null;
    const all: Item[] = kind === "callbacks" ? [...this.callbacks, ...this.theirs()] : this.messages;
    const known = all.find((one) => one.id === id);
    if (known === undefined) return GONE;
    if (method === "DELETE") {
      this.callbacks = this.callbacks.filter((one) => one.id !== id);
      this.messages = this.messages.filter((one) => one.id !== id);
    }
    if (method === "DELETE") return { status: 204 };
    if (method === "PATCH") {
      if (this.overtaken && headers["if-match"] !== undefined) return STALE;
      Object.assign(known, stateAfter(known, JSON.parse(body) as Record<string, unknown>));
    }
    return { status: 200, body: known, headers: { etag: '"1"' } };
  }
}

function stateAfter(known: Item, change: Record<string, unknown>): Record<string, unknown> {
  if (!("due" in change) || known.state === undefined) return change;
  return { ...change, state: change.due === null ? "waiting" : "scheduled" };
}

/** The desk's own lists ask for more at once than there is. */
function paged(all: readonly Item[], url: URL): Reply {
  const query = url.searchParams;
  const found = all.filter((one) =>
    [
      ["queue_id", one.queue_id],
      ["state", one.state],
      ["agent_id", one.agent_id],
      ["outcome", one.outcome],
    ].every(([name, value]) => query.get(name as string) === null || query.get(name as string) === value),
  );
  const from = Number(query.get("cursor") ?? 0);
  const to = from + Number(query.get("limit") ?? PAGE);
  return {
    status: 200,
    body: { items: found.slice(from, to), next_cursor: to < found.length ? String(to) : null },
  };
}
