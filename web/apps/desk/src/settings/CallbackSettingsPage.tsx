import { PhoneForwarded } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useQueueNames } from "../alerts/useQueueNames.ts";
import { useMayChange } from "../app/permissions.ts";
import { go, usePlace } from "../app/route.ts";
import { Button } from "../ui/Button.tsx";
import { CallbackForm } from "./CallbackForm.tsx";
import { RulesShown } from "./RulesShown.tsx";
import type { QueueSettingsView } from "./useQueueSettings.ts";
import { callbacksOf, type ReadQueue, useCalendarNames, useQueueSettings } from "./useQueueSettings.ts";
import { useRulesForm } from "./useRulesForm.ts";
import "../board/board.css";
import "./settings.css";

/** How a queue of one's own company calls customers back; the address says which queue. */
export function CallbackSettingsPage() {
  const { t } = useTranslation();
  const { query } = usePlace();
  const queues = useQueueNames();
  const id = query.queue ?? queues?.[0]?.id ?? null;
  return (
    <div className="board">
      <section className="board-card card settings" data-testid="callback-settings" aria-labelledby="settings-title">
        <header className="settings-header">
          <h1 id="settings-title" className="card-title">
            {t("settings.title")}
          </h1>
          {queues !== null && queues.length > 0 && id !== null && (
            <label className="board-client">
              {t("board.queue")}
              <select value={id} onChange={(event) => go("callbacks", { ...query, queue: event.target.value })}>
                {queues.map(({ id: queue, name }) => (
                  <option key={queue} value={queue}>
                    {name}
                  </option>
                ))}
                {!queues.some(({ id: queue }) => queue === id) && (
                  <option value={id}>{t("alerts.unknown_queue")}</option>
                )}
              </select>
            </label>
          )}
        </header>
        <p className="muted settings-lead">{t("settings.lead")}</p>
        {id !== null && <OfQueue key={id} id={id} />}
        {id === null && queues === null && <p role="status">{t("settings.loading")}</p>}
        {id === null && queues !== null && <NoQueue />}
      </section>
    </div>
  );
}

function NoQueue() {
  const { t } = useTranslation();
  return (
    <div className="side-empty">
      <PhoneForwarded aria-hidden />
      <p className="muted">{t("board.no_queues")}</p>
    </div>
  );
}

function OfQueue({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const settings = useQueueSettings(id);
  const may = useMayChange("queues.change");
  const { read, status } = settings;
  if (read === null || may === null) {
    if (status === "loading" || status === "ready") return <p role="status">{t("settings.loading")}</p>;
    return (
      <div className="side-empty" role="alert">
        <p>{t(status === "gone" ? "settings.gone" : "settings.failed")}</p>
        <Button size="small" onPress={() => void settings.reload()}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  return may ? <Editor read={read} settings={settings} /> : <RulesShown rules={callbacksOf(read)} />;
}

function Editor({ read, settings }: { readonly read: ReadQueue; readonly settings: QueueSettingsView }) {
  const form = useRulesForm(read.queue.id, callbacksOf(read), settings.save);
  const calendars = useCalendarNames();
  return <CallbackForm form={form} calendars={calendars} onReload={() => void settings.reload()} />;
}
