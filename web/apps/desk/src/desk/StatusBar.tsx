import { carriesSound } from "@cordboard/softphone";
import type { TFunction } from "i18next";
import {
  Check,
  ChevronDown,
  CircleCheck,
  CircleOff,
  CirclePause,
  type LucideIcon,
  NotebookPen,
  Pause,
  PhoneCall,
  PhoneIncoming,
  PhoneOutgoing,
  Voicemail,
} from "lucide-react";
import { useState } from "react";
import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskState, useLink, useSelect, useSoftphone } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { reasonWords } from "../i18n/words.ts";
import type { Call, Me, ReasonCap } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { Elapsed } from "../ui/Times.tsx";
import { bind, hintOf } from "./keys.ts";
import { type PresenceWord, presenceOf } from "./presence.ts";
import "./status.css";

const ICONS: Record<PresenceWord, LucideIcon> = {
  logged_out: CircleOff,
  not_ready: CirclePause,
  available: CircleCheck,
  offered: PhoneIncoming,
  dialing: PhoneOutgoing,
  connected: PhoneCall,
  held: Pause,
  wrap_up: NotebookPen,
  message: Voicemail,
  message_offered: Voicemail,
};

export function StatusBar() {
  const { t } = useTranslation();
  const me = useDeskState((state) => state.me);
  const call = useDeskState((state) => state.call);
  const message = useDeskState((state) => state.voicemail !== null);
  const presence = presenceOf(me, call, message);
  const Icon = ICONS[presence.word];
  return (
    <section
      className={`status card tone-${presence.tone}`}
      aria-label={t("state.label")}
      data-testid="agent-state"
      data-state={me.state}
    >
      <span className="status-icon">
        <Icon aria-hidden />
      </span>
      <div className="status-words">
        <h1>{t(`state.${presence.word}`)}</h1>
        <StatusDetail me={me} call={call} />
      </div>
      <span className="status-time">
        <Elapsed since={presence.since} label={t("state.duration")} />
      </span>
      <StateButtons me={me} />
    </section>
  );
}

/** Always one line, so that nothing moves when it changes. */
function StatusDetail({ me, call }: StatusDetailProps) {
  const { t } = useTranslation();
  const queue = useDeskState((state) => state.offer?.queue_name ?? state.call?.queue_name ?? null);
  if (me.requested !== null && me.requested in REQUESTED && me.state !== "not_ready") {
    const key = REQUESTED[me.requested as keyof typeof REQUESTED];
    const what = me.requested_reason === "" ? t(key) : reasonWords(t, me.requested_reason);
    return (
      <p className="status-detail status-requested" data-testid="requested-state">
        {me.state === "wrap_up" ? t("state.after_wrap_up", { what }) : t("state.after_call", { what })}
      </p>
    );
  }
  return <p className="status-detail">{detailWords(t, me, queue ?? (call === null ? null : t("call.direct")))}</p>;
}

interface StatusDetailProps {
  readonly me: Me;
  readonly call: Call | null;
}

function detailWords(t: TFunction, me: Me, queue: string | null): string {
  switch (me.state) {
    case "not_ready":
      return reasonWords(t, me.reason);
    case "available":
    case "wrap_up":
      return t(`state.detail.${me.state}`);
    default:
      return queue ?? "\u00a0";
  }
}

const REQUESTED = {
  available: "state.requested.available",
  not_ready: "state.requested.not_ready",
  logged_out: "state.requested.logged_out",
} as const;

function StateButtons({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const observer = useSelect(desk.personal, (personal) => personal.observer);
  const online = useLink((view) => view.status === "online");
  const voice = useSoftphone((view) => carriesSound(view.leg));
  const busy = me.state === "connected" || me.state === "wrap_up" || me.state === "offered";
  const readyPossible = online && !observer && (busy || ((voice || me.telephone) && me.reachable));
  const wanted = me.requested ?? me.state;
  const isNext = me.state === "not_ready" && readyPossible;
  const goReady = () => readyPossible && void desk.requestState("available");
  useShortcuts(bind("ready", goReady));
  return (
    <div className="status-buttons">
      <Button
        kind={isNext ? "answer" : "plain"}
        icon={wanted === "available" ? Check : CircleCheck}
        aria-pressed={wanted === "available"}
        isDisabled={!readyPossible}
        onPress={goReady}
        hint={hintOf("ready")}
      >
        {t("ready.ready")}
      </Button>
      <NotReadyMenu isDisabled={!online || observer} />
    </div>
  );
}

function NotReadyMenu({ isDisabled }: { readonly isDisabled: boolean }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const [isOpen, setOpen] = useState(false);
  const reasons = useDeskState((state) => state.not_ready_reasons);
  const caps = useDeskState((state) => state.reason_caps);
  useShortcuts(bind("not_ready", () => setOpen(!isDisabled)));
  return (
    <MenuTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button icon={CirclePause} after={ChevronDown} isDisabled={isDisabled} hint={hintOf("not_ready")}>
        {t("ready.not_ready")}
      </Button>
      <Popover className="menu" placement="bottom end">
        <Menu aria-label={t("ready.reasons")}>
          {reasons.map((reason) => (
            <MenuItem key={reason} className="menu-item" onAction={() => void desk.requestState("not_ready", reason)}>
              <span className="menu-item-words">{reasonWords(t, reason)}</span>
              <ReasonCapWords cap={caps.find((cap) => cap.reason === reason)} />
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

/** "2 of 2 away · 15 min": said before asking, so that a refusal surprises nobody. */
function ReasonCapWords({ cap }: { readonly cap: ReasonCap | undefined }) {
  const { t } = useTranslation();
  if (cap === undefined) return null;
  const full = cap.at_once !== null && cap.away >= cap.at_once;
  const parts = [
    cap.at_once === null ? null : t("ready.away", { away: cap.away, count: cap.at_once }),
    cap.seconds === null ? null : t("ready.minutes", { count: Math.round(cap.seconds / 60) }),
  ].filter((part) => part !== null);
  return (
    <span className={full ? "menu-item-note menu-item-full figure" : "menu-item-note figure"}>{parts.join(" · ")}</span>
  );
}
