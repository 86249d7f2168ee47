import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { FieldError, Input, Label, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button.tsx";
import "./fields.css";

interface PasswordFieldProps {
  readonly name: string;
  readonly label: string;
  readonly autoComplete: "current-password" | "new-password";
  readonly minLength?: number;
}

/** A password that can be looked at while it is typed. */
export function PasswordField({ name, label, autoComplete, minLength }: PasswordFieldProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <TextField
      className="field"
      name={name}
      type={shown ? "text" : "password"}
      autoComplete={autoComplete}
      isRequired
      {...(minLength === undefined ? {} : { minLength })}
    >
      <Label>{label}</Label>
      <div className="password-field">
        <Input />
        <IconButton
          label={shown ? t("login.hide_password") : t("login.show_password")}
          icon={shown ? EyeOff : Eye}
          size="small"
          onPress={() => setShown(!shown)}
        />
      </div>
      <FieldError className="field-error">
        {minLength === undefined ? t("login.password_missing") : t("security.password_rule", { count: minLength })}
      </FieldError>
    </TextField>
  );
}
