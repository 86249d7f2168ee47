import { LogOut, Mic, MicOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk, useSoftphone } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { bind, hintOf } from "../desk/keys.ts";
import type { Call } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { Elapsed } from "../ui/Times.tsx";
import { PassedOnNote } from "./PassedOnNote.tsx";

/** In a colleague's call: whatever becomes of it is theirs to decide, one can only leave. */
export function AskedStage({ call }: { readonly call: Call }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const muted = useSoftphone((view) => view.muted);
  const toggleMute = () => desk.softphone.mute(!muted);
  const leave = () => void desk.act({ type: "hang_up", call: call.id });
  useShortcuts({ ...bind("mute", toggleMute), ...bind("hang_up", leave) });
  return (
    <div className="ring" data-testid="asked-into">
      <p className="stage-kicker">{t("share.asked_title")}</p>
      <h2 className="stage-number">{call.asked_by}</h2>
      <p className="ring-queue">
        <strong>{call.queue_name ?? t("call.direct")}</strong>
        <PhoneNumber number={call.direction === "inbound" ? call.caller : call.called} />
      </p>
      <p className="muted">
        {t(call.state === "held" ? "share.asked_aside" : "share.asked_all")} <Elapsed since={call.held_since} />
      </p>
      <PassedOnNote passed={call.passed_on} />
      <div className="ring-actions">
        <Button
          size="large"
          icon={muted ? MicOff : Mic}
          hint={hintOf("mute")}
          aria-pressed={muted}
          onPress={toggleMute}
        >
          {muted ? t("call.unmute") : t("call.mute")}
        </Button>
        <Button kind="danger-plain" size="large" icon={LogOut} hint={hintOf("hang_up")} onPress={leave}>
          {t("share.leave_colleague")}
        </Button>
      </div>
    </div>
  );
}
