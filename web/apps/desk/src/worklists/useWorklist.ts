/** One list over several companies: a page of each at a time, each under the grant there. */

import { useCallback } from "react";
import { actingIn } from "../app/api.ts";
import { type Pages, usePages } from "../app/usePages.ts";
import type { Company } from "./companies.ts";

const REFRESH_MS = 10_000; // somebody else takes one within seconds; a supervisor looks up every few

/** With the company whose it is. */
export type Of<Item> = Item & { readonly company: Company };

export interface Told<Item> {
  readonly data?: { readonly items: readonly Item[]; readonly next_cursor?: string | null };
  readonly response: Response;
}

/** One page of one company. */
export type ReadPage<Item> = (cursor: string | null, headers: Record<string, string>) => Promise<Told<Item>>;

/** Where each company that has more goes on. */
type Cursors = ReadonlyMap<string, string>;

interface Answer<Item> {
  readonly company: Company;
  readonly told: Told<Item> | null;
}

const REFUSALS: readonly number[] = [403, 404];

/** A client that answers no more (its grant has just ended) must not hide the others. */
export function together<Item>(answers: readonly Answer<Item>[]) {
  const read = answers.filter(({ told }) => told?.data !== undefined);
  if (read.length === 0 && answers.length > 0) {
    return answers.every(({ told }) => REFUSALS.includes(told?.response.status ?? 0)) ? "refused" : null;
  }
  const next = new Map<string, string>();
  for (const { company, told } of read) {
    const cursor = told?.data?.next_cursor ?? null;
    if (cursor !== null) next.set(company.id, cursor);
  }
  const items = read.flatMap(({ company, told }) => (told?.data?.items ?? []).map((item) => ({ ...item, company })));
  return { items, next: next.size === 0 ? null : next };
}

export function useWorklist<Item>(companies: readonly Company[], read: ReadPage<Item>): Pages<Of<Item>> {
  const ask = useCallback(
    async (cursors: Cursors | null) => {
      const asked = cursors === null ? companies : companies.filter(({ id }) => cursors.has(id));
      const answers = asked.map(async (company) => {
        const cursor = cursors?.get(company.id) ?? null;
        return { company, told: await read(cursor, actingIn(company.client)).catch(() => null) };
      });
      return together(await Promise.all(answers));
    },
    [companies, read],
  );
  return usePages<Of<Item>, Cursors>(ask, REFRESH_MS);
}
