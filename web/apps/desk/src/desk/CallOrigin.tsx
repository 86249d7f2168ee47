import { ShieldAlert, ShieldCheck, ShieldQuestion } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Attestation, Call, Offer } from "../link/protocol.ts";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import "./origin.css";

const SIGNS = { A: ShieldCheck, B: ShieldQuestion, C: ShieldQuestion, failed: ShieldAlert } as const;

/** Where a call came from: who forwarded it here, and how far its number is vouched for. */
export function CallOrigin({ call }: { readonly call: Pick<Call, "diverted_by" | "attestation"> }) {
  const { t } = useTranslation();
  return (
    <>
      {call.diverted_by !== null && (
        <div>
          <dt>{t("call.facts.diverted_by")}</dt>
          <dd>
            <PhoneNumber number={call.diverted_by} />
          </dd>
        </div>
      )}
      {call.attestation !== null && (
        <div>
          <dt>{t("call.facts.attestation")}</dt>
          <dd>
            <Vouched attestation={call.attestation} />
          </dd>
        </div>
      )}
    </>
  );
}

export function Vouched({ attestation }: { readonly attestation: Attestation }) {
  const { t } = useTranslation();
  const Sign = SIGNS[attestation];
  return (
    <span className={`vouched vouched-${attestation}`} data-testid="attestation" data-value={attestation}>
      <Sign aria-hidden />
      {t(`call.attestation.${attestation}`)}
    </span>
  );
}

/** One line before the answer; takes its room even when there is nothing to say. */
export function OfferOrigin({ offer }: { readonly offer: Offer }) {
  const { t } = useTranslation();
  return (
    <p className="ring-origin muted">
      {offer.handled_by !== null && offer.passed_on === null && (
        <strong data-testid="handled-by">{t("ring.from", { name: offer.handled_by })}</strong>
      )}
      {offer.diverted_by !== null && (
        <span>
          {t("call.facts.diverted_by")} <PhoneNumber number={offer.diverted_by} />
        </span>
      )}
      {offer.attestation !== null && <Vouched attestation={offer.attestation} />}
    </p>
  );
}
