import type { Problem } from "../link/protocol.ts";

/** Say so where it worked; returns what went wrong. */
export async function told(what: Promise<Problem | null>, say: () => void): Promise<Problem | null> {
  const problem = await what;
  if (problem === null) say();
  return problem;
}
