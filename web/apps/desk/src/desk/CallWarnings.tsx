import { carriesSound } from "@cordboard/softphone";
import { MicOff, TriangleAlert, Volume2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskState, useSoftphone } from "../app/hooks.ts";
import { Button } from "../ui/Button.tsx";
import { useLegWords } from "./legWords.ts";
import { microphoneFault } from "./microphoneFault.ts";
import { isUnheard } from "./presence.ts";

/** What keeps the two from hearing each other, with the way out; takes its room even when there is nothing to say. */
export function CallWarnings() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const view = useSoftphone((value) => value);
  const telephone = useDeskState((state) => state.me.telephone);
  const unheard = useDeskState((state) => isUnheard(state.me));
  const legWords = useLegWords();
  if (telephone) return <p className="call-warning call-warning-calm" />;
  if (view.playbackBlocked) {
    return (
      <p className="call-warning" role="alert">
        <Volume2 aria-hidden />
        <span>{t("playback.blocked")}</span>
        <Button size="small" onPress={() => void desk.softphone.output.play()}>
          {t("playback.unlock")}
        </Button>
      </p>
    );
  }
  if (view.microphone === "failed" || view.microphone === "closed" || view.microphoneMuted)
    return <MicrophoneWarning />;
  if (!carriesSound(view.leg)) {
    return (
      <p className="call-warning" role="alert">
        <TriangleAlert aria-hidden />
        <span>{legWords}</span>
      </p>
    );
  }
  if (unheard) {
    return (
      <p className="call-warning" role="alert">
        <TriangleAlert aria-hidden />
        <span>{t("microphone.lost", { what: "" })}</span>
        <Button size="small" onPress={() => desk.softphone.renew()}>
          {t("unheard.renew")}
        </Button>
      </p>
    );
  }
  return (
    <p className="call-warning call-warning-calm" role="status">
      {view.microphone === "opening" && t("microphone.opening")}
      {view.microphone === "open" && view.muted && (
        <>
          <MicOff aria-hidden />
          <span>{t("call.muted")}</span>
        </>
      )}
    </p>
  );
}

function MicrophoneWarning() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const failure = useSoftphone(microphoneFault);
  const what = failure === null ? "" : t(`microphone.failure.${failure}`);
  return (
    <p className="call-warning" role="alert">
      <TriangleAlert aria-hidden />
      <span>{t("microphone.lost", { what })}</span>
      <Button size="small" onPress={() => desk.openMicrophone()}>
        {failure === null ? t("microphone.allow") : t("retry")}
      </Button>
    </p>
  );
}
