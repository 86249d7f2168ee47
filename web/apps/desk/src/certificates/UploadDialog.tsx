import { Upload } from "lucide-react";
import { useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Problem } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { PemField } from "./PemField.tsx";
import { NOTHING_WRONG, wrongIn } from "./wrong.ts";

const PLACES = { certificate: "certificate", key: "key", tls: "certificate", tls_key: "key" } as const;

interface UploadDialogProps {
  /** The domain that the certificate has to bear, or the trunk's name. */
  readonly name: string;
  readonly hint: string;
  /** Null when it was taken. */
  readonly onUpload: (certificate: string, key: string) => Promise<Problem | null>;
  readonly onClose: () => void;
}

export function UploadDialog({ name, hint, onUpload, onClose }: UploadDialogProps) {
  const { t } = useTranslation();
  const [certificate, setCertificate] = useState("");
  const [key, setKey] = useState("");
  const [wrong, setWrong] = useState(NOTHING_WRONG);
  const [sending, setSending] = useState(false);

  const upload = async () => {
    setSending(true);
    const problem = await onUpload(certificate, key);
    setSending(false);
    if (problem === null) onClose();
    else setWrong(wrongIn(t, problem, PLACES, name));
  };
  return (
    <Dialog title={t("certificates.upload_for", { name })} isOpen onClose={onClose}>
      <Form
        className="certificate-form"
        onSubmit={(event) => {
          event.preventDefault();
          void upload();
        }}
      >
        <PemField
          label={t("certificates.certificate")}
          hint={hint}
          problem={wrong.fields.certificate ?? null}
          value={certificate}
          onChange={setCertificate}
        />
        <PemField
          label={t("certificates.key")}
          hint={t("certificates.key_hint")}
          problem={wrong.fields.key ?? null}
          value={key}
          onChange={setKey}
        />
        {wrong.rest !== null && (
          <p role="alert" className="field-error">
            {wrong.rest}
          </p>
        )}
        {Object.keys(wrong.fields).length > 0 && (
          <p role="alert" className="visually-hidden">
            {Object.values(wrong.fields).join(" ")}
          </p>
        )}
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("cancel")}</Button>
          <Button
            type="submit"
            kind="primary"
            icon={Upload}
            isDisabled={sending || certificate.trim() === "" || key.trim() === ""}
          >
            {t("certificates.upload")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
