import { MessageCircleQuestion, PhoneForwarded } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form, Input, Label, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { dialable, regionOf } from "../i18n/format.ts";
import type { Call } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";

interface NumberChoiceProps {
  readonly call: Call;
  readonly onDone: () => void;
}

/** Somebody outside, asked first or not. */
export function NumberChoice({ call, onDone }: NumberChoiceProps) {
  const { t } = useTranslation();
  const { desk, session } = useDesk();
  const [text, setText] = useState("");
  const [invalid, setInvalid] = useState(false);
  const act = (type: "consult" | "transfer") => {
    const called = dialable(text, regionOf(session.tenant.locale));
    setInvalid(called === null);
    if (called === null) return;
    void desk.act({ type, call: call.id, called });
    onDone();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act("consult");
  };
  const change = (next: string) => {
    setInvalid(false);
    setText(next);
  };
  const empty = text.trim() === "";
  return (
    <Form className="share-number" onSubmit={submit}>
      <TextField className="field" type="tel" value={text} onChange={change} isInvalid={invalid} autoFocus>
        <Label>{t("share.number")}</Label>
        <Input dir="ltr" placeholder="+44 20 7183 8750" autoComplete="off" aria-describedby="share-hint" />
      </TextField>
      <p id="share-hint" className={invalid ? "field-error" : "muted"} role={invalid ? "alert" : undefined}>
        {invalid ? t("dial.invalid") : t("share.number_hint")}
      </p>
      <div className="dialog-actions">
        <Button type="submit" kind="primary" icon={MessageCircleQuestion} isDisabled={empty}>
          {t("share.ask_first")}
        </Button>
        <Button icon={PhoneForwarded} isDisabled={empty} onPress={() => act("transfer")}>
          {t("share.at_once")}
        </Button>
      </div>
    </Form>
  );
}
