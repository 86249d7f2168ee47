import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { phoneWords } from "../i18n/format.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";

interface EraseDialogProps {
  readonly number: string | null;
  readonly onErase: () => Promise<boolean>;
  readonly onClose: () => void;
}

/** What cannot be taken back is asked for twice. */
export function EraseDialog({ number, onErase, onClose }: EraseDialogProps) {
  const { t } = useTranslation();
  const called = number === null ? t("unknown_number") : phoneWords(number);
  return (
    <Dialog title={t("worklists.erase", { number: called })} role="alertdialog" isOpen onClose={onClose}>
      <p>{t("worklists.erase_hint")}</p>
      <div className="dialog-actions">
        <Button autoFocus onPress={onClose}>
          {t("worklists.keep")}
        </Button>
        <Button kind="danger" icon={Trash2} onPress={() => void onErase().then(onClose)}>
          {t("worklists.do_erase")}
        </Button>
      </div>
    </Dialog>
  );
}
