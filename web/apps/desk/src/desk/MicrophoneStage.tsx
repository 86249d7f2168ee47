import { Mic, MicOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskState, useSoftphone } from "../app/hooks.ts";
import { Button } from "../ui/Button.tsx";
import { microphoneFault } from "./microphoneFault.ts";
import { TelephoneChoice } from "./TelephoneChoice.tsx";

export function MicrophoneStage() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const asking = useSoftphone((view) => view.microphone === "opening");
  const failure = useSoftphone(microphoneFault);
  const me = useDeskState((state) => state.me);
  const device = useSoftphone((view) => view.microphoneLabel);
  const Icon = failure === null ? Mic : MicOff;
  return (
    <div className="stage-message">
      <span className={`stage-emblem ${failure === null ? "tone-talk" : "tone-bad"}`}>
        <Icon aria-hidden />
      </span>
      <h2>{t("microphone.title")}</h2>
      {failure === null ? (
        <p className="muted">
          {t("microphone.text")} {t("microphone.step")}
        </p>
      ) : (
        <p className="stage-failure" role="alert" data-testid="microphone-failure" data-code={failure}>
          {device !== "" && <b>{t("microphone.device", { device })} </b>}
          {t(`microphone.failure.${failure}`)}
        </p>
      )}
      <Button kind="primary" size="large" icon={Mic} isDisabled={asking} onPress={() => desk.openMicrophone()}>
        {failure === null ? t("microphone.allow") : t("retry")}
      </Button>
      <TelephoneChoice me={me} />
      <p className="muted stage-line" role="status">
        {asking ? t("microphone.asking") : "\u00a0"}
      </p>
    </div>
  );
}
