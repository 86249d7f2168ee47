import { Landmark, Trash2, Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Trunk } from "../app/api.ts";
import type { Problem } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { AuthoritiesDialog } from "./AuthoritiesDialog.tsx";
import { CertificateFacts } from "./CertificateFacts.tsx";
import { RemoveDialog } from "./RemoveDialog.tsx";
import { UploadDialog } from "./UploadDialog.tsx";
import type { Certificates } from "./useCertificates.ts";

interface TrunkRowProps {
  readonly trunk: Trunk;
  readonly may: boolean;
  readonly certificates: Certificates;
  readonly onDone: (words: string) => void;
}

/** One trunk by TLS: what its carrier is shown, and whom it believes. */
export function TrunkRow({ trunk, may, certificates, onDone }: TrunkRowProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<"upload" | "remove" | "authorities" | null>(null);
  const { id, name, tls, tls_certificate: own } = trunk;
  const close = () => setOpen(null);
  const told = async (what: Promise<Problem | null>, words: string) => {
    const problem = await what;
    if (problem === null) onDone(words);
    return problem;
  };
  return (
    <li className="certificate-row" data-testid="trunk-certificate">
      <h3>
        <bdi>{name}</bdi>
      </h3>
      {own === null ? <p className="muted">{t("certificates.trunk_none")}</p> : <CertificateFacts facts={own} />}
      <p className="muted">{t(tls?.trusted_ca ? "certificates.believes_own" : "certificates.believes_all")}</p>
      {tls?.client_ca && (
        <p className="muted">{t("certificates.known_by", { names: (tls.peer_names ?? []).join(", ") })}</p>
      )}
      {may && (
        <div className="certificate-acts">
          <Button
            size="small"
            icon={Upload}
            aria-label={t(own === null ? "certificates.upload_for" : "certificates.replace_of", { name })}
            onPress={() => setOpen("upload")}
          >
            {t(own === null ? "certificates.upload" : "certificates.replace")}
          </Button>
          <Button
            size="small"
            icon={Landmark}
            aria-label={t("certificates.authorities_of", { name })}
            onPress={() => setOpen("authorities")}
          >
            {t("certificates.authorities")}
          </Button>
          {own !== null && (
            <Button
              size="small"
              kind="danger-plain"
              icon={Trash2}
              aria-label={t("certificates.remove_for", { name })}
              onPress={() => setOpen("remove")}
            >
              {t("certificates.remove")}
            </Button>
          )}
        </div>
      )}
      {open === "upload" && (
        <UploadDialog
          name={name}
          hint={t("certificates.trunk_certificate_hint")}
          onClose={close}
          onUpload={(certificate, key) =>
            told(certificates.change(id, { certificate }, key), t("certificates.uploaded", { name }))
          }
        />
      )}
      {open === "remove" && (
        <RemoveDialog
          name={name}
          hint={t("certificates.trunk_remove_hint")}
          onClose={close}
          onRemove={() => told(certificates.change(id, { certificate: "" }, null), t("certificates.removed", { name }))}
        />
      )}
      {open === "authorities" && (
        <AuthoritiesDialog
          name={name}
          tls={tls ?? null}
          onClose={close}
          onSave={(next) => told(certificates.change(id, next), t("certificates.authorities_saved", { name }))}
        />
      )}
    </li>
  );
}
