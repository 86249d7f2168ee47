import { useTranslation } from "react-i18next";
import { CertificateActs } from "./CertificateActs.tsx";
import { CertificateFacts } from "./CertificateFacts.tsx";
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
  const { id, domain: name, certificate, shownFrom } = domain;
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
        <CertificateActs
          name={name}
          has={certificate !== null}
          uploadHint={t("certificates.certificate_hint", { name })}
          removeHint={t("certificates.remove_hint", { name })}
          onUpload={(chain, key) => certificates.show(id, chain, key)}
          onRemove={() => certificates.remove(id)}
          onDone={onDone}
        />
      )}
    </li>
  );
}
