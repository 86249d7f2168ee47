import { WifiOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDeskState } from "../app/hooks.ts";
import { reasonWords } from "../i18n/words.ts";
import type { AgentState, TeamMember } from "../link/protocol.ts";
import { Elapsed } from "../ui/Times.tsx";
import type { Tone } from "./presence.ts";

export const TONES: Record<AgentState, Tone> = {
  logged_out: "rest",
  not_ready: "rest",
  available: "ready",
  offered: "ring",
  connected: "talk",
  wrap_up: "wrap",
};

const ORDER: readonly AgentState[] = ["offered", "connected", "wrap_up", "available", "not_ready", "logged_out"];

function byState(a: TeamMember, b: TeamMember): number {
  return ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.name.localeCompare(b.name);
}

export function Team() {
  const { t } = useTranslation();
  const team = useDeskState((state) => state.team);
  const present = team.filter((member) => member.state !== "logged_out").sort(byState);
  if (present.length === 0) return <p className="side-empty muted">{t("team.empty")}</p>;
  return (
    <ul className="team" data-testid="team">
      {present.map((member) => (
        <li key={member.id} className={`tone-${TONES[member.state]}`}>
          <span className="team-dot" aria-hidden />
          <span className="team-name">{member.name}</span>
          <span className="team-state">
            {member.reason === "" ? t(`state.${member.state}`) : reasonWords(t, member.reason)}
            {!member.reachable && (
              <span title={t("team.unreachable")}>
                <WifiOff aria-label={t("team.unreachable")} />
              </span>
            )}
          </span>
          <Elapsed since={member.since} />
        </li>
      ))}
    </ul>
  );
}
