import type { TFunction } from "i18next";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDeskState, useLink } from "../app/hooks.ts";
import { phoneWords } from "../i18n/format.ts";
import type { DeskState } from "../link/protocol.ts";
import { farNumber } from "./CallStage.tsx";
import { useClientName } from "./ClientName.tsx";

/** Tells screen readers what the eye sees change: a ring at once, the rest in turn. */
export function Announcer() {
  const ring = useRingWords();
  const news = useNews();
  return (
    <>
      <div className="visually-hidden" role="alert" data-testid="announce-ring">
        {ring}
      </div>
      <div className="visually-hidden" role="status" data-testid="announce-state">
        {news}
      </div>
    </>
  );
}

function useRingWords(): string {
  const { t } = useTranslation();
  const offer = useDeskState((state) => state.offer);
  const client = useClientName(offer?.client ?? null);
  if (offer === null) return "";
  const number = offer.caller === null ? t("unknown_number") : phoneWords(offer.caller);
  const queue = client === null ? offer.queue_name : `${client}, ${offer.queue_name}`;
  return t("ring.announce", { number, queue });
}

function useNews(): string {
  const { t } = useTranslation();
  const moment = useDeskState(momentOf);
  const number = useDeskState((state) => (state.call === null ? null : farNumber(state.call)));
  const online = useLink((view) => view.status === "online");
  const [news, setNews] = useState("");
  const before = useRef(moment);
  useEffect(() => {
    if (before.current === moment) return;
    before.current = moment;
    setNews(newsOf(t, moment, number === null ? t("unknown_number") : phoneWords(number)));
  }, [moment, number, t]);
  return online ? news : t("link.lost");
}

type Moment = Exclude<DeskState["me"]["state"], "connected"> | "talking" | "held" | "dialing";

function momentOf({ me, call }: DeskState): Moment {
  if (me.state !== "connected") return me.state;
  if (call?.state === "connected") return "talking";
  return call?.state === "held" ? "held" : "dialing";
}

function newsOf(t: TFunction, moment: Moment, number: string): string {
  switch (moment) {
    case "offered":
      return ""; // the ring has its own, louder region
    case "talking":
      return t("call.announce_connected", { number });
    case "wrap_up":
      return `${t("call.announce_ended")} ${t("wrap_up.announce")}`;
    default:
      return t(`state.${moment}`);
  }
}
