import { Check, Play, Trash2, Undo2, UserRoundCog } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type LeftMessage, messageUrl } from "../app/api.ts";
import { useDesk, useReading } from "../app/hooks.ts";
import { RecordingPlayer } from "../desk/RecordingPlayer.tsx";
import { clockTime, dayAndTime, phoneWords } from "../i18n/format.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import type { WorkActs } from "./acts.ts";
import { NumberCell, Person, queueName } from "./Cells.tsx";
import type { Directory } from "./companies.ts";
import type { Of } from "./useWorklist.ts";
import "../messages/messages.css";

const COLUMNS = 7;

interface VoicemailRowProps {
  readonly item: Of<LeftMessage>;
  readonly directory: Directory | undefined;
  readonly several: boolean;
  /** Nobody listens while they talk. */
  readonly onCall: boolean;
  readonly isPlaying: boolean;
  readonly onPlay: (open: boolean) => void;
  readonly acts: WorkActs;
  readonly onAssign: () => void;
  readonly onFinish: () => void;
  /** Null: one may not erase it. */
  readonly onErase: (() => void) | null;
}

/** A message: whose it is, how long, how urgent; heard in a line of its own below. */
export function VoicemailRow(props: VoicemailRowProps) {
  const { item, directory, several, onCall, isPlaying, onPlay } = props;
  const { t } = useTranslation();
  const reading = useReading();
  const owner = item.agent_id ?? item.owner_id;
  const client = item.company.client === null ? null : { id: item.company.client, name: item.company.name };
  return (
    <>
      <tr data-testid="voicemail-row" data-state={item.state}>
        <NumberCell number={item.number} company={item.company} several={several} />
        <td>{queueName(directory, item.queue_id) ?? t("worklists.unknown")}</td>
        <td>
          <time dateTime={item.left_at}>{dayAndTime(item.left_at, reading)}</time>
        </td>
        <td>{clockTime(item.seconds)}</td>
        <td className="work-state">
          {t(`worklists.voicemails.state.${item.state as "new"}`)}
          {item.overdue && <span className="message-overdue">{t("messages.overdue")}</span>}
        </td>
        <td>
          {owner === null ? (
            <span className="muted">{t("worklists.anybody")}</span>
          ) : (
            <Person directory={directory} id={owner} />
          )}
        </td>
        <td>
          <Acts {...props} />
        </td>
      </tr>
      {isPlaying && !onCall && (
        <tr>
          <td colSpan={COLUMNS}>
            <RecordingPlayer path={messageUrl(item.id)} client={client} onClose={() => onPlay(false)} />
          </td>
        </tr>
      )}
    </>
  );
}

function Acts({ item, onCall, isPlaying, onPlay, acts, onAssign, onFinish, onErase }: VoicemailRowProps) {
  const { t } = useTranslation();
  const { session } = useDesk();
  const number = item.number === null ? t("unknown_number") : phoneWords(item.number);
  const mine = item.agent_id === session.user.id && item.state === "taken";
  return (
    <span className="work-acts">
      {item.playable && (
        <IconButton
          label={t("messages.play", { number })}
          icon={Play}
          isDisabled={onCall}
          onPress={() => onPlay(!isPlaying)}
        />
      )}
      {item.state !== "taken" && (
        <IconButton label={t("worklists.assign", { number })} icon={UserRoundCog} onPress={onAssign} />
      )}
      {item.state === "new" && (
        <Button size="small" onPress={() => void acts.take(item)} aria-label={t("messages.take_of", { number })}>
          {t("messages.take")}
        </Button>
      )}
      {mine && (
        <>
          <IconButton
            label={t("messages.give_back", { number })}
            icon={Undo2}
            onPress={() => void acts.giveBack(item)}
          />
          <IconButton label={t("messages.finish", { number })} icon={Check} onPress={onFinish} />
        </>
      )}
      {onErase !== null && item.playable && (
        <IconButton label={t("worklists.erase", { number })} icon={Trash2} onPress={onErase} />
      )}
    </span>
  );
}
