import { UserRoundCog } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { LeftMessage } from "../app/api.ts";
import { phoneWords } from "../i18n/format.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import type { WorkActs } from "./acts.ts";
import type { Directory } from "./companies.ts";
import { OwnerFields } from "./OwnerFields.tsx";
import { useVersion } from "./useVersion.ts";
import type { Of } from "./useWorklist.ts";
import "../callbacks/callbacks.css";

interface AssignDialogProps {
  readonly item: Of<LeftMessage>;
  readonly directory: Directory | undefined;
  readonly acts: WorkActs;
  readonly onClose: () => void;
}

/** Another queue's message, or one agent's until it is due. */
export function AssignDialog({ item, directory, acts, onClose }: AssignDialogProps) {
  const { t } = useTranslation();
  const [queue, setQueue] = useState(item.queue_id);
  const [owner, setOwner] = useState(item.owner_id ?? "");
  const version = useVersion("/v1/voicemails/{id}", item.id, item.company.client);
  const same = queue === item.queue_id && owner === (item.owner_id ?? "");
  const number = item.number === null ? t("unknown_number") : phoneWords(item.number);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const change = { queue_id: queue, owner_id: owner === "" ? null : owner };
    if (await acts.assign(item, change, version ?? "")) onClose();
  };

  return (
    <Dialog title={t("worklists.assign", { number })} isOpen onClose={onClose}>
      <Form className="promise" onSubmit={(event) => void submit(event)}>
        <OwnerFields directory={directory} queue={queue} owner={owner} onQueue={setQueue} onOwner={setOwner} />
        <p className="muted">{t("worklists.assign_hint")}</p>
        <div className="dialog-actions">
          <Button type="submit" kind="primary" icon={UserRoundCog} isDisabled={same || version === null}>
            {t("worklists.do_assign")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
