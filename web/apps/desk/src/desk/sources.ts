/** Lists of calls that are read page by page from several companies, shown as one. Pure. */

import type { CallRecord } from "../app/api.ts";
import type { Tenant } from "../link/protocol.ts";

/** `client` is null for calls of the agent's own company. */
export interface OwnCall {
  readonly record: CallRecord;
  readonly client: Tenant | null;
}

/** `cursor` leads to older calls; null: there are none. */
export interface Source {
  readonly client: Tenant | null;
  readonly calls: readonly CallRecord[];
  readonly cursor: string | null;
}

export interface Page {
  readonly items: readonly CallRecord[];
  readonly cursor: string | null;
}

export const NOTHING_READ = (client: Tenant | null): Source => ({ client, calls: [], cursor: null });

/** A page that could not be read changes nothing. */
export function withPage(source: Source, page: Page | null): Source {
  return page === null ? source : { ...source, calls: [...source.calls, ...page.items], cursor: page.cursor };
}

/** Newest first, down to where the first source that has more was read: below that, calls may still be missing. */
export function merged(sources: readonly Source[]): readonly OwnCall[] {
  const ends = sources.filter(({ cursor }) => cursor !== null).map(({ calls }) => calls.at(-1)?.offered_at ?? "");
  const read = ends.reduce((latest, end) => (end > latest ? end : latest), "");
  return sources
    .flatMap(({ client, calls }) => calls.map((record) => ({ record, client })))
    .filter(({ record }) => record.offered_at >= read)
    .sort((a, b) => b.record.offered_at.localeCompare(a.record.offered_at));
}
