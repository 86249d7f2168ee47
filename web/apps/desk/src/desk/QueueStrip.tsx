import { useTranslation } from "react-i18next";
import { useDeskState } from "../app/hooks.ts";
import { percentWords } from "../i18n/format.ts";
import type { Queue } from "../link/protocol.ts";
import { Elapsed } from "../ui/Times.tsx";
import { useClientName } from "./ClientName.tsx";
import "./queues.css";

export function QueueStrip() {
  const { t } = useTranslation();
  const queues = useDeskState((state) => state.queues);
  const sorted = Object.values(queues).sort((a, b) => a.name.localeCompare(b.name));
  return (
    <section className="queues" aria-label={t("queues.title")}>
      {sorted.length === 0 && <p className="card queues-empty muted">{t("queues.none")}</p>}
      {sorted.map((queue) => (
        <QueueCard key={queue.id} queue={queue} />
      ))}
    </section>
  );
}

function QueueCard({ queue }: { readonly queue: Queue }) {
  const { t } = useTranslation();
  const level = queue.service_level_today;
  const client = useClientName(queue.client);
  const name = client === null ? queue.name : `${client} · ${queue.name}`;
  return (
    <article className="queue card" data-testid="queue" data-waiting={queue.waiting}>
      <header>
        <h2 className="card-title" title={name}>
          {name}
        </h2>
        <span className="muted figure">
          {t("queues.agents", { available: queue.agents_available, count: queue.agents_logged_in })}
        </span>
      </header>
      <dl>
        <div className={queue.waiting > 0 ? "queue-busy" : ""}>
          <dt>{t("queues.waiting")}</dt>
          <dd className="figure">{queue.waiting}</dd>
        </div>
        <div className={queue.waiting > 0 ? "queue-busy" : ""}>
          <dt>{t("queues.longest")}</dt>
          <dd>
            {queue.longest_waiting_since === null ? (
              t("queues.no_figure")
            ) : (
              <Elapsed since={queue.longest_waiting_since} />
            )}
          </dd>
        </div>
        <div>
          <dt>{t("queues.service_level")}</dt>
          <dd className="figure">{level === null ? t("queues.no_figure") : <ServiceLevel percent={level} />}</dd>
        </div>
      </dl>
      <p className="muted figure queue-today">
        {t("queues.today", { answered: queue.answered_today, abandoned: queue.abandoned_today })}
      </p>
    </article>
  );
}

function ServiceLevel({ percent }: { readonly percent: number }) {
  const { i18n } = useTranslation();
  return <bdi>{percentWords(percent / 100, i18n.language, 0)}</bdi>;
}
