import { Landmark } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button.tsx";
import { AuthoritiesDialog } from "./AuthoritiesDialog.tsx";
import { CertificateActs } from "./CertificateActs.tsx";
import { CertificateFacts } from "./CertificateFacts.tsx";
import { TrunkStanding } from "./TrunkStanding.tsx";
import { told } from "./told.ts";
import type { Certificates, ShownTrunk } from "./useCertificates.ts";

interface TrunkRowProps {
  readonly trunk: ShownTrunk;
  readonly may: boolean;
  readonly certificates: Certificates;
  readonly onDone: (words: string) => void;
}

/** One trunk by TLS: whether it works, what its carrier is shown, and whom it believes. */
export function TrunkRow({ trunk, may, certificates, onDone }: TrunkRowProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const { id, name, tls, tls_certificate: own, states } = trunk;
  return (
    <li className="certificate-row" data-testid="trunk-certificate">
      <h3>
        <bdi>{name}</bdi>
      </h3>
      {states !== null && <TrunkStanding states={states} />}
      {own === null ? <p className="muted">{t("certificates.trunk_none")}</p> : <CertificateFacts facts={own} />}
      <p className="muted">{t(tls?.trusted_ca ? "certificates.believes_own" : "certificates.believes_all")}</p>
      {tls?.client_ca && (
        <p className="muted">{t("certificates.known_by", { names: (tls.peer_names ?? []).join(", ") })}</p>
      )}
      {may && (
        <CertificateActs
          name={name}
          has={own !== null}
          uploadHint={t("certificates.trunk_certificate_hint")}
          removeHint={t("certificates.trunk_remove_hint")}
          onUpload={(certificate, key) => certificates.change(id, { certificate }, key)}
          onRemove={() => certificates.change(id, { certificate: "" }, null)}
          onDone={onDone}
        >
          <Button
            size="small"
            icon={Landmark}
            aria-label={t("certificates.authorities_of", { name })}
            onPress={() => setAsked(true)}
          >
            {t("certificates.authorities")}
          </Button>
        </CertificateActs>
      )}
      {asked && (
        <AuthoritiesDialog
          name={name}
          tls={tls ?? null}
          onClose={() => setAsked(false)}
          onSave={(next) =>
            told(certificates.change(id, next), () => onDone(t("certificates.authorities_saved", { name })))
          }
        />
      )}
    </li>
  );
}
