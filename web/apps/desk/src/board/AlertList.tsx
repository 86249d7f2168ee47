import { Check, Siren } from "lucide-react";
import { useTranslation } from "react-i18next";
import { figureWords } from "../alerts/measures.ts";
import { useDesk } from "../app/hooks.ts";
import { Button } from "../ui/Button.tsx";
import { Elapsed } from "../ui/Times.tsx";
import { useBoard, useBoardState } from "./context.ts";
import type { BoardAlert } from "./protocol.ts";

/** Figures beyond their limits, oldest first; one calm line when there are none. */
export function AlertList() {
  const { t } = useTranslation();
  const alerts = useBoardState((state) => state.alerts);
  const sorted = Object.values(alerts).sort((a, b) => Date.parse(a.begun) - Date.parse(b.begun));
  return (
    <section className="board-alerts" aria-label={t("board.alerts")} aria-live="polite">
      {sorted.length === 0 && <p className="muted">{t("board.all_well")}</p>}
      {sorted.map((alert) => (
        <AlertRow key={alert.id} alert={alert} />
      ))}
    </section>
  );
}

function AlertRow({ alert }: { readonly alert: BoardAlert }) {
  const { t, i18n } = useTranslation();
  const queue = useBoardState((state) =>
    alert.queue_id === null ? null : (state.queues[alert.queue_id]?.name ?? null),
  );
  const figure = (value: number) => figureWords(alert.measure, value, i18n.language);
  const name = queue === null ? alert.name : `${alert.name} · ${queue}`;
  return (
    <div className="board-alert" data-testid="board-alert">
      <Siren aria-hidden />
      <strong>{name}</strong>
      <span className="figure">
        {alert.value === null ? null : t("board.beyond", { value: figure(alert.value), limit: figure(alert.limit) })}
      </span>
      <Elapsed since={alert.begun} />
      <Acknowledged alert={alert} name={name} />
    </div>
  );
}

/** Who looks after it, or the offer to. */
function Acknowledged({ alert, name }: { readonly alert: BoardAlert; readonly name: string }) {
  const { t } = useTranslation();
  const { session } = useDesk();
  const { acts } = useBoard();
  const { alert_id: id, acknowledged_by: by } = alert;
  const who = useBoardState((state) => (by === null ? null : (state.agents[by]?.name ?? null)));
  if (by !== null) {
    const words = by === session.user.id ? t("alerts.by_you") : t("alerts.by", { name: who ?? t("alerts.colleague") });
    return <span className="board-alert-end muted">{words}</span>;
  }
  if (id === null) return null;
  return (
    <span className="board-alert-end">
      <Button
        size="small"
        icon={Check}
        aria-label={t("alerts.take_what", { name })}
        onPress={() => void acts.acknowledge(id)}
      >
        {t("alerts.take")}
      </Button>
    </span>
  );
}
