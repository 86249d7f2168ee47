/** What is done with callbacks and messages of the lists, in the company whose they are; what was done is said. */

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { actingIn, api, type LeftMessage, type PromisedCallback, problemOf, UNREACHABLE } from "../app/api.ts";
import { useDesk } from "../app/hooks.ts";
import type { Wanted } from "../callbacks/useCallbacks.ts";
import { phoneWords } from "../i18n/format.ts";
import { type Done, messageActs } from "../messages/acts.ts";
import type { Company } from "./companies.ts";
import type { Of } from "./useWorklist.ts";

export const REASONS = ["customer_asked", "settled", "duplicate", "wrong_number", "other"] as const;
export type Reason = (typeof REASONS)[number];

export interface CallbackMove {
  readonly queue_id?: string;
  readonly agent_id?: string | null;
  readonly due?: string | null;
}

export interface MessageMove {
  readonly queue_id?: string;
  readonly owner_id?: string | null;
}

interface Answered {
  readonly response: Response;
  readonly error?: unknown;
}

/** It is not any more what one decided about: the list shows what it is now. */
const OVERTAKEN: readonly string[] = ["revision_mismatch", "not_found", "callback_under_way", "voicemail_taken"];

export interface WorkActs {
  readonly told: string;
  /** Each resolves to whether there is nothing more to decide; a refusal is shown. `version` is of what was read. */
  promise(wanted: Wanted, company?: Company): Promise<boolean>;
  ring(item: Of<PromisedCallback>): Promise<boolean>;
  move(item: Of<PromisedCallback>, change: CallbackMove, version: string): Promise<boolean>;
  cancel(item: Of<PromisedCallback>, reason: Reason): Promise<boolean>;
  assign(item: Of<LeftMessage>, change: MessageMove, version: string): Promise<boolean>;
  take(item: Of<LeftMessage>): Promise<boolean>;
  giveBack(item: Of<LeftMessage>): Promise<boolean>;
  finish(item: Of<LeftMessage>, outcome: Done): Promise<boolean>;
  erase(item: Of<LeftMessage>): Promise<boolean>;
}

/** `reload` reads the list anew, after each act whether it was done or refused. */
export function useWorkActs(reload: () => Promise<void>): WorkActs {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const [told, setTold] = useState("");

  const done = async (asked: Promise<Answered>, words: string): Promise<boolean> => {
    const answer = await asked.catch(() => null);
    const good = answer?.response.ok === true;
    const problem = answer === null ? UNREACHABLE : problemOf(answer.error, answer.response.status);
    if (!good) desk.notices.add(problem);
    setTold(good ? words : "");
    await reload();
    return good || OVERTAKEN.includes(problem.code);
  };
  const at = ({ id, company }: { id: string; company: { client: string | null } }, version?: string) => ({
    params: { path: { id }, ...(version === undefined ? {} : { header: { "If-Match": version } }) },
    headers: actingIn(company.client),
  });
  const of = (number: string | null) => ({ number: number === null ? t("unknown_number") : phoneWords(number) });

  return {
    told,
    promise: (wanted, company) =>
      done(
        api.POST("/v1/callbacks", { body: wanted, headers: actingIn(company?.client ?? null) }),
        t("worklists.told.promised", of(wanted.number)),
      ),
    ring: (item) =>
      done(
        api.PATCH("/v1/callbacks/{id}", { ...at(item), body: { due: null } }),
        t("worklists.told.rung", of(item.number)),
      ),
    move: (item, change, version) =>
      done(
        api.PATCH("/v1/callbacks/{id}", { ...at(item, version), body: change }),
        t("worklists.told.moved", of(item.number)),
      ),
    cancel: (item, reason) =>
      done(
        api.DELETE("/v1/callbacks/{id}", {
          params: { path: { id: item.id }, query: { reason } },
          headers: actingIn(item.company.client),
        }),
        t("worklists.told.cancelled", of(item.number)),
      ),
    assign: (item, change, version) =>
      done(
        api.PATCH("/v1/voicemails/{id}", { ...at(item, version), body: change }),
        t("worklists.told.assigned", of(item.number)),
      ),
    take: ({ id, company, number }) =>
      done(messageActs.take(id, company.client), t("worklists.told.taken", of(number))),
    giveBack: ({ id, company, number }) =>
      done(messageActs.giveBack(id, company.client), t("worklists.told.given_back", of(number))),
    erase: ({ id, company, number }) =>
      done(
        api.DELETE("/v1/voicemails/{id}", { params: { path: { id } }, headers: actingIn(company.client) }),
        t("worklists.told.erased", of(number)),
      ),
    finish: ({ id, company, number }, outcome) =>
      done(messageActs.finish(id, company.client, outcome), t("worklists.told.finished", of(number))),
  };
}
