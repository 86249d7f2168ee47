import { FieldError, Input, Label, Text, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import "./fields.css";

interface CodeFieldProps {
  readonly recovery?: boolean;
  readonly autoFocus?: boolean;
}

/** The six digits of an authenticator, typed, pasted or filled in by the browser; or a recovery code. */
export function CodeField({ recovery = false, autoFocus = false }: CodeFieldProps) {
  const { t } = useTranslation();
  return (
    <TextField
      key={recovery ? "recovery" : "code"}
      className="field code-field"
      name="code"
      autoComplete={recovery ? "off" : "one-time-code"}
      inputMode={recovery ? "text" : "numeric"}
      spellCheck="false"
      isRequired
      autoFocus={autoFocus}
    >
      <Label>{recovery ? t("second_factor.recovery_code") : t("second_factor.code")}</Label>
      <Input />
      <Text slot="description" className="muted">
        {recovery ? t("second_factor.recovery_hint") : t("second_factor.code_hint")}
      </Text>
      <FieldError className="field-error">{t("second_factor.code_missing")}</FieldError>
    </TextField>
  );
}
