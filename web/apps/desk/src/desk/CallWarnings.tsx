import { carriesSound } from "@cordboard/softphone";
import { MicOff, TriangleAlert, Volume2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk, useSoftphone } from "../app/hooks.ts";
import { Button } from "../ui/Button.tsx";
import { useLegWords } from "./legWords.ts";

/** What keeps the two from hearing each other, with the way out; takes its room even when there is nothing to say. */
export function CallWarnings() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const view = useSoftphone((value) => value);
  const legWords = useLegWords();
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
  if (view.microphone === "failed" || view.microphone === "closed") return <MicrophoneWarning />;
  if (!carriesSound(view.leg)) {
    return (
      <p className="call-warning" role="alert">
        <TriangleAlert aria-hidden />
        <span>{legWords}</span>
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
  const failure = useSoftphone((view) => view.microphoneFailure);
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
