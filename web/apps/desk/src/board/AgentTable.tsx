import { ChevronDown, WifiOff } from "lucide-react";
import { useState } from "react";
import { Input, Label, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { TONES } from "../desk/Team.tsx";
import { reasonWords } from "../i18n/words.ts";
import type { AgentState } from "../link/protocol.ts";
import { Elapsed } from "../ui/Times.tsx";
import { AgentMenu } from "./AgentMenu.tsx";
import { useBoardState } from "./context.ts";
import { byState, SHOWN_AGENTS, STATES } from "./order.ts";
import type { BoardAgent } from "./protocol.ts";

export function AgentTable() {
  const { t } = useTranslation();
  const agents = useBoardState((state) => state.agents);
  const [only, setOnly] = useState<AgentState | null>(null);
  const [name, setName] = useState("");
  const all = Object.values(agents);
  const shown = all
    .filter(({ state }) => (only === null ? state !== "logged_out" : state === only))
    .filter((agent) => agent.name.toLocaleLowerCase().includes(name.trim().toLocaleLowerCase()))
    .sort(byState);
  const more = shown.length - SHOWN_AGENTS;
  return (
    <section className="board-card card" aria-label={t("board.agents")}>
      <h2 className="card-title">{t("board.agents")}</h2>
      <div className="board-filters">
        {STATES.map((state) => (
          <button
            key={state}
            type="button"
            className={`board-chip tone-${TONES[state]}`}
            aria-pressed={only === state}
            onClick={() => setOnly(only === state ? null : state)}
          >
            <span className="figure">{all.filter((agent) => agent.state === state).length}</span> {t(`state.${state}`)}
          </button>
        ))}
        <TextField className="field board-search" value={name} onChange={setName}>
          <Label className="visually-hidden">{t("board.search")}</Label>
          <Input placeholder={t("board.search")} />
        </TextField>
      </div>
      {shown.length === 0 && <p className="side-empty muted">{t("board.no_agents")}</p>}
      <ul className="board-agents">
        {shown.slice(0, SHOWN_AGENTS).map((agent) => (
          <AgentRow key={agent.id} agent={agent} />
        ))}
      </ul>
      {more > 0 && <p className="muted board-more">{t("board.more", { count: more })}</p>}
    </section>
  );
}

function AgentRow({ agent }: { readonly agent: BoardAgent }) {
  const { t } = useTranslation();
  const queue = useBoardState((state) =>
    agent.queue_id === null ? null : (state.queues[agent.queue_id]?.name ?? null),
  );
  const held = useBoardState((state) => agent.call_id !== null && state.calls[agent.call_id]?.state === "held");
  const word = held && agent.state === "connected" ? "held" : agent.state;
  return (
    <li data-testid="board-agent" data-state={agent.state} className={`tone-${held ? "hold" : TONES[agent.state]}`}>
      <span className="team-dot" aria-hidden />
      <span className="board-who">
        <strong>{agent.name}</strong>
        <span className="muted">{queue ?? "\u00a0"}</span>
      </span>
      <span className="team-state">
        {agent.reason === "" ? t(`state.${word}`) : reasonWords(t, agent.reason)}
        {!agent.reachable && agent.state !== "logged_out" && (
          <span title={t("team.unreachable")}>
            <WifiOff aria-label={t("team.unreachable")} />
          </span>
        )}
      </span>
      <span className="board-age">
        <Elapsed since={agent.since} label={t("state.duration")} />
      </span>
      <AgentMenu agent={agent} icon={ChevronDown} />
    </li>
  );
}
