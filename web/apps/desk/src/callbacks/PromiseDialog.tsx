import { CalendarClock } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Checkbox, Form, Input, Label, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskState } from "../app/hooks.ts";
import { farNumber } from "../desk/CallStage.tsx";
import { dialable, regionOf } from "../i18n/format.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import type { Wanted } from "./useCallbacks.ts";

interface PromiseDialogProps {
  readonly promise: (wanted: Wanted) => Promise<boolean>;
  /** Absent: those that one works in. */
  readonly queues?: readonly { readonly id: string; readonly name: string }[];
  readonly onClose: () => void;
}

/** To whom, when, and whether by oneself; the number of the present call is there already. */
export function PromiseDialog({ promise, queues: given, onClose }: PromiseDialogProps) {
  const { t } = useTranslation();
  const { session } = useDesk();
  const call = useDeskState((state) => state.call);
  const queues = useDeskState((state) => state.queues);
  const own = given ?? Object.values(queues).filter((queue) => queue.client.id === session.tenant.id);
  const [number, setNumber] = useState((call === null ? null : farNumber(call)) ?? "");
  const [queue, setQueue] = useState(call?.queue_id ?? own[0]?.id ?? "");
  const [at, setAt] = useState("");
  const [self, setSelf] = useState(false);
  const [invalid, setInvalid] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const called = dialable(number, regionOf(session.tenant.locale));
    setInvalid(called === null);
    if (called === null) return;
    const due = at === "" ? null : new Date(at).toISOString();
    const agent_id = self ? session.user.id : null;
    if (await promise({ queue_id: queue, number: called, due, agent_id })) onClose();
  };

  return (
    <Dialog title={t("callbacks.dialog")} isOpen onClose={onClose}>
      <Form className="promise" onSubmit={(event) => void submit(event)}>
        <TextField className="field" type="tel" value={number} onChange={setNumber} isInvalid={invalid} autoFocus>
          <Label>{t("share.number")}</Label>
          <Input dir="ltr" autoComplete="off" />
        </TextField>
        <p className="field-error" role="alert">
          {invalid ? t("dial.invalid") : ""}
        </p>
        <label className="field">
          {t("board.queue")}
          <select value={queue} onChange={(event) => setQueue(event.target.value)}>
            {own.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          {t("callbacks.when")}
          <input type="datetime-local" value={at} onChange={(event) => setAt(event.target.value)} />
        </label>
        <Checkbox className="promise-self" isSelected={self} onChange={setSelf}>
          <span className="promise-box" aria-hidden />
          {t("callbacks.self")}
        </Checkbox>
        <div className="dialog-actions">
          <Button type="submit" kind="primary" icon={CalendarClock} isDisabled={number.trim() === "" || queue === ""}>
            {t("callbacks.submit")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
