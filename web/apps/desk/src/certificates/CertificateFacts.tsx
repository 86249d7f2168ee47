import { CircleAlert, ShieldCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { DomainCertificate } from "../app/api.ts";
import { useReading } from "../app/hooks.ts";
import { useServerNow } from "../app/ticker.ts";
import { dayOf, standingOf } from "./standing.ts";

export type Facts = Pick<DomainCertificate, "names" | "issuer" | "valid_from" | "expires_at">;

const SIGNS = { fine: ShieldCheck, ends: TriangleAlert, ended: CircleAlert } as const;

/** Whose it is, who signed it, and how long it holds; soon ended, or ended, it says so first. */
export function CertificateFacts({ facts, names }: { readonly facts: Facts; readonly names?: readonly string[] }) {
  const { t } = useTranslation();
  const { language, zone } = useReading();
  const standing = standingOf(facts.expires_at, useServerNow());
  const Sign = SIGNS[standing];
  const day = (at: string) => dayOf(at, language, zone);
  return (
    <>
      <p className="certificate-standing" data-standing={standing}>
        <Sign aria-hidden />
        {t(`certificates.standing.${standing}`, { day: day(facts.expires_at) })}
      </p>
      <dl className="certificate-facts">
        <Fact name={t("certificates.names")}>{facts.names.join(", ")}</Fact>
        {names !== undefined && names.length > 1 && <Fact name={t("certificates.shown_for")}>{names.join(", ")}</Fact>}
        <Fact name={t("certificates.issuer")}>{facts.issuer}</Fact>
        <Fact name={t("certificates.valid")}>
          {t("certificates.from_until", { from: day(facts.valid_from), until: day(facts.expires_at) })}
        </Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </div>
  );
}
