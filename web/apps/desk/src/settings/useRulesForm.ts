/** The form's state: what is typed, what is wrong with it, and what became of saving it. */

import { useEffect, useRef, useState } from "react";
import { useDesk } from "../app/hooks.ts";
import { useGuard } from "../app/route.ts";
import type { Problem } from "../link/protocol.ts";
import { forget, keep, keptOf } from "./kept.ts";
import { draftOf, isUnchanged, type RulesDraft, type RulesProblems, rebased, rulesOf, type Usable } from "./rules.ts";

const NOTHING_WRONG: RulesProblems = {};

export interface RulesForm {
  readonly draft: RulesDraft;
  readonly problems: RulesProblems;
  readonly unsaved: boolean;
  readonly saving: boolean;
  /** The draft was left for a call, and is here again. */
  readonly restored: boolean;
  readonly told: "nothing" | "saved" | "wrong";
  readonly refusal: Problem | null;
  /** Goes where one wanted to; null: nobody wants to leave. */
  readonly leave: (() => void) | null;
  change(change: Partial<RulesDraft>): void;
  save(): Promise<void>;
  discard(): void;
  stay(): void;
  leaveAnyway(): void;
}

export function useRulesForm(
  queue: string,
  rules: Usable,
  save: (rules: Usable) => Promise<Problem | null>,
): RulesForm {
  const user = useDesk().session.user.id;
  const [draft, setDraft] = useState(() => keptOf(user, queue, rules) ?? draftOf(rules));
  const [restored, setRestored] = useState(() => keptOf(user, queue, rules) !== null);
  const [problems, setProblems] = useState(NOTHING_WRONG);
  const [told, setTold] = useState<RulesForm["told"]>("nothing");
  const [refusal, setRefusal] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(false);
  const [leave, setLeave] = useState<(() => void) | null>(null);
  const [base, setBase] = useState(rules);
  if (base !== rules) {
    setBase(rules);
    setDraft(rebased(draft, base, rules));
    setRefusal(null);
  }
  const unsaved = !isUnchanged(draft, rules);
  const guard = useRef((go: () => void) => setLeave(() => go)).current;
  useGuard(unsaved, guard);

  useEffect(() => {
    if (unsaved) keep(user, queue, draft, rules);
    else forget(user, queue);
  }, [draft, unsaved, user, queue, rules]);

  const startAt = (next: RulesDraft) => {
    setDraft(next);
    setProblems(NOTHING_WRONG);
    setRefusal(null);
    setRestored(false);
  };
  const submit = async () => {
    const read = rulesOf(draft, rules);
    setRefusal(null);
    if ("problems" in read) {
      setProblems(read.problems);
      setTold("wrong");
      return;
    }
    setSaving(true);
    const refused = await save(read.rules);
    setSaving(false);
    setRefusal(refused);
    setTold(refused === null ? "saved" : "nothing");
    if (refused === null) startAt(draftOf(read.rules));
  };
  return {
    draft,
    problems,
    unsaved,
    saving,
    restored: restored && unsaved,
    told,
    refusal,
    leave,
    change: (change) => {
      setDraft((now) => ({ ...now, ...change }));
      setTold("nothing");
      setProblems((now) => Object.fromEntries(Object.entries(now).filter(([field]) => !(field in change))));
    },
    save: submit,
    discard: () => {
      startAt(draftOf(rules));
      setTold("nothing");
    },
    stay: () => setLeave(null),
    leaveAnyway: () => {
      forget(user, queue);
      setDraft(draftOf(rules));
      leave?.();
    },
  };
}
