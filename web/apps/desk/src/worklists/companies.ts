/** Whose lists one may see: one's own company's, and each client's that lets one in; and the names in them. */

import { useEffect, useState } from "react";
import { actingIn, api } from "../app/api.ts";
import { useDesk } from "../app/hooks.ts";

const MOST = 200;

/** `client` null: one's own company. */
export interface Company {
  readonly id: string;
  readonly name: string;
  readonly client: string | null;
}

export interface QueueOf {
  readonly id: string;
  readonly name: string;
  readonly agents: readonly string[];
}

/** Of one company, by name. */
export interface Directory {
  readonly queues: readonly QueueOf[];
  readonly people: ReadonlyMap<string, string>;
}

/** One's own first; null until it is known which clients let one see what needs one of these permissions. */
export function useCompanies(permissions: readonly string[]): readonly Company[] | null {
  const { session } = useDesk();
  const { id, name } = session.tenant;
  const [found, setFound] = useState<readonly Company[] | null>(null);
  const wanted = permissions.join(" ");
  useEffect(() => {
    const read = async () => {
      const answer = await api.GET("/v1/session/grants").catch(() => null);
      const clients = new Map<string, string>();
      for (const grant of answer?.data?.items ?? []) {
        if (grant.permissions.some((one) => wanted.split(" ").includes(one)))
          clients.set(grant.client_id, grant.client_name);
      }
      const others = [...clients].map(([client, called]) => ({ id: client, name: called, client }));
      others.sort((a, b) => a.name.localeCompare(b.name));
      setFound([{ id, name, client: null }, ...others]);
    };
    void read();
  }, [id, name, wanted]);
  return found;
}

/** What one may not see there is left out: rows then do without a name. */
async function directoryOf({ client }: Company): Promise<Directory> {
  const params = { params: { query: { limit: MOST } }, headers: actingIn(client) };
  const [queues, users] = await Promise.all([
    api.GET("/v1/queues", params).catch(() => null),
    api.GET("/v1/users", params).catch(() => null),
  ]);
  const found = (queues?.data?.items ?? []).map(({ id, name, agents }) => ({ id, name, agents }));
  return {
    queues: found.sort((a, b) => a.name.localeCompare(b.name)),
    people: new Map((users?.data?.items ?? []).map(({ id, name }) => [id, name])),
  };
}

/** By the companies' ids; grows as they are read. */
export function useDirectories(companies: readonly Company[]): ReadonlyMap<string, Directory> {
  const [read, setRead] = useState<ReadonlyMap<string, Directory>>(new Map());
  useEffect(() => {
    let current = true;
    for (const company of companies) {
      void directoryOf(company).then((found) => {
        if (current) setRead((before) => new Map(before).set(company.id, found));
      });
    }
    return () => {
      current = false;
    };
  }, [companies]);
  return read;
}
