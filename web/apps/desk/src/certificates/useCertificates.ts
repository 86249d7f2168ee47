/** What one's company shows over TLS, at its telephone domains and to its carriers, and what can be done about it. */

import {
  api,
  type DomainCertificate,
  type PhoneDomain,
  problemOf,
  type Trunk,
  type TrunkState,
  UNREACHABLE,
} from "../app/api.ts";
import { type Pages, usePages } from "../app/usePages.ts";
import type { Problem } from "../link/protocol.ts";

const PAGE = 50;
const DOMAINS_MS = 60_000; // certificates last for weeks
const TRUNKS_MS = 15_000; // whether a carrier answers is known by the minute
const REFUSED = 403;

export interface ShownDomain extends PhoneDomain {
  /** Its own; null: it has none. */
  readonly certificate: DomainCertificate | null;
  /** The domain whose certificate is shown here; null: the gateway's is. */
  readonly shownFrom: string | null;
}

/** With what each gateway found of it; null: that cannot be read now. */
export type ShownTrunk = Trunk & { readonly states: readonly TrunkState[] | null };

export type TrunkTls = NonNullable<Trunk["tls"]>;

const NOTHING: Required<TrunkTls> = { certificate: "", trusted_ca: "", peer_names: [], client_ca: "" };

export interface Certificates {
  readonly domains: Pages<ShownDomain>;
  readonly trunks: Pages<ShownTrunk>;
  /** Of both lists; "refused": one may see neither. */
  readonly status: Pages<unknown>["status"];
  reload(): void;
  /** Null when it is done; so are the others. */
  show(domain: string, certificate: string, key: string): Promise<Problem | null>;
  remove(domain: string): Promise<Problem | null>;
  /** Changes what is named and keeps the rest; a key belongs to a new certificate. */
  change(trunk: string, tls: Partial<TrunkTls>, key?: string | null): Promise<Problem | null>;
}

export function useCertificates(): Certificates {
  const domains = usePages<ShownDomain, never>(readDomains, DOMAINS_MS);
  const trunks = usePages<ShownTrunk, string>(readTrunks, TRUNKS_MS);
  const ofDomains = async (what: Promise<Problem | null>): Promise<Problem | null> => {
    const problem = await what.catch(() => UNREACHABLE);
    if (problem === null) await domains.reload();
    return problem;
  };
  return {
    domains,
    trunks,
    status: statusOf([domains.status, trunks.status]),
    reload: () => void Promise.all([domains.reload(), trunks.reload()]),
    show: (domain, certificate, key) => ofDomains(show(domain, certificate, key)),
    remove: (domain) => ofDomains(remove(domain)),
    change: async (trunk, tls, key) => {
      const answer = await change(trunk, tls, key).catch(() => UNREACHABLE);
      if ("code" in answer) return answer;
      trunks.change((one) => (one.id === trunk ? { ...answer, states: one.states } : one));
      return null;
    },
  };
}

function statusOf(lists: readonly Certificates["status"][]): Certificates["status"] {
  if (lists.every((one) => one === "refused")) return "refused";
  return (["loading", "failed", "stale"] as const).find((one) => lists.includes(one)) ?? "ready";
}

async function readDomains() {
  const answer = await api.GET("/v1/phone-domains");
  if (answer.data === undefined) return refusalOf(answer.response.status);
  const domains = answer.data.items;
  const own = await Promise.all(domains.map(ownOf));
  const from = new Map<string, string>();
  domains.forEach(({ domain }, place) => {
    for (const name of own[place]?.shown_for ?? []) if (name !== domain) from.set(name, from.get(name) ?? domain);
  });
  const items = domains.map((one, place) => ({
    ...one,
    certificate: own[place] ?? null,
    shownFrom: from.get(one.domain) ?? null,
  }));
  return { items, next: null };
}

async function ownOf({ id, certificate_expires_at }: PhoneDomain): Promise<DomainCertificate | null> {
  if (certificate_expires_at === null || certificate_expires_at === undefined) return null;
  const answer = await api.GET("/v1/phone-domains/{id}/certificate", { params: { path: { id } } });
  if (answer.data === undefined && answer.response.status !== 404) throw new Error(`${answer.response.status}`);
  return answer.data ?? null;
}

/** Both lists have the same pages. */
async function readTrunks(after: string | null) {
  const query = { limit: PAGE, transport: "tls", ...(after === null ? {} : { cursor: after }) } as const;
  const [answer, found] = await Promise.all([
    api.GET("/v1/trunks", { params: { query } }),
    api.GET("/v1/trunk-states", { params: { query } }),
  ]);
  if (answer.data === undefined) return refusalOf(answer.response.status);
  const states = found.data && new Map(found.data.items.map(({ trunk_id, gateways }) => [trunk_id, gateways]));
  const items = answer.data.items.map((one) => ({ ...one, states: states?.get(one.id) ?? null }));
  return { items, next: answer.data.next_cursor ?? null };
}

function refusalOf(status: number): "refused" | null {
  return status === REFUSED ? "refused" : null;
}

async function show(id: string, certificate: string, key: string): Promise<Problem | null> {
  const answer = await api.PUT("/v1/phone-domains/{id}/certificate", {
    params: { path: { id } },
    body: { certificate, key },
  });
  return answer.data === undefined ? problemOf(answer.error, answer.response.status) : null;
}

async function remove(id: string): Promise<Problem | null> {
  const answer = await api.DELETE("/v1/phone-domains/{id}/certificate", { params: { path: { id } } });
  const { status } = answer.response;
  return status === 204 || status === 404 ? null : problemOf(answer.error, status);
}

/** A group of settings is changed as a whole, so it is read anew, and sent with the version that was read. */
async function change(id: string, tls: Partial<TrunkTls>, key?: string | null): Promise<Trunk | Problem> {
  const before = await api.GET("/v1/trunks/{id}", { params: { path: { id } } });
  if (before.data === undefined) return problemOf(before.error, before.response.status);
  const wanted = { ...NOTHING, ...before.data.tls, ...tls };
  const empty = Object.values(wanted).every((one) => one.length === 0);
  const answer = await api.PATCH("/v1/trunks/{id}", {
    params: { path: { id }, header: { "If-Match": before.response.headers.get("etag") ?? "" } },
    body: { tls: empty ? null : wanted, ...(key === undefined ? {} : { tls_key: key }) },
  });
  return answer.data ?? problemOf(answer.error, answer.response.status);
}
