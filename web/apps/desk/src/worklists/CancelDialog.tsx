import { X } from "lucide-react";
import { useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { REASONS, type Reason } from "./acts.ts";
import "../callbacks/callbacks.css";

interface CancelDialogProps {
  readonly number: string;
  readonly onCancel: (reason: Reason) => Promise<boolean>;
  readonly onClose: () => void;
}

/** A promise is taken back with a reason, which those who ask later are told. */
export function CancelDialog({ number, onCancel, onClose }: CancelDialogProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState<Reason>(REASONS[0]);
  return (
    <Dialog title={t("callbacks.cancel", { number })} isOpen onClose={onClose}>
      <Form
        className="promise"
        onSubmit={(event) => {
          event.preventDefault();
          void onCancel(reason).then(onClose);
        }}
      >
        <label className="field">
          {t("worklists.why")}
          <select value={reason} onChange={({ target }) => setReason(target.value as Reason)}>
            {REASONS.map((one) => (
              <option key={one} value={one}>
                {t(`worklists.reason.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <p className="muted">{t("worklists.cancel_hint")}</p>
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("worklists.keep")}</Button>
          <Button type="submit" kind="danger" icon={X}>
            {t("worklists.take_back")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
