import { Trash2, Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button.tsx";
import { CertificateFacts } from "./CertificateFacts.tsx";
import { RemoveDialog } from "./RemoveDialog.tsx";
import { UploadDialog } from "./UploadDialog.tsx";
import type { Certificates, ShownDomain } from "./useCertificates.ts";

interface DomainRowProps {
  readonly domain: ShownDomain;
  readonly may: boolean;
  readonly certificates: Certificates;
  readonly onDone: (words: string) => void;
}

/** One telephone domain, and what is shown to who asks for it. */
export function DomainRow({ domain, may, certificates, onDone }: DomainRowProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<"upload" | "remove" | null>(null);
  const { id, domain: name, certificate, shownFrom } = domain;
  const close = () => setOpen(null);
  return (
    <li className="certificate-row" data-testid="domain-certificate">
      <h3>
        <bdi>{name}</bdi>
      </h3>
      {certificate !== null && <CertificateFacts facts={certificate} names={certificate.shown_for} />}
      {certificate === null && (
        <p className="muted">
          {shownFrom === null ? t("certificates.none") : t("certificates.shown_from", { name: shownFrom })}
        </p>
      )}
      {may && (
        <div className="certificate-acts">
          <Button
            size="small"
            icon={Upload}
            aria-label={t(certificate === null ? "certificates.upload_for" : "certificates.replace_of", { name })}
            onPress={() => setOpen("upload")}
          >
            {t(certificate === null ? "certificates.upload" : "certificates.replace")}
          </Button>
          {certificate !== null && (
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
          hint={t("certificates.certificate_hint", { name })}
          onClose={close}
          onUpload={async (chain, key) => {
            const problem = await certificates.show(id, chain, key);
            if (problem === null) onDone(t("certificates.uploaded", { name }));
            return problem;
          }}
        />
      )}
      {open === "remove" && (
        <RemoveDialog
          name={name}
          hint={t("certificates.remove_hint", { name })}
          onClose={close}
          onRemove={async () => {
            const problem = await certificates.remove(id);
            if (problem === null) onDone(t("certificates.removed", { name }));
            return problem;
          }}
        />
      )}
    </li>
  );
}
