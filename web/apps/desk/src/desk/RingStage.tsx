import { Phone } from "lucide-react";
import { useRef } from "react";
import { Trans, useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { useServerNow } from "../app/ticker.ts";
import { clockTime, phoneWords, secondsBetween } from "../i18n/format.ts";
import type { Offer } from "../link/protocol.ts";
import { PassedOnNote } from "../sharing/PassedOnNote.tsx";
import { Bar } from "../ui/Meter.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { useSecondsLeft } from "../ui/Times.tsx";
import { OfferOrigin } from "./CallOrigin.tsx";
import { ClientName } from "./ClientName.tsx";
import { RingActions } from "./RingActions.tsx";

export function RingStage({ offer }: { readonly offer: Offer }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const now = useServerNow();
  return (
    <div className="ring">
      <p className="stage-kicker">{t("ring.title")}</p>
      <ClientName client={offer.client} size="ring" />
      <h2 className="stage-number" data-testid="ring-caller">
        <PhoneNumber number={offer.caller} />
      </h2>
      <p className="ring-queue">
        <strong>{offer.queue_name}</strong>
        <span className="time">{t("ring.waiting", { time: clockTime(secondsBetween(offer.waiting_since, now)) })}</span>
      </p>
      <p className="muted">
        <Trans i18nKey="ring.to" values={{ number: phoneWords(offer.called) }} components={{ n: <bdi dir="ltr" /> }} />
      </p>
      <OfferOrigin offer={offer} />
      <PassedOnNote passed={offer.passed_on} />
      <Countdown key={offer.id} until={offer.until} />
      <RingActions
        icon={Phone}
        words={t("ring.answer")}
        onAnswer={() => void desk.answer(offer.id)}
        onReject={() => void desk.act({ type: "reject_offer", offer: offer.id })}
      />
    </div>
  );
}

export function Countdown({ until }: { readonly until: string }) {
  const { t } = useTranslation();
  const left = useSecondsLeft(until);
  const whole = useRef(Math.max(1, left));
  const words = t("ring.left", { count: left });
  return (
    <div className="ring-countdown">
      <Bar label={words} value={left / whole.current} valueText={words} tone="ring" />
      <span className="figure" aria-hidden>
        {words}
      </span>
    </div>
  );
}
