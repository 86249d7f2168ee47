import { Siren } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Elapsed } from "../ui/Times.tsx";
import { useBoardState } from "./context.ts";
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
  const figure = (value: number) => value.toLocaleString(i18n.language, { maximumFractionDigits: 1 });
  return (
    <p className="board-alert" data-testid="board-alert">
      <Siren aria-hidden />
      <strong>{queue === null ? alert.name : `${alert.name} · ${queue}`}</strong>
      <span className="figure">
        {alert.value === null ? null : t("board.beyond", { value: figure(alert.value), limit: figure(alert.limit) })}
      </span>
      <Elapsed since={alert.begun} />
    </p>
  );
}
