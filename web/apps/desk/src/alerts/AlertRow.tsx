import { Check, CircleCheck, Siren } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { PastAlert } from "../app/api.ts";
import { useDesk, useReading } from "../app/hooks.ts";
import { clockTime, dayAndTime } from "../i18n/format.ts";
import { Button } from "../ui/Button.tsx";
import { Elapsed } from "../ui/Times.tsx";
import { figureWords } from "./measures.ts";

/** What was furthest beyond the limit; while it is raised, what is known so far. */
export function worstOf(alert: PastAlert): number | null {
  return alert.worst ?? alert.value;
}

export function AlertRow({ alert, onTake }: { readonly alert: PastAlert; readonly onTake: () => void }) {
  const { t, i18n } = useTranslation();
  const reading = useReading();
  const over = alert.cleared_at;
  const figure = (value: number) => figureWords(alert.measure, value, i18n.language);
  const worst = worstOf(alert);
  const Sign = over === null ? Siren : CircleCheck;
  return (
    <tr data-testid="alert-row" data-raised={over === null}>
      <th scope="row">
        <span className="alerts-name">
          <Sign aria-hidden />
          {alert.name}
          <span className="visually-hidden">{t(over === null ? "alerts.is_raised" : "alerts.is_over")}</span>
        </span>
        <span className="muted">{alert.queue_name ?? t("alerts.whole_company")}</span>
      </th>
      <td>
        <time dateTime={alert.raised_at}>{dayAndTime(alert.raised_at, reading)}</time>
      </td>
      <td>
        {over === null ? (
          <Elapsed since={alert.begun_at} label={t("alerts.lasts")} />
        ) : (
          clockTime((Date.parse(over) - Date.parse(alert.begun_at)) / 1000)
        )}
      </td>
      <td>
        {worst === null
          ? t("queues.no_figure")
          : t("board.beyond", { value: figure(worst), limit: figure(alert.limit) })}
      </td>
      <td>
        <Who alert={alert} onTake={onTake} />
      </td>
    </tr>
  );
}

function Who({ alert, onTake }: { readonly alert: PastAlert; readonly onTake: () => void }) {
  const { t } = useTranslation();
  const { session } = useDesk();
  const reading = useReading();
  const { acknowledged_by: by, acknowledged_at: at } = alert;
  const words = useRef<HTMLSpanElement>(null);
  const asked = useRef(false);
  useEffect(() => {
    if (by !== null && asked.current) words.current?.focus(); // the button that had it is gone
  }, [by]);
  if (by !== null && at !== null) {
    const name = by === session.user.id ? t("alerts.you") : (alert.acknowledged_by_name ?? t("alerts.colleague"));
    return (
      <span ref={words} tabIndex={-1}>
        {t("alerts.who_when", { name, time: dayAndTime(at, reading) })}
      </span>
    );
  }
  if (alert.cleared_at !== null) return <span className="muted">{t("alerts.nobody")}</span>;
  const name = alert.queue_name === null ? alert.name : `${alert.name} · ${alert.queue_name}`;
  return (
    <Button
      size="small"
      icon={Check}
      aria-label={t("alerts.take_what", { name })}
      onPress={() => {
        asked.current = true;
        onTake();
      }}
    >
      {t("alerts.take")}
    </Button>
  );
}
