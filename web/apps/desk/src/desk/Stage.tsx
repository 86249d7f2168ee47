import { useEffect, useRef } from "react";
import { useDesk, useDeskState, useSelect, useSoftphone } from "../app/hooks.ts";
import { MessageStage } from "../messages/MessageStage.tsx";
import { AskedStage } from "../sharing/AskedStage.tsx";
import { ConsultationStage } from "../sharing/ConsultationStage.tsx";
import { CallbackStage } from "./CallbackStage.tsx";
import { CallStage } from "./CallStage.tsx";
import { IdleStage } from "./IdleStage.tsx";
import { MicrophoneStage } from "./MicrophoneStage.tsx";
import { ObserverStage } from "./ObserverStage.tsx";
import { type StageName, stageOf } from "./presence.ts";
import { RingStage } from "./RingStage.tsx";
import { VoiceStage } from "./VoiceStage.tsx";
import { WrapUpStage } from "./WrapUpStage.tsx";
import "./stage.css";

/** The one large card of the desk: what this moment asks of the agent. Always of the same height. */
export function Stage() {
  const { desk } = useDesk();
  const observer = useSelect(desk.personal, (personal) => personal.observer);
  const microphone = useSoftphone((view) => view.microphone);
  const microphoneMuted = useSoftphone((view) => view.microphoneMuted);
  const leg = useSoftphone((view) => view.leg);
  const state = useDeskState((value) => value);
  const name = stageOf(state, { microphone, microphoneMuted, leg }, observer);
  const frame = useFocusKept(name);
  return (
    <section ref={frame} className={`stage card stage-${name}`} data-testid="stage" data-stage={name} tabIndex={-1}>
      {name === "ring" && state.offer !== null && <RingStage offer={state.offer} />}
      {name === "callback" && state.callback !== null && <CallbackStage callback={state.callback} />}
      {name === "message" && state.voicemail !== null && (
        <MessageStage key={state.voicemail.id} work={state.voicemail} />
      )}
      {name === "consultation" && state.consultation !== null && <ConsultationStage asked={state.consultation} />}
      {name === "asked" && state.call !== null && <AskedStage key={state.call.id} call={state.call} />}
      {name === "call" && state.call !== null && <CallStage key={state.call.id} call={state.call} />}
      {name === "wrap_up" && state.call !== null && <WrapUpStage key={state.call.id} call={state.call} me={state.me} />}
      {name === "microphone" && <MicrophoneStage />}
      {name === "voice" && <VoiceStage />}
      {name === "observer" && <ObserverStage />}
      {name === "idle" && <IdleStage me={state.me} />}
    </section>
  );
}

/** A button that vanishes with its stage must not take the keyboard's place on the page with it. */
function useFocusKept(name: StageName) {
  const frame = useRef<HTMLElement>(null);
  const shown = useRef(name);
  useEffect(() => {
    if (shown.current === name) return;
    shown.current = name;
    if (document.activeElement === document.body) frame.current?.focus({ preventScroll: true });
  }, [name]);
  return frame;
}
