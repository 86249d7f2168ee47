import { useTranslation } from "react-i18next";
import { phoneWords } from "../i18n/format.ts";

/** Digits read from left to right in every language. */
export function PhoneNumber({ number }: { readonly number: string | null }) {
  const { t } = useTranslation();
  if (number === null) return <span>{t("unknown_number")}</span>;
  return (
    <bdi dir="ltr" className="phone-number">
      {phoneWords(number)}
    </bdi>
  );
}
