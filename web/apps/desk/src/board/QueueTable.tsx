import { useTranslation } from "react-i18next";
import { useServerNow } from "../app/ticker.ts";
import { clockTime, percentWords } from "../i18n/format.ts";
import { Elapsed } from "../ui/Times.tsx";
import { BoardScroll } from "./BoardScroll.tsx";
import { useBoardState } from "./context.ts";
import { byNeed, isLate, staffed } from "./order.ts";
import type { BoardQueue } from "./protocol.ts";
import { agentsOf, COUNTS, longestOf, sumOf } from "./sums.ts";

export function QueueTable() {
  const { t } = useTranslation();
  const queues = useBoardState((state) => state.queues);
  const sorted = Object.values(queues).sort(byNeed);
  return (
    <section className="board-card card" aria-label={t("board.queues")}>
      <h2 className="card-title">{t("board.queues")}</h2>
      {sorted.length === 0 && <p className="side-empty muted">{t("board.no_queues")}</p>}
      {sorted.length > 0 && (
        <BoardScroll label={t("board.queues")}>
          <table className="board-table">
            <thead>
              <tr>
                <th scope="col">{t("board.queue")}</th>
                <th scope="col">{t("queues.waiting")}</th>
                <th scope="col">{t("queues.longest")}</th>
                <th scope="col">{t("board.free")}</th>
                <th scope="col">{t("queues.service_level")}</th>
                <th scope="col">{t("board.answer_speed")}</th>
                {COUNTS.map((count) => (
                  <th scope="col" key={count}>
                    {t(`board.${count}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sorted.map((queue) => (
                <QueueRow key={queue.id} queue={queue} />
              ))}
            </tbody>
            {sorted.length > 1 && <Together queues={sorted} />}
          </table>
        </BoardScroll>
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
      {COUNTS.map((count) => (
        <td key={count}>{queue[count]}</td>
      ))}
    </tr>
  );
}

/** Service level and speed are no sums: those of all queues are not told. */
function Together({ queues }: { readonly queues: readonly BoardQueue[] }) {
  const { t } = useTranslation();
  const agents = useBoardState((state) => state.agents);
  const none = t("queues.no_figure");
  const waiting = sumOf(queues, "waiting");
  const longest = longestOf(queues);
  return (
    <tfoot>
      <tr data-testid="board-together">
        <th scope="row">{t("board.together")}</th>
        <td className={waiting > 0 ? "board-strong" : ""}>{waiting}</td>
        <td>{longest === null ? none : <Elapsed since={longest} />}</td>
        <td>{t("board.of", agentsOf(Object.values(agents)))}</td>
        <td>{none}</td>
        <td>{none}</td>
        {COUNTS.map((count) => (
          <td key={count}>{sumOf(queues, count)}</td>
        ))}
      </tr>
    </tfoot>
  );
}
