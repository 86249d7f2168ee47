import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { problemWords } from "../i18n/words.ts";
import type { Problem } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";

interface RemoveDialogProps {
  readonly name: string;
  /** What is shown then. */
  readonly hint: string;
  readonly onRemove: () => Promise<Problem | null>;
  readonly onClose: () => void;
}

export function RemoveDialog({ name, hint, onRemove, onClose }: RemoveDialogProps) {
  const { t } = useTranslation();
  const [problem, setProblem] = useState<Problem | null>(null);
  const remove = async () => {
    const found = await onRemove();
    if (found === null) onClose();
    else setProblem(found);
  };
  return (
    <Dialog title={t("certificates.remove_of", { name })} role="alertdialog" isOpen onClose={onClose}>
      <p>{hint}</p>
      {problem !== null && (
        <p role="alert" className="field-error">
          {problemWords(t, problem)}
        </p>
      )}
      <div className="dialog-actions">
        <Button autoFocus onPress={onClose}>
          {t("certificates.keep")}
        </Button>
        <Button kind="danger" icon={Trash2} onPress={() => void remove()}>
          {t("certificates.remove")}
        </Button>
      </div>
    </Dialog>
  );
}
