import { MessageSquareText } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PassedOn } from "../link/protocol.ts";
import "./sharing.css";

/** Who passed the call on, and what they wrote; nothing for a call that comes straight from the caller. */
export function PassedOnNote({ passed }: { readonly passed: PassedOn | null }) {
  const { t } = useTranslation();
  if (passed === null) return null;
  return (
    <p className="share-passed" data-testid="passed-on">
      <MessageSquareText aria-hidden />
      <span>
        <strong>{t("share.passed_by", { name: passed.by ?? t("share.a_colleague") })}</strong>
        {passed.note !== "" && <bdi className="share-passed-note">{passed.note}</bdi>}
      </span>
    </p>
  );
}
