import { Circle, Grid3x3, Mic, MicOff, Pause, PhoneOff, Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesk, useSoftphone } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { clockTime, secondsBetween } from "../i18n/format.ts";
import type { Call } from "../link/protocol.ts";
import { PassedOnNote } from "../sharing/PassedOnNote.tsx";
import { People } from "../sharing/People.tsx";
import { sharingOf } from "../sharing/parties.ts";
import { ShareButtons } from "../sharing/ShareButtons.tsx";
import { Button } from "../ui/Button.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { Elapsed } from "../ui/Times.tsx";
import { CallOrigin } from "./CallOrigin.tsx";
import { CallWarnings } from "./CallWarnings.tsx";
import { ClientName } from "./ClientName.tsx";
import { Keypad } from "./Keypad.tsx";
import { bind, hintOf } from "./keys.ts";
import { MicrophoneLevel } from "./MicrophoneLevel.tsx";
import "./call.css";

export function farNumber(call: Call): string | null {
  return call.direction === "inbound" ? call.caller : call.called;
}

export function CallStage({ call }: { readonly call: Call }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const [digits, setDigits] = useState("");
  const [keypad, setKeypad] = useState(false);
  const sharing = sharingOf(call);
  const talking = call.state === "connected" || call.state === "held";
  const press = (digit: string) => {
    setDigits((before) => before + digit);
    void desk.act({ type: "press_digits", call: call.id, digits: digit });
  };
  useShortcuts(call.state === "connected" ? bind("digits", press) : {});
  return (
    <div className="call">
      <div className="call-main">
        <p className="stage-kicker">
          {t(`call.${call.direction}`)} · {call.queue_name ?? t("call.direct")}
        </p>
        <ClientName client={call.client} size="call" />
        <h2 className="stage-number" data-testid="call-number">
          <PhoneNumber number={farNumber(call)} />
        </h2>
        <CallLine call={call} />
        <CallWarnings />
        <PassedOnNote passed={call.passed_on} />
        {sharing.present.length > 0 || sharing.left !== null ? (
          <People call={call} sharing={sharing} />
        ) : (
          <Facts call={call} />
        )}
        <Button icon={Grid3x3} onPress={() => setKeypad(!keypad)} isDisabled={!talking} aria-expanded={keypad}>
          {t("call.keypad")}
        </Button>
        <ShareButtons call={call} sharing={sharing} />
        <CallButtons call={call} talking={talking} consulting={sharing.aside !== null} />
      </div>
      <div className="call-side" data-open={keypad}>
        <Keypad digits={digits} isDisabled={call.state !== "connected"} onDigit={press} />
      </div>
    </div>
  );
}

function CallLine({ call }: { readonly call: Call }) {
  const { t } = useTranslation();
  return (
    <p className={`call-line call-line-${call.state}`} data-testid="call-state" data-state={call.state}>
      <span className="call-time">
        <Elapsed since={call.connected_at ?? call.offered_at} label={t("call.talk_time")} />
      </span>
      <span className="call-chip">
        {t(`call.state.${call.state}`)}
        {call.held_since !== null && (
          <>
            {" "}
            <Elapsed since={call.held_since} />
          </>
        )}
      </span>
      {call.recording && (
        <span className="call-chip call-chip-recording">
          <Circle aria-hidden />
          {t("call.recording")}
        </span>
      )}
    </p>
  );
}

/** What helps to begin: which number was called, and how much patience is left. */
function Facts({ call }: { readonly call: Call }) {
  const { t } = useTranslation();
  if (call.direction === "outbound") return <div className="call-facts" />;
  const waited = call.connected_at === null ? null : secondsBetween(call.offered_at, Date.parse(call.connected_at));
  return (
    <dl className="call-facts">
      <div>
        <dt>{t("call.facts.called")}</dt>
        <dd>
          <PhoneNumber number={call.called} />
        </dd>
      </div>
      {waited !== null && (
        <div>
          <dt>{t("call.facts.waited")}</dt>
          <dd className="figure">{clockTime(waited)}</dd>
        </div>
      )}
      <CallOrigin call={call} />
    </dl>
  );
}

interface CallButtonsProps {
  readonly call: Call;
  readonly talking: boolean;
  readonly consulting: boolean;
}

function CallButtons({ call, talking, consulting }: CallButtonsProps) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const muted = useSoftphone((view) => view.muted);
  const held = call.state === "held";
  const toggleMute = () => desk.softphone.mute(!muted);
  const toggleHold = () => void desk.act({ type: held ? "retrieve" : "hold", call: call.id });
  const hangUp = () => void desk.act({ type: "hang_up", call: call.id });
  useShortcuts({
    ...bind("mute", toggleMute),
    ...(talking ? bind("hold", toggleHold) : {}),
    ...bind("hang_up", hangUp),
  });
  return (
    <div className="call-actions">
      <div className="call-level">
        <span className="muted">{t("call.microphone_level")}</span>
        <MicrophoneLevel />
      </div>
      <Button size="large" icon={muted ? MicOff : Mic} hint={hintOf("mute")} aria-pressed={muted} onPress={toggleMute}>
        {muted ? t("call.unmute") : t("call.mute")}
      </Button>
      <Button size="large" icon={held ? Play : Pause} hint={hintOf("hold")} isDisabled={!talking} onPress={toggleHold}>
        {held ? t(consulting ? "share.back" : "call.retrieve") : t("call.hold")}
      </Button>
      <Button size="large" kind="danger" icon={PhoneOff} hint={hintOf("hang_up")} onPress={hangUp}>
        {t("call.hang_up")}
      </Button>
    </div>
  );
}
