import { MessageCircleQuestion } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { ClientName } from "../desk/ClientName.tsx";
import { RingActions } from "../desk/RingActions.tsx";
import { Countdown } from "../desk/RingStage.tsx";
import type { Consultation } from "../link/protocol.ts";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { PassedOnNote } from "./PassedOnNote.tsx";

/** A colleague asks about their call: it rings like one. */
export function ConsultationStage({ asked }: { readonly asked: Consultation }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  return (
    <div className="ring">
      <p className="stage-kicker">{t("share.asked_title")}</p>
      <ClientName client={asked.client} size="ring" />
      <h2 className="stage-number" data-testid="asked-by">
        {asked.by ?? t("share.a_colleague")}
      </h2>
      <p className="ring-queue">
        <strong>{asked.queue_name ?? t("call.direct")}</strong>
        <PhoneNumber number={asked.caller} />
      </p>
      <PassedOnNote passed={asked} />
      <Countdown key={asked.call_id} until={asked.until} />
      <RingActions
        icon={MessageCircleQuestion}
        words={t("share.talk")}
        onAnswer={() => void desk.act({ type: "accept_consultation", call: asked.call_id })}
        onReject={() => void desk.act({ type: "reject_consultation", call: asked.call_id })}
      />
    </div>
  );
}
