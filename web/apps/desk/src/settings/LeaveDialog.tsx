import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import type { RulesForm } from "./useRulesForm.ts";

export function LeaveDialog({ form }: { readonly form: RulesForm }) {
  const { t } = useTranslation();
  return (
    <Dialog role="alertdialog" title={t("settings.leave_title")} isOpen={form.leave !== null} onClose={form.stay}>
      <p>{t("settings.leave")}</p>
      <div className="dialog-actions">
        <Button kind="danger-plain" onPress={form.leaveAnyway}>
          {t("settings.leave_anyway")}
        </Button>
        <Button kind="primary" autoFocus onPress={form.stay}>
          {t("settings.stay")}
        </Button>
      </div>
    </Dialog>
  );
}
