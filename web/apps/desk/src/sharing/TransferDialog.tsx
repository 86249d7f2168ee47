import { Headset, MessageCircleQuestion, PhoneForwarded } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form, Input, Label, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { dialable, regionOf } from "../i18n/format.ts";
import type { Call } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { useQueueChoices } from "./useQueueChoices.ts";

interface TransferDialogProps {
  readonly call: Call;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** To whom: a number, asked first or not, or a queue. */
export function TransferDialog({ call, isOpen, onClose }: TransferDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("share.title")} isOpen={isOpen} onClose={onClose}>
      <NumberChoice call={call} onDone={onClose} />
      {call.direction === "inbound" && <QueueChoices call={call} onDone={onClose} />}
    </Dialog>
  );
}

interface ChoiceProps {
  readonly call: Call;
  readonly onDone: () => void;
}

function NumberChoice({ call, onDone }: ChoiceProps) {
  const { t } = useTranslation();
  const { desk, session } = useDesk();
  const [text, setText] = useState("");
  const [invalid, setInvalid] = useState(false);
  const act = (type: "consult" | "transfer") => {
    const called = dialable(text, regionOf(session.tenant.locale));
    setInvalid(called === null);
    if (called === null) return;
    void desk.act({ type, call: call.id, called });
    onDone();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act("consult");
  };
  const change = (next: string) => {
    setInvalid(false);
    setText(next);
  };
  const empty = text.trim() === "";
  return (
    <Form className="share-number" onSubmit={submit}>
      <TextField className="field" type="tel" value={text} onChange={change} isInvalid={invalid} autoFocus>
        <Label>{t("share.number")}</Label>
        <Input dir="ltr" placeholder="+44 20 7183 8750" autoComplete="off" aria-describedby="share-hint" />
      </TextField>
      <p id="share-hint" className={invalid ? "field-error" : "muted"} role={invalid ? "alert" : undefined}>
        {invalid ? t("dial.invalid") : t("share.number_hint")}
      </p>
      <div className="dialog-actions">
        <Button type="submit" kind="primary" icon={MessageCircleQuestion} isDisabled={empty}>
          {t("share.ask_first")}
        </Button>
        <Button icon={PhoneForwarded} isDisabled={empty} onPress={() => act("transfer")}>
          {t("share.at_once")}
        </Button>
      </div>
    </Form>
  );
}

function QueueChoices({ call, onDone }: ChoiceProps) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const queues = useQueueChoices(call);
  const send = (queue: string) => {
    void desk.act({ type: "transfer_to_queue", call: call.id, queue });
    onDone();
  };
  return (
    <section className="share-queues" aria-label={t("share.queues")}>
      <h3>{t("share.queues")}</h3>
      {queues.length === 0 && <p className="muted">{t("share.no_queues")}</p>}
      <ul>
        {queues.map((queue) => (
          <li key={queue.id}>
            <Button fill icon={Headset} onPress={() => send(queue.id)}>
              {queue.name}
              {queue.free !== null && <span className="muted figure"> · {t("share.free", { count: queue.free })}</span>}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
