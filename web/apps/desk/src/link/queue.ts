/** A queue as the desk sees it. */

import type { Tenant } from "./me.ts";

/** Of its `messages` nobody takes care yet. */
export interface Queue {
  readonly id: string;
  readonly client: Tenant;
  readonly name: string;
  readonly waiting: number;
  readonly longest_waiting_since: string | null;
  readonly messages: number;
  readonly messages_overdue: number;
  readonly agents_available: number;
  readonly agents_connected: number;
  readonly agents_logged_in: number;
  readonly answered_today: number;
  readonly abandoned_today: number;
  readonly service_level_today: number | null;
}
