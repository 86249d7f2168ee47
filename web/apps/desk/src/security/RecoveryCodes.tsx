import { Check, Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button.tsx";
import "./security.css";

interface RecoveryCodesProps {
  readonly codes: readonly string[];
  readonly onSaved: () => void;
}

/** Shown this once: to be printed or kept in a password manager. */
export function RecoveryCodes({ codes, onSaved }: RecoveryCodesProps) {
  const { t } = useTranslation();
  const text = `${t("second_factor.codes_file")}\n\n${codes.join("\n")}\n`;
  return (
    <section className="recovery" aria-label={t("second_factor.codes_title")}>
      <p>{t("second_factor.codes_intro")}</p>
      <ul className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="dialog-actions">
        <Button icon={Download} onPress={() => download(text)}>
          {t("second_factor.download")}
        </Button>
        <Button kind="primary" icon={Check} onPress={onSaved}>
          {t("second_factor.saved")}
        </Button>
      </div>
    </section>
  );
}

function download(text: string): void {
  const link = document.createElement("a");
  link.href = `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
  link.download = "cordboard-recovery-codes.txt";
  link.click();
}
