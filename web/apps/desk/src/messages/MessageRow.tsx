import { Check, Play, Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { messageUrl } from "../app/api.ts";
import { useDesk, useDeskState, useReading } from "../app/hooks.ts";
import { useClientName } from "../desk/ClientName.tsx";
import { RecordingPlayer } from "../desk/RecordingPlayer.tsx";
import { RingBack } from "../desk/RingBack.tsx";
import { clockTime, dayAndTime, phoneWords } from "../i18n/format.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import type { Messages, OwnMessage } from "./useMessages.ts";

interface MessageRowProps {
  readonly item: OwnMessage;
  readonly messages: Messages;
  readonly onCall: boolean;
  readonly isPlaying: boolean;
  readonly onPlay: (open: boolean) => void;
  readonly onFinish: () => void;
}

export function MessageRow({ item, messages, onCall, isPlaying, onPlay, onFinish }: MessageRowProps) {
  const { t } = useTranslation();
  const { session } = useDesk();
  const reading = useReading();
  const queue = useDeskState((state) => state.queues[item.queue_id]?.name ?? null);
  const mine = item.agent_id === session.user.id;
  const number = item.number === null ? t("unknown_number") : phoneWords(item.number);
  const company = useClientName(item.client);
  const words = [dayAndTime(item.left_at, reading), clockTime(item.seconds), queue, company]
    .filter(Boolean)
    .join(" · ");
  return (
    <li data-testid="message-row" data-state={item.state} data-overdue={item.overdue}>
      <span className="callback-words">
        <strong>
          <PhoneNumber number={item.number} />
          {item.overdue && <span className="message-overdue">{t("messages.overdue")}</span>}
        </strong>
        <span className="muted" title={words}>
          {words}
        </span>
      </span>
      <span className="history-actions">
        {item.playable && (
          <IconButton
            label={t("messages.play", { number })}
            icon={Play}
            isDisabled={onCall}
            onPress={() => onPlay(!isPlaying)}
          />
        )}
        {mine && <RingBack number={item.number} client={item.client} isDisabled={onCall} />}
        {mine && (
          <>
            <IconButton
              label={t("messages.give_back", { number })}
              icon={Undo2}
              onPress={() => messages.giveBack(item)}
            />
            <IconButton label={t("messages.finish", { number })} icon={Check} onPress={onFinish} />
          </>
        )}
        {item.state === "new" && (
          <Button size="small" onPress={() => messages.take(item)} aria-label={t("messages.take_of", { number })}>
            {t("messages.take")}
          </Button>
        )}
        {item.state === "taken" && !mine && <span className="muted">{t("messages.taken")}</span>}
      </span>
      {isPlaying && !onCall && (
        <RecordingPlayer path={messageUrl(item.id)} client={item.client} onClose={() => onPlay(false)} />
      )}
    </li>
  );
}
