import { MessageCircleQuestion, PhoneOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskState } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { ClientName } from "../desk/ClientName.tsx";
import { bind, hintOf } from "../desk/keys.ts";
import { Countdown } from "../desk/RingStage.tsx";
import type { Consultation } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { PassedOnNote } from "./PassedOnNote.tsx";

/** A colleague asks about their call: it rings like one. */
export function ConsultationStage({ asked }: { readonly asked: Consultation }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const telephone = useDeskState((state) => state.me.telephone);
  const accept = () => telephone || void desk.act({ type: "accept_consultation", call: asked.call_id });
  const reject = () => void desk.act({ type: "reject_consultation", call: asked.call_id });
  useShortcuts({ ...bind("answer", accept), ...bind("reject", reject) });
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
      <div className="ring-actions">
        {telephone ? (
          <strong>{t("telephone.answer")}</strong>
        ) : (
          <Button kind="answer" size="large" icon={MessageCircleQuestion} hint={hintOf("answer")} onPress={accept}>
            {t("share.talk")}
          </Button>
        )}
        <Button kind="danger-plain" size="large" icon={PhoneOff} hint={hintOf("reject")} onPress={reject}>
          {t("ring.reject")}
        </Button>
      </div>
    </div>
  );
}
