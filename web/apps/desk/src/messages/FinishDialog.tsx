import { Check } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { phoneWords } from "../i18n/format.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import type { Done } from "./acts.ts";
import { MessageOutcome } from "./MessageOutcome.tsx";

interface FinishDialogProps {
  readonly number: string | null;
  /** Resolves to whether it is done. */
  readonly onFinish: (done: Done) => Promise<boolean>;
  readonly onClose: () => void;
}

/** What came of it, for whoever asks later; then it is in nobody's list any more. */
export function FinishDialog({ number: called, onFinish, onClose }: FinishDialogProps) {
  const { t } = useTranslation();
  const [done, setDone] = useState({ disposition: "", note: "" });
  const number = called === null ? t("unknown_number") : phoneWords(called);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await onFinish({ ...done, note: done.note.trim() })) onClose();
  };
  return (
    <Dialog title={t("messages.finish", { number })} isOpen onClose={onClose}>
      <Form className="promise" onSubmit={(event) => void submit(event)}>
        <MessageOutcome choices={[]} value={done} onChange={setDone} autoFocus />
        <div className="dialog-actions">
          <Button type="submit" kind="primary" icon={Check}>
            {t("messages.done")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
