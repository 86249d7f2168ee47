import { useTranslation } from "react-i18next";
import { useDesk, useLink } from "../app/hooks.ts";
import { problemWords } from "../i18n/words.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";

/** When the server closed the desk on purpose, a person decides how to go on. */
export function LinkDialogs() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const status = useLink((view) => view.status);
  const problem = useLink((view) => view.problem);
  return (
    <>
      <Dialog title={t("link.taken_over_title")} isOpen={status === "taken_over"} role="alertdialog">
        <p>{t("link.taken_over")}</p>
        <div className="dialog-actions">
          <Button kind="primary" onPress={() => desk.takeOver()}>
            {t("link.take_over")}
          </Button>
          <Button onPress={() => void desk.logOut()}>{t("header.log_out")}</Button>
        </div>
      </Dialog>
      <Dialog title={t("link.elsewhere_title")} isOpen={status === "elsewhere"} role="alertdialog">
        <p>{t("link.elsewhere")}</p>
        <div className="dialog-actions">
          <Button kind="primary" onPress={() => desk.takeOver()}>
            {t("link.take_over")}
          </Button>
        </div>
      </Dialog>
      <Dialog title={t("link.refused_title")} isOpen={status === "refused"} role="alertdialog">
        <p>{problemWords(t, problem ?? { code: "unknown" })}</p>
        <div className="dialog-actions">
          <Button kind="primary" onPress={() => desk.connection.open()}>
            {t("retry")}
          </Button>
          <Button onPress={() => void desk.logOut()}>{t("header.log_out")}</Button>
        </div>
      </Dialog>
    </>
  );
}
