/** What the server found wrong, field by field, in words. */

import type { TFunction } from "i18next";
import { problemWords } from "../i18n/words.ts";
import type { Problem } from "../link/protocol.ts";

export type PemFieldName = "certificate" | "key" | "trusted_ca" | "client_ca" | "peer_names";

export interface Wrong {
  readonly fields: Readonly<Partial<Record<PemFieldName, string>>>;
  /** What concerns no field; null: nothing. */
  readonly rest: string | null;
}

export const NOTHING_WRONG: Wrong = { fields: {}, rest: null };

/** A trunk's fields are one group for the server: `within` says which field a code of the group is about. */
export function wrongIn(
  t: TFunction,
  problem: Problem,
  within: Readonly<Record<string, PemFieldName>>,
  name: string,
): Wrong {
  const fields: Partial<Record<PemFieldName, string>> = {};
  const rest: string[] = [];
  for (const { field, code, detail } of problem.errors ?? []) {
    const place = within[`${field}.${code}`] ?? within[field];
    const key = `certificates.wrong.${code}`;
    const known = t(key as never, { name, defaultValue: "" }) as string;
    const words = known === "" || known === key ? detail : known;
    if (place === undefined) rest.push(words);
    else fields[place] = [fields[place], words].filter((one) => one !== undefined).join(" ");
  }
  const nothing = Object.keys(fields).length === 0 && rest.length === 0;
  return { fields, rest: nothing ? problemWords(t, problem) : rest.join(" ") || null };
}
