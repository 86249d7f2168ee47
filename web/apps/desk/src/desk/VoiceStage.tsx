import { Cable } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk, useSoftphone } from "../app/hooks.ts";
import { Button } from "../ui/Button.tsx";
import { useLegWords } from "./legWords.ts";

/** The voice line is being made, or cannot be: one calm sentence, and a button where a person decides. */
export function VoiceStage() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const words = useLegWords();
  const problem = useSoftphone((view) => view.legProblem);
  const ended = useSoftphone((view) => view.leg === "replaced" || view.leg === "closed");
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
