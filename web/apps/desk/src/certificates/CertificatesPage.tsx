import { FileBadge } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useKeyboardKept } from "../app/useKeyboardKept.ts";
import { useMayChange } from "../settings/useQueueSettings.ts";
import { Button } from "../ui/Button.tsx";
import { DomainRow } from "./DomainRow.tsx";
import { TrunkRow } from "./TrunkRow.tsx";
import { type Certificates, useCertificates } from "./useCertificates.ts";
import "../board/board.css";
import "./certificates.css";

/** What one's own company shows over TLS: at its telephone domains, and to the carriers of its trunks. */
export function CertificatesPage() {
  const { t } = useTranslation();
  const certificates = useCertificates();
  const [told, setTold] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  useKeyboardKept(heading, told);
  const { read, status } = certificates;
  return (
    <div className="board" data-testid="certificates" data-status={status}>
      <h1 ref={heading} tabIndex={-1} className="visually-hidden">
        {t("certificates.title")}
      </h1>
      <p role="status" className="visually-hidden">
        {status === "loading" ? t("certificates.loading") : told}
      </p>
      {read === null || status === "refused" ? (
        <Nothing certificates={certificates} />
      ) : (
        <Lists certificates={certificates} onDone={setTold} />
      )}
    </div>
  );
}

function Lists({ certificates, onDone }: { readonly certificates: Certificates; onDone(words: string): void }) {
  const { t } = useTranslation();
  const { domains, trunks } = certificates.read ?? { domains: null, trunks: null };
  const [phones, carriers] = [useMayChange("phones.write") === true, useMayChange("trunks.write") === true];
  const common = { certificates, onDone };
  return (
    <>
      {domains !== null && (
        <Section name="domains" lead={t("certificates.domains_lead")} empty={t("certificates.no_domains")}>
          {domains.map((one) => (
            <DomainRow key={one.id} domain={one} may={phones} {...common} />
          ))}
        </Section>
      )}
      {trunks !== null && (
        <Section name="trunks" lead={t("certificates.trunks_lead")} empty={t("certificates.no_trunks")}>
          {trunks.map((one) => (
            <TrunkRow key={one.id} trunk={one} may={carriers} {...common} />
          ))}
        </Section>
      )}
      {certificates.status === "failed" && (
        <p className="board-stale" role="alert">
          {t("certificates.failed")}
        </p>
      )}
    </>
  );
}

interface SectionProps {
  readonly name: "domains" | "trunks";
  readonly lead: string;
  readonly empty: string;
  readonly children: readonly ReactNode[];
}

function Section({ name, lead, empty, children }: SectionProps) {
  const { t } = useTranslation();
  return (
    <section className="board-card card certificates" aria-labelledby={`certificates-${name}`}>
      <h2 id={`certificates-${name}`} className="card-title">
        {t(`certificates.${name}`)}
      </h2>
      <p className="muted">{lead}</p>
      {children.length > 0 ? (
        <ul className="certificate-list">{children}</ul>
      ) : (
        <div className="side-empty">
          <FileBadge aria-hidden />
          <p className="muted">{empty}</p>
        </div>
      )}
    </section>
  );
}

function Nothing({ certificates: { status, reload } }: { readonly certificates: Certificates }) {
  const { t } = useTranslation();
  if (status === "loading") return <p aria-hidden>{t("certificates.loading")}</p>;
  return (
    <div className="side-empty" role="alert">
      <FileBadge aria-hidden />
      <p>{t(status === "refused" ? "certificates.refused" : "certificates.failed")}</p>
      {status === "failed" && (
        <Button size="small" onPress={() => void reload()}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
