import { useTranslation } from "react-i18next";
import { useServerNow } from "../app/ticker.ts";
import { clockTime, percentWords } from "../i18n/format.ts";
import { Elapsed } from "../ui/Times.tsx";
import { useBoardState } from "./context.ts";
import { byNeed, isLate, staffed } from "./order.ts";
import type { BoardQueue } from "./protocol.ts";

export function QueueTable() {
  const { t } = useTranslation();
  const queues = useBoardState((state) => state.queues);
  const sorted = Object.values(queues).sort(byNeed);
  return (
    <section className="board-card card" aria-label={t("board.queues")}>
      <h2 className="card-title">{t("board.queues")}</h2>
      {sorted.length === 0 && <p className="side-empty muted">{t("board.no_queues")}</p>}
      {sorted.length > 0 && (
        <div className="board-scroll">
          <table className="board-table">
            <thead>
              <tr>
                <th scope="col">{t("board.queue")}</th>
                <th scope="col">{t("queues.waiting")}</th>
                <th scope="col">{t("queues.longest")}</th>
                <th scope="col">{t("board.free")}</th>
                <th scope="col">{t("queues.service_level")}</th>
                <th scope="col">{t("board.answer_speed")}</th>
                <th scope="col">{t("board.answered")}</th>
                <th scope="col">{t("board.abandoned")}</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map((queue) => (
                <QueueRow key={queue.id} queue={queue} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function QueueRow({ queue }: { readonly queue: BoardQueue }) {
  const { t, i18n } = useTranslation();
  const now = useServerNow();
  const none = t("queues.no_figure");
  const late = isLate(queue.longest_waiting_since, queue.service_level_seconds, now);
  const level = queue.service_level_today;
  const speed = queue.average_speed_of_answer_today;
  return (
    <tr data-testid="board-queue" data-waiting={queue.waiting} className={late ? "board-late" : ""}>
      <th scope="row">{queue.name}</th>
      <td className={queue.waiting > 0 ? "board-strong" : ""}>{queue.waiting}</td>
      <td className={late ? "board-strong" : ""}>
        {queue.longest_waiting_since === null ? none : <Elapsed since={queue.longest_waiting_since} />}
      </td>
      <td>{t("board.of", { free: queue.agents.available ?? 0, count: staffed(queue) })}</td>
      <td>{level === null ? none : <bdi>{percentWords(level / 100, i18n.language, 0)}</bdi>}</td>
      <td>{speed === null ? none : clockTime(speed)}</td>
      <td>{queue.answered_today}</td>
      <td>{queue.abandoned_today}</td>
    </tr>
  );
}
