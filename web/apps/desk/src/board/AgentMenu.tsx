import { Ear, type LucideIcon, MessageCircle, PhoneForwarded, Users } from "lucide-react";
import { Menu, MenuItem, MenuSection, MenuTrigger, Popover, Header as SectionTitle } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDeskState } from "../app/hooks.ts";
import { IconButton } from "../ui/Button.tsx";
import { useBoard } from "./context.ts";
import type { BoardAgent } from "./protocol.ts";

const MANNERS = [
  ["listen", Ear],
  ["whisper", MessageCircle],
  ["barge", Users],
] as const;

const STATES = ["available", "not_ready", "logged_out"] as const;

/** What a supervisor can do with an agent: take part in the call, or set the state. */
export function AgentMenu({ agent, icon }: { readonly agent: BoardAgent; readonly icon: LucideIcon }) {
  const { t } = useTranslation();
  return (
    <MenuTrigger>
      <IconButton size="small" icon={icon} label={t("board.act_on", { name: agent.name })} />
      <Popover className="menu board-menu" placement="bottom end">
        <AgentChoices agent={agent} />
      </Popover>
    </MenuTrigger>
  );
}

function AgentChoices({ agent }: { readonly agent: BoardAgent }) {
  const { t } = useTranslation();
  const { acts } = useBoard();
  const me = useDeskState((state) => state.me.id);
  const call = agent.state === "connected" && agent.id !== me ? agent.call_id : null;
  return (
    <Menu aria-label={t("board.act_on", { name: agent.name })}>
      {call !== null && (
        <MenuSection>
          <SectionTitle className="menu-title">{t("board.the_call")}</SectionTitle>
          {MANNERS.map(([manner, Icon]) => (
            <MenuItem key={manner} className="menu-item" onAction={() => void acts.supervise(call, manner)}>
              <Icon aria-hidden />
              {t(`supervision.${manner}`)}
            </MenuItem>
          ))}
          <MenuItem className="menu-item" onAction={() => void acts.takeOver(call)}>
            <PhoneForwarded aria-hidden />
            {t("supervision.take_over")}
          </MenuItem>
        </MenuSection>
      )}
      <MenuSection>
        <SectionTitle className="menu-title">{t("board.set_state")}</SectionTitle>
        {STATES.map((state) => (
          <MenuItem
            key={state}
            className="menu-item"
            isDisabled={agent.state === "logged_out"}
            onAction={() => void acts.force(agent.id, state)}
          >
            {t(`board.force.${state}`)}
          </MenuItem>
        ))}
      </MenuSection>
    </Menu>
  );
}
