/** The page's REST client and its errors as problems that can be worded. */

import { cordboardClient } from "@cordboard/client";
import type { Problem } from "../link/protocol.ts";

export type {
  CallbackRules,
  CallRecord,
  ClientLive,
  ClientsLive,
  DomainCertificate,
  EndedCallback,
  Enrolment,
  LeftMessage,
  LiveSums,
  MissedCalls,
  OpenSession,
  PastAlert,
  PhoneDomain,
  PromisedCallback,
  QueueSettings,
  Session,
  SignOnChoice,
  Trunk,
  TrunkState,
} from "@cordboard/client";

export const api = cordboardClient();

export const UNREACHABLE: Problem = { code: "unreachable_server" };

/** What a failed request says: an RFC 9457 document, or what its status lets us say. */
export function problemOf(error: unknown, status: number): Problem {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    return error as Problem;
  }
  return status >= 500 || status === 0 ? UNREACHABLE : { code: `http_${status}` };
}

/** For requests about a client, under one's grant there; null: one's own company. */
export function actingIn(client: string | null): Record<string, string> {
  return client === null ? {} : { "Cordboard-Client": client };
}

/** Of a client, under the agent's grant there. */
export async function soundOf(path: string, client: string): Promise<Blob> {
  const answer = await fetch(path, { headers: { "Cordboard-Client": client } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.blob();
}

export function messageUrl(message: string): string {
  return `/v1/voicemails/${encodeURIComponent(message)}/audio`;
}

export function recordingUrl(recording: string): string {
  return `/v1/recordings/${encodeURIComponent(recording)}/audio`;
}
