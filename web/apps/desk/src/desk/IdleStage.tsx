import { carriesSound } from "@cordboard/softphone";
import { Coffee, Headset, Phone } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { Form, Input, Label, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk, useLink, useSoftphone } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { dialable, regionOf } from "../i18n/format.ts";
import type { Me } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { bind } from "./keys.ts";
import { TelephoneChoice } from "./TelephoneChoice.tsx";

export function IdleStage({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const available = me.state === "available";
  const Icon = available ? Headset : Coffee;
  return (
    <div className="idle">
      <div className="stage-message">
        <span className={`stage-emblem ${available ? "tone-ready" : "tone-rest"}`}>
          <Icon aria-hidden />
        </span>
        <h2>{available ? t("idle.available_title") : t("idle.not_ready_title")}</h2>
        <p className="muted">{available && !me.telephone ? t("idle.available_text") : t(notReadyText(me))}</p>
      </div>
      <TelephoneChoice me={me} />
      <DialField me={me} />
    </div>
  );
}

interface DialForProps {
  readonly me: Me;
  readonly client: string;
  readonly onChoose: (client: string) => void;
}

/** With whose number the call goes out; "" is the agent's own company. */
function DialFor({ me, client, onChoose }: DialForProps) {
  const { t } = useTranslation();
  if (me.clients.length === 0) return null;
  return (
    <select aria-label={t("dial.for")} value={client} onChange={(event) => onChoose(event.target.value)}>
      <option value="">{me.tenant.name}</option>
      {me.clients.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}

const NOT_READY_TEXTS: Partial<Record<string, NotReadyText>> = {
  no_answer: "idle.missed_text",
  softphone_lost: "idle.softphone_lost_text",
  microphone_lost: "idle.microphone_lost_text",
  no_audio_path: "idle.softphone_lost_text",
};

type NotReadyText =
  | "idle.missed_text"
  | "idle.softphone_lost_text"
  | "idle.microphone_lost_text"
  | "idle.not_ready_text"
  | "idle.telephone_text"
  | "idle.telephone_rings"
  | "idle.unreachable";

function notReadyText(me: Me): NotReadyText {
  if (me.telephone && !me.reachable) return "idle.telephone_text";
  if (me.telephone && me.state === "available") return "idle.telephone_rings";
  if (!me.reachable) return "idle.unreachable";
  return NOT_READY_TEXTS[me.reason] ?? "idle.not_ready_text";
}

function DialField({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const { desk, session } = useDesk();
  const [number, setNumber] = useState("");
  const [client, setClient] = useState("");
  const [invalid, setInvalid] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const possible = useLink((view) => view.status === "online");
  const voice = useSoftphone((view) => carriesSound(view.leg));
  useShortcuts(bind("dial", () => field.current?.focus()));

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const called = dialable(number, regionOf(session.tenant.locale));
    setInvalid(called === null);
    if (called === null) field.current?.focus();
    else void desk.act({ type: "dial", called, ...(client === "" ? {} : { client }) });
  };
  const change = (text: string) => {
    setInvalid(false);
    setNumber(text);
  };

  return (
    <Form className="dial" onSubmit={submit}>
      <TextField className="field dial-field" type="tel" value={number} onChange={change} isInvalid={invalid}>
        <Label>{t("dial.label")}</Label>
        <div className="dial-row">
          <DialFor me={me} client={client} onChoose={setClient} />
          <Input ref={field} dir="ltr" placeholder="+44 20 7183 8750" aria-describedby="dial-hint" autoComplete="off" />
          <Button type="submit" icon={Phone} isDisabled={!possible || !(voice || me.telephone) || number.trim() === ""}>
            {t("dial.submit")}
          </Button>
        </div>
      </TextField>
      <p id="dial-hint" className={invalid ? "field-error" : "muted dial-hint"} role={invalid ? "alert" : undefined}>
        {invalid ? t("dial.invalid") : t("dial.hint")}
      </p>
    </Form>
  );
}
