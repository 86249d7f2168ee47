/** A text in PEM: written, pasted, or read from a file. */

import { FileUp } from "lucide-react";
import { useId } from "react";
import { FileTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button.tsx";

interface PemFieldProps {
  readonly label: string;
  readonly hint: string;
  /** Null: nothing is wrong. */
  readonly problem: string | null;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Of a list of names: no file, and another look. */
  readonly plain?: boolean;
}

export function PemField({ label, hint, problem, value, onChange, plain = false }: PemFieldProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="field certificate-field">
      <span className="certificate-label">
        <label htmlFor={id}>{label}</label>
        {!plain && (
          <FileTrigger onSelect={(files) => void files?.item(0)?.text().then(onChange)}>
            <Button size="small" kind="quiet" icon={FileUp} aria-label={t("certificates.choose_file", { label })}>
              {t("certificates.file")}
            </Button>
          </FileTrigger>
        )}
      </span>
      <textarea
        id={id}
        rows={plain ? 2 : 5}
        className={plain ? undefined : "certificate-pem"}
        spellCheck={false}
        autoComplete="off"
        value={value}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? `${id}-hint` : `${id}-problem ${id}-hint`}
        onChange={({ target }) => onChange(target.value)}
      />
      <span id={`${id}-hint`} className="muted certificate-hint">
        {hint}
      </span>
      {problem !== null && (
        <span id={`${id}-problem`} className="field-error">
          {problem}
        </span>
      )}
    </div>
  );
}
