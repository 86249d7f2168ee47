/** What one's company shows over TLS, at its telephone domains and to its carriers, and what can be done about it. */

import { useCallback, useEffect, useState } from "react";
import { api, type DomainCertificate, type PhoneDomain, problemOf, type Trunk, UNREACHABLE } from "../app/api.ts";
import type { Problem } from "../link/protocol.ts";

const MOST = 200;
const REFUSED = 403;

export interface ShownDomain extends PhoneDomain {
  /** Its own; null: it has none. */
  readonly certificate: DomainCertificate | null;
  /** The domain whose certificate is shown here; null: the gateway's is. */
  readonly shownFrom: string | null;
}

export type TrunkTls = NonNullable<Trunk["tls"]>;

const NOTHING: Required<TrunkTls> = { certificate: "", trusted_ca: "", peer_names: [], client_ca: "" };

/** Either is null where one may not see it. */
interface Read {
  readonly domains: readonly ShownDomain[] | null;
  readonly trunks: readonly Trunk[] | null;
}

export interface Certificates {
  readonly read: Read | null;
  readonly status: "loading" | "ready" | "failed" | "refused";
  reload(): Promise<void>;
  /** Null when it is done; so are the others. */
  show(domain: string, certificate: string, key: string): Promise<Problem | null>;
  remove(domain: string): Promise<Problem | null>;
  /** Changes what is named and keeps the rest; a key belongs to a new certificate. */
  change(trunk: string, tls: Partial<TrunkTls>, key?: string | null): Promise<Problem | null>;
}

export function useCertificates(): Certificates {
  const [read, setRead] = useState<Read | null>(null);
  const [status, setStatus] = useState<Certificates["status"]>("loading");
  const reload = useCallback(async () => {
    const found = await Promise.all([readDomains(), readTrunks()]).catch(() => null);
    if (found === null) {
      setStatus("failed");
      return;
    }
    const [domains, trunks] = found;
    setRead({ domains, trunks });
    setStatus(domains === null && trunks === null ? "refused" : "ready");
  }, []);
  useEffect(() => void reload(), [reload]);

  const done = async (what: Promise<Problem | null>): Promise<Problem | null> => {
    const problem = await what.catch(() => UNREACHABLE);
    if (problem === null) await reload();
    return problem;
  };
  return {
    read,
    status,
    reload,
    show: (domain, certificate, key) => done(show(domain, certificate, key)),
    remove: (domain) => done(remove(domain)),
    change: (trunk, tls, key) => done(change(trunk, tls, key)),
  };
}

/** Null where one may not see them; throws where nobody answers. */
async function readDomains(): Promise<readonly ShownDomain[] | null> {
  const answer = await api.GET("/v1/phone-domains");
  if (answer.data === undefined) return orRefused(answer.response.status);
  const domains = answer.data.items;
  const own = await Promise.all(domains.map(ownOf));
  const from = new Map<string, string>();
  domains.forEach(({ domain }, place) => {
    for (const name of own[place]?.shown_for ?? []) if (name !== domain) from.set(name, from.get(name) ?? domain);
  });
  return domains.map((one, place) => ({
    ...one,
    certificate: own[place] ?? null,
    shownFrom: from.get(one.domain) ?? null,
  }));
}

async function ownOf({ id, certificate_expires_at }: PhoneDomain): Promise<DomainCertificate | null> {
  if (certificate_expires_at === null || certificate_expires_at === undefined) return null;
  const answer = await api.GET("/v1/phone-domains/{id}/certificate", { params: { path: { id } } });
  if (answer.data === undefined && answer.response.status !== 404) throw new Error(`${answer.response.status}`);
  return answer.data ?? null;
}

async function readTrunks(): Promise<readonly Trunk[] | null> {
  const answer = await api.GET("/v1/trunks", { params: { query: { limit: MOST } } });
  if (answer.data === undefined) return orRefused(answer.response.status);
  return answer.data.items.filter(({ transport }) => transport === "tls");
}

function orRefused(status: number): null {
  if (status !== REFUSED) throw new Error(`${status}`);
  return null;
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
async function change(id: string, tls: Partial<TrunkTls>, key?: string | null): Promise<Problem | null> {
  const before = await api.GET("/v1/trunks/{id}", { params: { path: { id } } });
  if (before.data === undefined) return problemOf(before.error, before.response.status);
  const wanted = { ...NOTHING, ...before.data.tls, ...tls };
  const empty = Object.values(wanted).every((one) => one.length === 0);
  const answer = await api.PATCH("/v1/trunks/{id}", {
    params: { path: { id }, header: { "If-Match": before.response.headers.get("etag") ?? "" } },
    body: { tls: empty ? null : wanted, ...(key === undefined ? {} : { tls_key: key }) },
  });
  return answer.data === undefined ? problemOf(answer.error, answer.response.status) : null;
}
