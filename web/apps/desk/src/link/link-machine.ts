/** The connection to the server as a table. */

import type { Table } from "@cordboard/softphone";

export type LinkStatus =
  | "idle"
  | "connecting"
  | "greeting"
  | "online"
  | "waiting"
  | "taken_over"
  | "elsewhere"
  | "refused"
  | "ended";

export type LinkInput =
  | "open"
  | "opened"
  | "heard"
  | "lost"
  | "retry_due"
  | "taken_over"
  | "elsewhere"
  | "session_ended"
  | "refused"
  | "silent"
  | "close";

export type LinkEffect =
  | "connect"
  | "greet"
  | "arm_patience"
  | "arm_retry"
  | "disarm"
  | "disconnect"
  | "announce_up"
  | "announce_down"
  | "forget";

export const LINK_STATUSES: readonly LinkStatus[] = [
  "idle",
  "connecting",
  "greeting",
  "online",
  "waiting",
  "taken_over",
  "elsewhere",
  "refused",
  "ended",
];

const CONNECT = ["connecting", "connect", "arm_patience"] as const;
const RETRY = ["waiting", "disconnect", "arm_retry"] as const;
const ENDED = ["ended", "disarm", "disconnect", "forget"] as const;
const TAKEN = ["taken_over", "disarm", "disconnect", "forget"] as const;
/** Another page has the desk: a person decides whether to take over. */
const ELSEWHERE = ["elsewhere", "disarm", "disconnect", "forget"] as const;
const REFUSED = ["refused", "disarm", "disconnect", "forget"] as const;

const BEFORE_ONLINE = {
  lost: RETRY,
  silent: RETRY,
  taken_over: TAKEN,
  elsewhere: ELSEWHERE,
  session_ended: ENDED,
  refused: REFUSED,
  close: ENDED,
} as const;

export const LINK: Table<LinkStatus, LinkInput, LinkEffect> = {
  idle: { open: CONNECT, close: ENDED },
  connecting: { ...BEFORE_ONLINE, opened: ["greeting", "greet", "arm_patience"] },
  greeting: { ...BEFORE_ONLINE, heard: ["online", "announce_up", "arm_patience"] },
  online: {
    heard: ["online", "arm_patience"],
    lost: ["waiting", "announce_down", "disconnect", "arm_retry"],
    silent: ["waiting", "announce_down", "disconnect", "arm_retry"],
    taken_over: ["taken_over", "announce_down", "disarm", "disconnect", "forget"],
    elsewhere: ["elsewhere", "announce_down", "disarm", "disconnect", "forget"],
    session_ended: ["ended", "announce_down", "disarm", "disconnect", "forget"],
    refused: ["refused", "announce_down", "disarm", "disconnect", "forget"],
    close: ["ended", "announce_down", "disarm", "disconnect", "forget"],
  },
  waiting: { retry_due: CONNECT, open: CONNECT, close: ENDED },
  taken_over: { open: CONNECT, close: ENDED },
  elsewhere: { open: CONNECT, close: ENDED },
  refused: { open: CONNECT, close: ENDED },
  ended: { open: CONNECT },
};
