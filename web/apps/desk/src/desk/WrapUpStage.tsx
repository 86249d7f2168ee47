import { Check, Timer } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Label, TextArea, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { clockTime, phoneWords, secondsBetween } from "../i18n/format.ts";
import { dispositionWords } from "../i18n/words.ts";
import type { Call, Me } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { useSecondsLeft } from "../ui/Times.tsx";
import { farNumber } from "./CallStage.tsx";
import { useClientName } from "./ClientName.tsx";
import { bind, hintOf } from "./keys.ts";
import "./wrap-up.css";

interface WrapUpStageProps {
  readonly call: Call;
  readonly me: Me;
}

export function WrapUpStage({ call, me }: WrapUpStageProps) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const [disposition, setDisposition] = useState("");
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState(false);
  const choices = call.dispositions;

  const finish = () => {
    if (disposition === "" && choices.length > 0) setMissing(true);
    else void desk.act({ type: "finish_wrap_up", call: call.id, disposition, note: note.trim() });
  };
  const extend = () => void desk.act({ type: "extend_wrap_up", call: call.id });
  const choose = (code: string) => {
    setMissing(false);
    setDisposition(code);
  };
  const chooseByKey = (key: string) => {
    const code = choices[Number(key) - 1];
    if (code !== undefined) choose(code);
  };
  useShortcuts({ ...bind("disposition", chooseByKey), ...bind("finish", finish), ...bind("extend", extend) });
  useSavedByItself(me.until, disposition === "" ? null : finish);

  return (
    <div className="wrap-up">
      <header className="wrap-up-header">
        <div>
          <h2 className="card-title wrap-up-title">{t("wrap_up.title")}</h2>
          <CallSummary call={call} />
        </div>
        <div className="wrap-up-clock">
          <TimeLeft until={me.until} />
          {me.until !== null && (
            <Button icon={Timer} hint={hintOf("extend")} onPress={extend}>
              {t("wrap_up.extend")}
            </Button>
          )}
        </div>
      </header>
      <div className="wrap-up-columns">
        <Dispositions choices={choices} chosen={disposition} onChoose={choose} />
        <TextField className="field wrap-up-note" value={note} onChange={setNote}>
          <Label>{t("wrap_up.note")}</Label>
          <TextArea rows={4} placeholder={t("wrap_up.note_hint")} />
        </TextField>
      </div>
      <div className="wrap-up-footer">
        <Button kind="primary" size="large" icon={Check} hint={hintOf("finish")} onPress={finish}>
          {t("wrap_up.finish")}
        </Button>
        <p id="disposition-missing" role="alert" className="field-error">
          {missing ? t("wrap_up.choose") : ""}
        </p>
        {!missing && me.until !== null && <p className="muted">{t("wrap_up.saved_by_itself")}</p>}
      </div>
    </div>
  );
}

function CallSummary({ call }: { readonly call: Call }) {
  const { t } = useTranslation();
  const number = farNumber(call);
  const end = call.ended_at === null ? null : Date.parse(call.ended_at);
  const seconds = call.connected_at === null || end === null ? 0 : secondsBetween(call.connected_at, end);
  const words = number === null ? t("unknown_number") : phoneWords(number);
  const client = useClientName(call.client);
  return (
    <p className="muted figure">
      {client !== null && <strong data-testid="client-name">{client} · </strong>}
      <bdi dir="ltr">{words}</bdi> · {clockTime(seconds)}
    </p>
  );
}

function TimeLeft({ until }: { readonly until: string | null }) {
  const { t } = useTranslation();
  const left = useSecondsLeft(until);
  if (until === null) return null;
  return (
    <p className="wrap-up-left figure" role="timer" aria-live="off">
      {left > 0 ? t("wrap_up.left", { time: clockTime(left) }) : t("wrap_up.overtime")}
    </p>
  );
}

interface DispositionsProps {
  readonly choices: readonly string[];
  readonly chosen: string;
  readonly onChoose: (code: string) => void;
}

const ONE_COLUMN = 4; // more would make the stage higher
const KEYED = 9; // only nine choices have a digit of their own

function Dispositions({ choices, chosen, onChoose }: DispositionsProps) {
  const { t } = useTranslation();
  if (choices.length === 0) return null;
  return (
    <fieldset className="dispositions" aria-describedby="disposition-missing">
      <legend>{t("wrap_up.disposition")}</legend>
      <div className="disposition-choices" data-columns={choices.length > ONE_COLUMN ? 2 : 1}>
        {choices.map((code, index) => (
          <label key={code} className="disposition">
            <input
              type="radio"
              name="disposition"
              value={code}
              checked={chosen === code}
              onChange={() => onChoose(code)}
            />
            <span>{dispositionWords(t, code)}</span>
            {index < KEYED && (
              <kbd aria-hidden className="key-hint">
                {index + 1}
              </kbd>
            )}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A chosen disposition and its note are handed in with the last second: nothing typed is lost to the clock. */
function useSavedByItself(until: string | null, finish: (() => void) | null): void {
  const left = useSecondsLeft(until);
  const latest = useRef(finish);
  useEffect(() => {
    latest.current = finish;
  });
  const due = until !== null && left <= 1;
  useEffect(() => {
    if (due) latest.current?.();
  }, [due]);
}
