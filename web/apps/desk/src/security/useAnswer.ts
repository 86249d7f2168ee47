/** Asking the server from a section of the dialog: one question at a time, its problem shown beside it. */

import { useCallback, useEffect, useState } from "react";
import { problemOf, UNREACHABLE } from "../app/api.ts";
import type { Problem } from "../link/protocol.ts";

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

export type Asked<Data> = { readonly data: Data; readonly problem: null } | { readonly problem: Problem };

export async function ask<Data>(request: Promise<Answer<Data>>): Promise<Asked<Data | undefined>> {
  const answer = await request.catch(() => null);
  if (answer === null) return { problem: UNREACHABLE };
  if (!answer.response.ok) return { problem: problemOf(answer.error, answer.response.status) };
  return { data: answer.data, problem: null };
}

/** What `request` answers, and a way to ask again; `request` must stay the same function. */
export function useAnswer<Data>(request: () => Promise<Answer<Data>>) {
  const [data, setData] = useState<Data | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const again = useCallback(async () => {
    const asked = await ask(request());
    setProblem(asked.problem);
    if (asked.problem === null && asked.data !== undefined) setData(asked.data);
  }, [request]);
  useEffect(() => void again(), [again]);
  return { data, problem, setProblem, again };
}
