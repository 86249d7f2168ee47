import { CalendarCog } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { PromisedCallback } from "../app/api.ts";
import { phoneWords } from "../i18n/format.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import type { CallbackMove, WorkActs } from "./acts.ts";
import type { Directory } from "./companies.ts";
import { OwnerFields } from "./OwnerFields.tsx";
import { useVersion } from "./useVersion.ts";
import type { Of } from "./useWorklist.ts";
import "../callbacks/callbacks.css";

interface MoveDialogProps {
  readonly item: Of<PromisedCallback>;
  readonly directory: Directory | undefined;
  readonly acts: WorkActs;
  readonly onClose: () => void;
}

/** As a field for a day and a time has it, in the browser's time zone. */
export function localTime(moment: string): string {
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Only what was changed is sent. */
export function changeOf(item: PromisedCallback, queue: string, owner: string, at: string): CallbackMove {
  const before = item.due === null ? "" : localTime(item.due);
  return {
    ...(queue === item.queue_id ? {} : { queue_id: queue }),
    ...(owner === (item.agent_id ?? "") ? {} : { agent_id: owner === "" ? null : owner }),
    ...(at === before ? {} : { due: at === "" ? null : new Date(at).toISOString() }),
  };
}

/** To another queue, agent or time; the place in line is kept. */
export function MoveDialog({ item, directory, acts, onClose }: MoveDialogProps) {
  const { t } = useTranslation();
  const [queue, setQueue] = useState(item.queue_id);
  const [owner, setOwner] = useState(item.agent_id ?? "");
  const [at, setAt] = useState(item.due === null ? "" : localTime(item.due));
  const version = useVersion("/v1/callbacks/{id}", item.id, item.company.client);
  const change = changeOf(item, queue, owner, at);
  const same = Object.keys(change).length === 0;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await acts.move(item, change, version ?? "")) onClose();
  };

  return (
    <Dialog title={t("worklists.move", { number: phoneWords(item.number) })} isOpen onClose={onClose}>
      <Form className="promise" onSubmit={(event) => void submit(event)}>
        <OwnerFields directory={directory} queue={queue} owner={owner} onQueue={setQueue} onOwner={setOwner} />
        <label className="field">
          {t("callbacks.when")}
          <input type="datetime-local" value={at} onChange={({ target }) => setAt(target.value)} />
        </label>
        <p className="muted">{t("worklists.move_hint")}</p>
        <div className="dialog-actions">
          <Button type="submit" kind="primary" icon={CalendarCog} isDisabled={same || version === null}>
            {t("worklists.do_move")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
