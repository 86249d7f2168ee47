import { type LucideIcon, PhoneOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDeskState } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { Button } from "../ui/Button.tsx";
import { bind, hintOf } from "./keys.ts";

interface RingActionsProps {
  readonly icon: LucideIcon;
  readonly words: string;
  readonly onAnswer: () => void;
  readonly onReject: () => void;
}

/** Answer and reject, by button and key; who is rung at a telephone answers there. */
export function RingActions({ icon, words, onAnswer, onReject }: RingActionsProps) {
  const { t } = useTranslation();
  const telephone = useDeskState((state) => state.me.telephone);
  useShortcuts({ ...bind("answer", () => telephone || onAnswer()), ...bind("reject", onReject) });
  return (
    <div className="ring-actions">
      {telephone ? (
        <strong>{t("telephone.answer")}</strong>
      ) : (
        <Button kind="answer" size="large" icon={icon} hint={hintOf("answer")} onPress={onAnswer}>
          {words}
        </Button>
      )}
      <Button kind="danger-plain" size="large" icon={PhoneOff} hint={hintOf("reject")} onPress={onReject}>
        {t("ring.reject")}
      </Button>
    </div>
  );
}
