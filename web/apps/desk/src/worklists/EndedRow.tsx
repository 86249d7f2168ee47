import { useTranslation } from "react-i18next";
import type { EndedCallback } from "../app/api.ts";
import { useReading } from "../app/hooks.ts";
import { dayAndTime } from "../i18n/format.ts";
import { NumberCell, Person, queueName } from "./Cells.tsx";
import type { Directory } from "./companies.ts";
import type { Of } from "./useWorklist.ts";

interface EndedRowProps {
  readonly item: Of<EndedCallback>;
  readonly directory: Directory | undefined;
  readonly several: boolean;
}

/** What became of one, and why. */
export function EndedRow({ item, directory, several }: EndedRowProps) {
  const { t } = useTranslation();
  const reading = useReading();
  const because = item.reason === null ? (item.last === null ? null : "attempt") : "reason";
  return (
    <tr data-testid="ended-row" data-outcome={item.outcome}>
      <NumberCell number={item.number} erased company={item.company} several={several} />
      <td>{queueName(directory, item.queue_id) ?? t("worklists.unknown")}</td>
      <td>
        <time dateTime={item.requested_at}>{dayAndTime(item.requested_at, reading)}</time>
      </td>
      <td>
        {t(`worklists.outcome.${item.outcome}`)}
        <span className="work-note">
          <time dateTime={item.ended_at}>{dayAndTime(item.ended_at, reading)}</time>
          {because === "reason" && item.reason !== null && ` · ${t(`worklists.reason.${item.reason}`)}`}
          {because === "attempt" && item.last !== null && ` · ${t(`worklists.attempt.${item.last}`)}`}
        </span>
      </td>
      <td>{item.by_id === null ? t("queues.no_figure") : <Person directory={directory} id={item.by_id} />}</td>
    </tr>
  );
}
