import { PhoneOutgoing, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import type { Callback } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { ClientName } from "./ClientName.tsx";
import { bind, hintOf } from "./keys.ts";
import { Countdown } from "./RingStage.tsx";

/** A callback that was promised: taking it rings the customer. */
export function CallbackStage({ callback }: { readonly callback: Callback }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const offered = callback.state === "offered";
  const take = () => void desk.act({ type: "take_callback", callback: callback.id });
  const reject = () => void desk.act({ type: "reject_callback", callback: callback.id });
  useShortcuts(offered ? { ...bind("answer", take), ...bind("reject", reject) } : {});
  return (
    <div className="ring">
      <p className="stage-kicker">{t("callback.title")}</p>
      <ClientName client={callback.client} size="ring" />
      <h2 className="stage-number" data-testid="callback-number">
        <PhoneNumber number={callback.number} />
      </h2>
      <p className="ring-queue">
        <strong>{callback.queue_name}</strong>
      </p>
      <p className="muted">{offered ? t("callback.text") : t("callback.dialling")}</p>
      {offered && callback.until !== null && <Countdown key={callback.id} until={callback.until} />}
      <div className="ring-actions">
        <Button
          kind="answer"
          size="large"
          icon={PhoneOutgoing}
          hint={hintOf("answer")}
          isDisabled={!offered}
          onPress={take}
        >
          {t("callback.take")}
        </Button>
        <Button
          kind="danger-plain"
          size="large"
          icon={X}
          hint={hintOf("reject")}
          isDisabled={!offered}
          onPress={reject}
        >
          {t("ring.reject")}
        </Button>
      </div>
    </div>
  );
}
