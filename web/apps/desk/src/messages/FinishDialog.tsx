import { Check } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form, Label, TextArea, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { LeftMessage } from "../app/api.ts";
import { phoneWords } from "../i18n/format.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import type { Messages } from "./useMessages.ts";

const LONGEST = 2_000; // characters, as the server takes them

interface FinishDialogProps {
  readonly message: LeftMessage;
  readonly messages: Messages;
  readonly onClose: () => void;
}

/** What came of it, for whoever asks later; then it is in nobody's list any more. */
export function FinishDialog({ message, messages, onClose }: FinishDialogProps) {
  const { t } = useTranslation();
  const [note, setNote] = useState("");
  const number = message.number === null ? t("unknown_number") : phoneWords(message.number);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await messages.finish(message.id, { disposition: "", note: note.trim() })) onClose();
  };
  return (
    <Dialog title={t("messages.finish", { number })} isOpen onClose={onClose}>
      <Form className="promise" onSubmit={(event) => void submit(event)}>
        <TextField className="field" value={note} onChange={setNote} maxLength={LONGEST} autoFocus>
          <Label>{t("messages.note")}</Label>
          <TextArea rows={4} />
        </TextField>
        <div className="dialog-actions">
          <Button type="submit" kind="primary" icon={Check}>
            {t("messages.done")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
