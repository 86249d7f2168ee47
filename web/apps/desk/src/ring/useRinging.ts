/** While a call is offered: ring tone, flashing page title and, where allowed, a notification. */

import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useClientName } from "../desk/ClientName.tsx";
import { phoneWords } from "../i18n/format.ts";
import type { Consultation, Offer } from "../link/protocol.ts";
import { Ringtone } from "./ringtone.ts";

const FLASH_MS = 1_000;

/** What rings: a call, or a colleague who asks about theirs. */
export type Ring = Pick<Offer, "id" | "client" | "caller" | "queue_name">;

export function ringOf(offer: Offer | null, consultation: Consultation | null): Ring | null {
  if (offer !== null || consultation === null) return offer;
  const { call_id: id, client, caller, queue_name } = consultation;
  return { id, client, caller, queue_name: queue_name ?? "" };
}

export function useRinging(ring: Ring | null, notify: boolean): void {
  const { t } = useTranslation();
  const tone = useMemo(() => new Ringtone(), []);
  const id = ring?.id;
  const number = ring === null ? "" : ring.caller === null ? t("unknown_number") : phoneWords(ring.caller);
  const client = useClientName(ring?.client ?? null);
  const queue = client ?? ring?.queue_name ?? "";

  useEffect(() => {
    if (id === undefined) return;
    tone.start();
    return () => tone.stop();
  }, [id, tone]);

  useEffect(() => {
    if (id === undefined) return;
    const before = document.title;
    const ringing = t("ring.page_title", { number, queue });
    document.title = ringing;
    const timer = setInterval(() => {
      document.title = document.title === ringing ? before : ringing;
    }, FLASH_MS);
    return () => {
      clearInterval(timer);
      document.title = before;
    };
  }, [id, number, queue, t]);

  useEffect(() => {
    if (id === undefined || !notify || !document.hidden || Notification.permission !== "granted") return;
    const notification = new Notification(t("ring.title"), { body: `${number} · ${queue}`, tag: id });
    notification.onclick = () => window.focus();
    return () => notification.close();
  }, [id, notify, number, queue, t]);
}
