import { Cable, MicOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskState, useSoftphone } from "../app/hooks.ts";
import { Button } from "../ui/Button.tsx";
import { useLegWords } from "./legWords.ts";
import { isUnheard } from "./presence.ts";

/** The voice line is being made, or cannot be: one calm sentence, and a button where a person decides. */
export function VoiceStage() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const words = useLegWords();
  const problem = useSoftphone((view) => view.legProblem);
  const ended = useSoftphone((view) => view.leg === "replaced" || view.leg === "closed");
  const unheard = useDeskState((state) => isUnheard(state.me));
  if (unheard && problem === null && !ended) return <UnheardStage />;
  return (
    <div className="stage-message">
      <span className={`stage-emblem ${problem === null ? "tone-talk" : "tone-bad"}`}>
        <Cable aria-hidden />
      </span>
      <h2>{t("idle.voice_title")}</h2>
      <p className={problem === null ? "muted" : "stage-failure"} role="status" data-testid="voice-line">
        {words}
      </p>
      {ended && (
        <Button kind="primary" size="large" onPress={() => desk.softphone.begin()}>
          {t("leg.take_back")}
        </Button>
      )}
    </div>
  );
}

function UnheardStage() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  return (
    <div className="stage-message">
      <span className="stage-emblem tone-bad">
        <MicOff aria-hidden />
      </span>
      <h2>{t("unheard.title")}</h2>
      <p className="stage-failure" role="alert" data-testid="unheard">
        {t("unheard.text")}
      </p>
      <Button kind="primary" size="large" onPress={() => desk.softphone.renew()}>
        {t("unheard.renew")}
      </Button>
    </div>
  );
}
