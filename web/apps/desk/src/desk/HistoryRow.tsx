import { Phone, PhoneIncoming, PhoneOutgoing, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { CallRecord } from "../app/api.ts";
import { useDesk } from "../app/hooks.ts";
import { clockTime, phoneWords } from "../i18n/format.ts";
import { dispositionWords } from "../i18n/words.ts";
import { IconButton } from "../ui/Button.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { RecordingPlayer } from "./RecordingPlayer.tsx";
import { farNumberOf, outcomeOf, timeOfDay } from "./records.ts";

interface HistoryRowProps {
  readonly call: CallRecord;
  readonly zone: string;
  readonly onCall: boolean;
  readonly isPlaying: boolean;
  readonly onPlay: (open: boolean) => void;
}

export function HistoryRow({ call, zone, onCall, isPlaying, onPlay }: HistoryRowProps) {
  const { t, i18n } = useTranslation();
  const number = farNumberOf(call);
  const Icon = call.direction === "inbound" ? PhoneIncoming : PhoneOutgoing;
  const outcome = outcomeOf(call);
  const [recording] = call.recording_ids;
  return (
    <li className="history-row" data-testid="history-call" data-outcome={outcome}>
      <span className={`history-icon history-${outcome}`} title={t(`history.${call.direction}`)}>
        <Icon aria-label={t(`history.${call.direction}`)} />
      </span>
      <div className="history-words">
        <p className="history-number">
          <PhoneNumber number={number} />
        </p>
        <p className="muted history-line">
          <span className="time">{timeOfDay(call.offered_at, { language: i18n.language, zone })}</span>
          {call.queue_name !== null && <span>{call.queue_name}</span>}
          <Result call={call} />
        </p>
      </div>
      <div className="history-actions">
        {recording !== undefined && (
          <IconButton
            label={t("history.play", { number: number === null ? t("unknown_number") : phoneWords(number) })}
            icon={Play}
            isDisabled={onCall}
            onPress={() => onPlay(!isPlaying)}
          />
        )}
        <CallBack number={number} isDisabled={onCall} />
      </div>
      {isPlaying && !onCall && recording !== undefined && (
        <RecordingPlayer recording={recording} onClose={() => onPlay(false)} />
      )}
    </li>
  );
}

function Result({ call }: { readonly call: CallRecord }) {
  const { t } = useTranslation();
  const outcome = outcomeOf(call);
  if (outcome !== "answered") return <span className="history-outcome">{t(`history.outcome.${outcome}`)}</span>;
  return (
    <>
      <span className="time">{t("history.talked", { time: clockTime(call.talk_seconds) })}</span>
      {call.disposition !== null && call.disposition !== "" && (
        <span className="history-disposition">{dispositionWords(t, call.disposition)}</span>
      )}
    </>
  );
}

interface CallBackProps {
  readonly number: string | null;
  readonly isDisabled: boolean;
}

function CallBack({ number, isDisabled }: CallBackProps) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  if (number === null) return null;
  return (
    <IconButton
      label={t("history.call_back", { number: phoneWords(number) })}
      icon={Phone}
      isDisabled={isDisabled}
      onPress={() => void desk.act({ type: "dial", called: number })}
    />
  );
}
