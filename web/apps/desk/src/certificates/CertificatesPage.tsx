import { FileBadge } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHeld } from "../app/permissions.ts";
import { useKeyboardKept } from "../app/useKeyboardKept.ts";
import type { Pages } from "../app/usePages.ts";
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
  const { status } = certificates;
  return (
    <div className="board" data-testid="certificates" data-status={status}>
      <h1 ref={heading} tabIndex={-1} className="visually-hidden">
        {t("certificates.title")}
      </h1>
      <p role="status" className="visually-hidden">
        {status === "loading" ? t("certificates.loading") : told}
      </p>
      {status === "ready" || status === "stale" ? (
        <Lists certificates={certificates} onDone={setTold} />
      ) : (
        <Nothing certificates={certificates} />
      )}
    </div>
  );
}

function Lists({ certificates, onDone }: { readonly certificates: Certificates; onDone(words: string): void }) {
  const { t } = useTranslation();
  const { domains, trunks, status } = certificates;
  const held = useHeld();
  const [phones, carriers] = [held?.has("phones.write") ?? false, held?.has("trunks.write") ?? false];
  const common = { certificates, onDone };
  return (
    <>
      <Section name="domains" list={domains}>
        {domains.items.map((one) => (
          <DomainRow key={one.id} domain={one} may={phones} {...common} />
        ))}
      </Section>
      <Section name="trunks" list={trunks}>
        {trunks.items.map((one) => (
          <TrunkRow key={one.id} trunk={one} may={carriers} {...common} />
        ))}
      </Section>
      {status === "stale" && (
        <p className="board-stale" role="alert">
          {t("certificates.failed")}
        </p>
      )}
    </>
  );
}

interface SectionProps {
  readonly name: "domains" | "trunks";
  readonly list: Pages<unknown>;
  readonly children: readonly ReactNode[];
}

/** Nothing of what one may not see. */
function Section({ name, list, children }: SectionProps) {
  const { t } = useTranslation();
  if (list.status === "refused") return null;
  return (
    <section className="board-card card certificates" aria-labelledby={`certificates-${name}`}>
      <h2 id={`certificates-${name}`} className="card-title">
        {t(`certificates.${name}`)}
      </h2>
      <p className="muted">{t(`certificates.${name}_lead`)}</p>
      {children.length > 0 ? (
        <ul className="certificate-list">{children}</ul>
      ) : (
        <div className="side-empty">
          <FileBadge aria-hidden />
          <p className="muted">{t(`certificates.no_${name}`)}</p>
        </div>
      )}
      {list.more && (
        <Button size="small" onPress={list.readMore}>
          {t("certificates.more")}
        </Button>
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
        <Button size="small" onPress={reload}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
