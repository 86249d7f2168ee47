import { useState } from "react";
import { Label, TextArea, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Call } from "../link/protocol.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { ColleagueChoices } from "./ColleagueChoices.tsx";
import { NumberChoice } from "./NumberChoice.tsx";
import { QueueChoices } from "./QueueChoices.tsx";
import { useTargets } from "./useTargets.ts";

/** As the server takes it; more belongs to the customer's file. */
const NOTE_LENGTH = 500;

interface TransferDialogProps {
  readonly call: Call;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** To whom: a number or a colleague, asked first or not, or a queue; with a note for who gets the caller. */
export function TransferDialog({ call, isOpen, onClose }: TransferDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("share.title")} isOpen={isOpen} onClose={onClose}>
      <NumberChoice call={call} onDone={onClose} />
      <InsideChoices call={call} onDone={onClose} />
    </Dialog>
  );
}

interface InsideProps {
  readonly call: Call;
  readonly onDone: () => void;
}

function InsideChoices({ call, onDone }: InsideProps) {
  const { t } = useTranslation();
  const targets = useTargets(call);
  const [note, setNote] = useState("");
  return (
    <>
      <TextField className="field share-note" value={note} onChange={setNote} maxLength={NOTE_LENGTH}>
        <Label>{t("share.note")}</Label>
        <TextArea rows={2} placeholder={t("share.note_hint")} />
      </TextField>
      <ColleagueChoices call={call} colleagues={targets.colleagues} note={note} onDone={onDone} />
      {call.direction === "inbound" && <QueueChoices call={call} queues={targets.queues} note={note} onDone={onDone} />}
    </>
  );
}
