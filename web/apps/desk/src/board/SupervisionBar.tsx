import { Ear, MessageCircle, PhoneForwarded, Users, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDeskState } from "../app/hooks.ts";
import { Button } from "../ui/Button.tsx";
import { Elapsed } from "../ui/Times.tsx";
import { useBoard, useBoardState } from "./context.ts";

const MANNERS = [
  ["listen", Ear],
  ["whisper", MessageCircle],
  ["barge", Users],
] as const;

/** While this supervisor takes part in a call: who hears them now, and the way out. */
export function SupervisionBar() {
  const { t } = useTranslation();
  const { acts } = useBoard();
  const supervision = useDeskState((state) => state.supervision ?? null);
  const agent = useBoardState((state) => state.agents[supervision?.agent_id ?? ""]?.name ?? null);
  if (supervision === null) return null;
  const call = supervision.call_id;
  const name = agent ?? t("supervision.somebody");
  const rings = supervision.rings_until !== null;
  return (
    <section className="supervision card tone-talk" data-testid="supervision" data-manner={supervision.manner}>
      <p role="status">
        <strong>
          {rings ? t("supervision.rings", { name }) : t(`supervision.now.${supervision.manner}`, { name })}
        </strong>
        <span className="muted">
          {t(`supervision.heard.${supervision.manner}`)} · <Elapsed since={supervision.since} />
        </span>
      </p>
      {MANNERS.map(([manner, Icon]) => (
        <Button
          key={manner}
          icon={Icon}
          aria-pressed={supervision.manner === manner}
          onPress={() => void acts.supervise(call, manner)}
        >
          {t(`supervision.${manner}`)}
        </Button>
      ))}
      <Button icon={PhoneForwarded} onPress={() => void acts.takeOver(call)}>
        {t("supervision.take_over")}
      </Button>
      <Button kind="danger-plain" icon={X} onPress={() => void acts.leave(call)}>
        {t("supervision.leave")}
      </Button>
    </section>
  );
}
