/** The REST API, typed from its OpenAPI document. */

import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./generated/schema.ts";

export type CordboardClient = Client<paths>;

/** The header by which the server knows that a page of its own sends the cookie. */
const SAME_SITE_PROOF = { "X-Cordboard": "1" };

/** One instance per page; `baseUrl` "" is the page's own origin. */
export function cordboardClient(baseUrl = "", fetch: typeof globalThis.fetch = globalThis.fetch): CordboardClient {
  return createClient<paths>({ baseUrl, headers: SAME_SITE_PROOF, fetch: (request) => fetch(request) });
}

type Answer<Operation> = Operation extends { responses: infer Responses }
  ? Responses extends { 200: { content: { "application/json": infer Body } } }
    ? Body
    : never
  : never;

export type Session = Answer<paths["/v1/session"]["get"]>;
export type CallRecord = Answer<paths["/v1/calls/{id}"]["get"]>;
export type OpenSession = Answer<paths["/v1/sessions"]["get"]>[number];
export type Enrolment = Answer<paths["/v1/second-factor"]["post"]>;
export type SignOnChoice = Answer<paths["/v1/sign-on"]["get"]>["providers"][number];
export type LeftMessage = Answer<paths["/v1/voicemails"]["get"]>["items"][number];
export type MissedCalls = Answer<paths["/v1/missed-calls"]["get"]>["items"][number];
export type EndedCallback = Answer<paths["/v1/callbacks/ended"]["get"]>["items"][number];
export type PromisedCallback = Answer<paths["/v1/callbacks"]["get"]>["items"][number];
export type PastAlert = Answer<paths["/v1/alerts"]["get"]>["items"][number];
export type ClientsLive = Answer<paths["/v1/live/clients"]["get"]>;
export type ClientLive = ClientsLive["clients"][number];
export type LiveSums = ClientsLive["sums"];
export type QueueSettings = Answer<paths["/v1/queues/{id}"]["get"]>;
export type CallbackRules = NonNullable<QueueSettings["waiting"]["callbacks"]>;
export type PhoneDomain = Answer<paths["/v1/phone-domains"]["get"]>["items"][number];
export type DomainCertificate = Answer<paths["/v1/phone-domains/{id}/certificate"]["get"]>;
export type Trunk = Answer<paths["/v1/trunks"]["get"]>["items"][number];
export type TrunkState = Answer<paths["/v1/trunk-states"]["get"]>["items"][number]["gateways"][number];
