/**
 * The nailed-up leg between this browser and the gateway.
 *
 * The leg outlives the signalling connection: in `ready`, losing the link changes nothing, because the sound does not
 * pass through it. When the link is back the leg asks whether the gateway still knows it, and only makes a new offer
 * when it does not.
 *
 * When the sound's own path is gone (another network), ICE is restarted first: the leg, its keys and the call stay. Only
 * when that does not help, a new leg takes its place.
 */

import type { Table } from "./machine.ts";
import type { GoneReason } from "./messages.ts";

export type LegState =
  | "none"
  | "waiting_for_link"
  | "offering"
  | "connecting"
  | "ready"
  | "resuming"
  | "restarting"
  | "retrying"
  | "replaced"
  | "closed";

export type LegInput =
  | "begin"
  | "link_up"
  | "link_down"
  | "answered"
  | "leg_ready"
  | "leg_gone"
  | "leg_taken"
  | "leg_closed"
  | "refused"
  | "negotiation_failed"
  | "peer_lost"
  | "peer_connected"
  | "stalled"
  | "retry_due"
  | "end";

export type LegEffect =
  | "check_link"
  | "make_offer"
  | "make_restart"
  | "apply_answer"
  | "send_resume"
  | "send_bye"
  | "drop_peer"
  | "arm_stall"
  | "arm_restart"
  | "arm_retry"
  | "disarm"
  | "forget_failures";

export const LEG_STATES: readonly LegState[] = [
  "none",
  "waiting_for_link",
  "offering",
  "connecting",
  "ready",
  "resuming",
  "restarting",
  "retrying",
  "replaced",
  "closed",
];

const RETRY = ["retrying", "drop_peer", "disarm", "arm_retry"] as const;
const CLOSE = ["closed", "send_bye", "drop_peer", "disarm"] as const;
const CLOSED_BY_GATEWAY = ["closed", "drop_peer", "disarm"] as const;
const REPLACED = ["replaced", "drop_peer", "disarm"] as const;
const OFFER = ["offering", "make_offer", "arm_stall"] as const;
const RESTART = ["restarting", "make_restart", "arm_restart"] as const;
const WAIT = ["waiting_for_link", "check_link"] as const;

export const LEG: Table<LegState, LegInput, LegEffect> = {
  none: { begin: WAIT, end: ["closed"] },
  waiting_for_link: { link_up: OFFER, end: ["closed"] },
  offering: {
    answered: ["connecting", "apply_answer", "arm_stall"],
    link_down: ["waiting_for_link", "drop_peer", "disarm"],
    refused: RETRY,
    negotiation_failed: RETRY,
    stalled: RETRY,
    end: CLOSE,
  },
  connecting: {
    leg_ready: ["ready", "disarm", "forget_failures"],
    link_down: ["waiting_for_link", "drop_peer", "disarm"],
    leg_gone: RETRY,
    leg_taken: REPLACED,
    leg_closed: CLOSED_BY_GATEWAY,
    refused: RETRY,
    negotiation_failed: RETRY,
    peer_lost: RETRY,
    stalled: RETRY,
    end: CLOSE,
  },
  ready: {
    link_up: ["resuming", "send_resume", "arm_stall"],
    leg_gone: OFFER,
    leg_taken: REPLACED,
    leg_closed: CLOSED_BY_GATEWAY,
    peer_lost: RESTART,
    end: CLOSE,
  },
  resuming: {
    leg_ready: ["ready", "disarm", "forget_failures"],
    link_down: ["ready", "disarm"],
    link_up: ["resuming", "send_resume", "arm_stall"],
    leg_gone: OFFER,
    leg_taken: REPLACED,
    leg_closed: CLOSED_BY_GATEWAY,
    peer_lost: OFFER,
    stalled: ["resuming", "send_resume", "arm_stall"],
    end: CLOSE,
  },
  restarting: {
    answered: ["restarting", "apply_answer"],
    peer_connected: ["ready", "disarm", "forget_failures"],
    link_down: ["restarting", "disarm"],
    link_up: RESTART,
    leg_gone: OFFER,
    leg_taken: REPLACED,
    leg_closed: CLOSED_BY_GATEWAY,
    refused: OFFER,
    negotiation_failed: OFFER,
    peer_lost: OFFER,
    stalled: OFFER,
    end: CLOSE,
  },
  retrying: {
    retry_due: WAIT,
    link_down: ["waiting_for_link", "disarm"],
    end: ["closed", "disarm"],
  },
  replaced: { begin: WAIT, end: ["closed"] },
  closed: { begin: WAIT },
};

/** Why the gateway ended the leg, as the machine takes it. */
export const GONE: Record<GoneReason, LegInput> = {
  unknown: "leg_gone",
  lost: "leg_gone",
  replaced: "leg_taken",
  closed: "leg_closed",
};

/** States in which sound can pass, whatever the signalling connection does. */
export function carriesSound(state: LegState): boolean {
  return state === "ready" || state === "resuming" || state === "restarting";
}
