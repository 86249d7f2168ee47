import { Phone, PhoneOff } from "lucide-react";
import { useRef } from "react";
import { Trans, useTranslation } from "react-i18next";
import { useDesk, useDeskState } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { useServerNow } from "../app/ticker.ts";
import { clockTime, phoneWords, secondsBetween } from "../i18n/format.ts";
import type { Offer } from "../link/protocol.ts";
import { PassedOnNote } from "../sharing/PassedOnNote.tsx";
import { Button } from "../ui/Button.tsx";
import { Bar } from "../ui/Meter.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { useSecondsLeft } from "../ui/Times.tsx";
import { OfferOrigin } from "./CallOrigin.tsx";
import { ClientName } from "./ClientName.tsx";
import { bind, hintOf } from "./keys.ts";

export function RingStage({ offer }: { readonly offer: Offer }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const now = useServerNow();
  const telephone = useDeskState((state) => state.me.telephone);
  const answer = () => telephone || void desk.answer(offer.id);
  const reject = () => void desk.act({ type: "reject_offer", offer: offer.id });
  useShortcuts({ ...bind("answer", answer), ...bind("reject", reject) });
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
      <div className="ring-actions">
        {telephone ? (
          <strong>{t("telephone.answer")}</strong>
        ) : (
          <Button kind="answer" size="large" icon={Phone} hint={hintOf("answer")} onPress={answer}>
            {t("ring.answer")}
          </Button>
        )}
        <Button kind="danger-plain" size="large" icon={PhoneOff} hint={hintOf("reject")} onPress={reject}>
          {t("ring.reject")}
        </Button>
      </div>
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
