import { RefreshCw, Voicemail } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskState } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { bind } from "../desk/keys.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { FinishDialog } from "./FinishDialog.tsx";
import { MessageRow } from "./MessageRow.tsx";
import { MissedRow } from "./MissedRow.tsx";
import { type Messages, type OwnMessage, useMessages } from "./useMessages.ts";
import "../callbacks/callbacks.css";
import "./messages.css";

/** What callers said whom nobody could serve, and who called in vain. */
export function MessageList() {
  const { t } = useTranslation();
  const { session } = useDesk();
  const messages = useMessages();
  const [finishing, setFinishing] = useState<OwnMessage | null>(null);
  const next = messages.items.find(({ state }) => state === "new");
  const mine = messages.items.find(({ agent_id }) => agent_id === session.user.id);
  useShortcuts({
    ...bind("take_message", () => next !== undefined && messages.take(next)),
    ...bind("finish_message", () => mine !== undefined && setFinishing(mine)),
  });
  return (
    <div className="callbacks">
      <header className="history-header">
        <h2 className="card-title">{t("messages.title")}</h2>
        <IconButton label={t("messages.refresh")} icon={RefreshCw} size="small" onPress={messages.reload} />
      </header>
      <Body messages={messages} onFinish={setFinishing} />
      {finishing !== null && (
        <FinishDialog
          number={finishing.number}
          onFinish={(done) => messages.finish(finishing, done)}
          onClose={() => setFinishing(null)}
        />
      )}
    </div>
  );
}

interface BodyProps {
  readonly messages: Messages;
  readonly onFinish: (message: OwnMessage) => void;
}

function Body({ messages, onFinish }: BodyProps) {
  const { t } = useTranslation();
  if (messages.status === "failed") {
    return (
      <div className="side-empty" role="alert">
        <p>{t("messages.failed")}</p>
        <Button size="small" onPress={messages.reload}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  if (messages.status === "ready" && messages.items.length === 0 && messages.missed.length === 0) {
    return (
      <div className="side-empty">
        <Voicemail aria-hidden />
        <p>
          <strong>{t("messages.empty_title")}</strong>
        </p>
        <p className="muted">{t("messages.empty")}</p>
      </div>
    );
  }
  return <Lists messages={messages} onFinish={onFinish} />;
}

function Lists({ messages, onFinish }: BodyProps) {
  const { t } = useTranslation();
  const [playing, setPlaying] = useState<string | null>(null);
  const onCall = useDeskState((state) => state.call !== null && state.call.state !== "ended");
  return (
    <div className="history-days">
      <ul className="message-rows">
        {messages.items.map((item) => (
          <MessageRow
            key={item.id}
            item={item}
            messages={messages}
            onCall={onCall}
            isPlaying={playing === item.id}
            onPlay={(open) => setPlaying(open ? item.id : null)}
            onFinish={() => onFinish(item)}
          />
        ))}
      </ul>
      {messages.missed.length > 0 && (
        <section aria-label={t("messages.missed")}>
          <h3>{t("messages.missed")}</h3>
          <ul className="message-rows">
            {messages.missed.map((item) => (
              <MissedRow key={item.number} item={item} onCall={onCall} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
