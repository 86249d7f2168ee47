import { Check, Undo2, Voicemail, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type LeftMessage, messageUrl, problemOf, UNREACHABLE } from "../app/api.ts";
import { useDesk, useDeskState, useReading } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { ClientName } from "../desk/ClientName.tsx";
import { bind, hintOf } from "../desk/keys.ts";
import { RecordingPlayer } from "../desk/RecordingPlayer.tsx";
import { RingBack } from "../desk/RingBack.tsx";
import { Countdown } from "../desk/RingStage.tsx";
import { clockTime, dayAndTime } from "../i18n/format.ts";
import type { MessageWork } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { messageActs } from "./acts.ts";
import { MessageOutcome } from "./MessageOutcome.tsx";
import "./messages.css";

/** A message as work: asked to take it, or at it until it is done or given back. */
export function MessageStage({ work }: { readonly work: MessageWork }) {
  const { t } = useTranslation();
  const reading = useReading();
  const message = useMessage(work);
  const length = t("messages.length", { time: clockTime(work.seconds), at: dayAndTime(work.left_at, reading) });
  return (
    <div className="ring message-work" data-testid="message-work" data-taken={work.taken}>
      <p className="stage-kicker">{t("messages.work")}</p>
      <ClientName client={work.client} size="ring" />
      <h2 className="stage-number">
        <PhoneNumber number={message?.number ?? null} />
      </h2>
      <p className="ring-queue">
        <strong>{work.queue_name}</strong>
        {work.overdue && <span className="message-overdue">{t("messages.overdue")}</span>}
      </p>
      <p className="muted">{length}</p>
      {work.taken ? <AtWork work={work} message={message} /> : <Asked work={work} />}
    </div>
  );
}

function useMessage({ id, client, taken }: MessageWork): LeftMessage | null {
  const [message, setMessage] = useState<LeftMessage | null>(null);
  const home = useClient(client.id);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `taken` brings a new reading
  useEffect(() => {
    let wanted = true;
    void messageActs.read(id, home).then((read) => wanted && setMessage(read));
    return () => {
      wanted = false;
    };
  }, [id, home, taken]);
  return message;
}

/** The company to name in requests; null: the agent's own. */
function useClient(client: string): string | null {
  const own = useDeskState(({ me }) => me.tenant.id);
  return client === own ? null : client;
}

function useTold(): (asked: Promise<{ response: Response; error?: unknown }>) => Promise<void> {
  const { desk } = useDesk();
  return async (asked) => {
    const answer = await asked.catch(() => null);
    if (answer?.response.ok === true) return;
    desk.notices.add(answer === null ? UNREACHABLE : problemOf(answer.error, answer.response.status));
  };
}

function Asked({ work }: { readonly work: MessageWork }) {
  const { t } = useTranslation();
  const client = useClient(work.client.id);
  const told = useTold();
  const take = () => void told(messageActs.take(work.id, client));
  const reject = () => void told(messageActs.reject(work.id, client));
  useShortcuts({ ...bind("answer", take), ...bind("reject", reject) });
  return (
    <>
      <p className="muted">{t("messages.work_text")}</p>
      {work.until !== null && <Countdown key={work.id} until={work.until} />}
      <div className="ring-actions">
        <Button kind="answer" size="large" icon={Voicemail} hint={hintOf("answer")} onPress={take}>
          {t("messages.take")}
        </Button>
        <Button kind="danger-plain" size="large" icon={X} hint={hintOf("reject")} onPress={reject}>
          {t("ring.reject")}
        </Button>
      </div>
    </>
  );
}

function AtWork({ work, message }: { readonly work: MessageWork; readonly message: LeftMessage | null }) {
  const { t } = useTranslation();
  const reading = useReading();
  const client = useClient(work.client.id);
  const told = useTold();
  const [done, setDone] = useState({ disposition: "", note: "" });
  return (
    <>
      {message?.playable === true && (
        <RecordingPlayer path={messageUrl(work.id)} client={client === null ? null : work.client} onClose={null} />
      )}
      <MessageOutcome choices={work.dispositions} value={done} onChange={setDone} />
      {work.until !== null && <p className="muted">{t("messages.until", { at: dayAndTime(work.until, reading) })}</p>}
      <div className="ring-actions">
        <RingBack
          number={message?.number ?? null}
          client={client === null ? null : work.client}
          isDisabled={message === null}
          labelled
        />
        <Button
          kind="primary"
          icon={Check}
          onPress={() => void told(messageActs.finish(work.id, client, { ...done, note: done.note.trim() }))}
        >
          {t("messages.done")}
        </Button>
        <Button icon={Undo2} onPress={() => void told(messageActs.giveBack(work.id, client))}>
          {t("messages.put_back")}
        </Button>
      </div>
    </>
  );
}
