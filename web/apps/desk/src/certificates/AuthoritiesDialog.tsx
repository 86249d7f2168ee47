import { Save } from "lucide-react";
import { useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Problem } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { PemField } from "./PemField.tsx";
import type { TrunkTls } from "./useCertificates.ts";
import { NOTHING_WRONG, type PemFieldName, wrongIn } from "./wrong.ts";

const PLACES = {
  "tls.bad_authority": "trusted_ca",
  "tls.bad_client_authority": "client_ca",
  "tls.no_names": "peer_names",
  "tls.too_many": "peer_names",
  "tls.not_a_host": "peer_names",
} as const;

interface AuthoritiesDialogProps {
  readonly name: string;
  readonly tls: TrunkTls | null;
  readonly onSave: (tls: Partial<TrunkTls>) => Promise<Problem | null>;
  readonly onClose: () => void;
}

export function AuthoritiesDialog({ name, tls, onSave, onClose }: AuthoritiesDialogProps) {
  const { t } = useTranslation();
  const [trusted, setTrusted] = useState(tls?.trusted_ca ?? "");
  const [clients, setClients] = useState(tls?.client_ca ?? "");
  const [names, setNames] = useState((tls?.peer_names ?? []).join("\n"));
  const [wrong, setWrong] = useState(NOTHING_WRONG);
  const [sending, setSending] = useState(false);

  const save = async () => {
    setSending(true);
    const peers = names.split(/[\s,]+/).filter((one) => one !== "");
    const problem = await onSave({ trusted_ca: trusted.trim(), client_ca: clients.trim(), peer_names: peers });
    setSending(false);
    if (problem === null) onClose();
    else setWrong(wrongIn(t, problem, PLACES, name));
  };
  const field = (of: PemFieldName, value: string, set: (value: string) => void, plain = false) => (
    <PemField
      label={t(`certificates.${of}` as never)}
      hint={t(`certificates.${of}_hint` as never)}
      problem={wrong.fields[of] ?? null}
      value={value}
      plain={plain}
      onChange={set}
    />
  );
  return (
    <Dialog title={t("certificates.authorities_of", { name })} isOpen onClose={onClose}>
      <Form
        className="certificate-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {field("trusted_ca", trusted, setTrusted)}
        {field("client_ca", clients, setClients)}
        {field("peer_names", names, setNames, true)}
        {wrong.rest !== null && (
          <p role="alert" className="field-error">
            {wrong.rest}
          </p>
        )}
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("cancel")}</Button>
          <Button type="submit" kind="primary" icon={Save} isDisabled={sending}>
            {t("certificates.save")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
