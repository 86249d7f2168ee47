import { MessageCircleQuestion, PhoneForwarded } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { TONES } from "../desk/Team.tsx";
import type { Call } from "../link/protocol.ts";
import { IconButton } from "../ui/Button.tsx";
import type { ColleagueTarget } from "./useTargets.ts";

interface ColleagueChoicesProps {
  readonly call: Call;
  readonly colleagues: readonly ColleagueTarget[];
  readonly note: string;
  readonly onDone: () => void;
}

/** Everybody who is logged in, with what they do: who is free can be asked, or given the caller at once. */
export function ColleagueChoices({ call, colleagues, note, onDone }: ColleagueChoicesProps) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const act = (type: "consult_colleague" | "transfer_to_colleague", agent: string) => {
    void desk.act({ type, call: call.id, agent, note });
    onDone();
  };
  const passes = call.direction === "inbound" && call.queue_id !== null;
  return (
    <section className="share-colleagues" aria-label={t("share.colleagues")}>
      <h3>{t("share.colleagues")}</h3>
      {colleagues.length === 0 && <p className="muted">{t("share.no_colleagues")}</p>}
      <ul>
        {colleagues.map(({ id, name, state, free }) => (
          <li key={id} className={`share-colleague tone-${TONES[state]}`} data-testid="colleague" data-free={free}>
            <span className="team-dot" aria-hidden />
            <span className="share-colleague-name">{name}</span>
            <span className="team-state">{t(`state.${state}`)}</span>
            <IconButton
              size="small"
              icon={MessageCircleQuestion}
              label={t("share.ask_colleague", { who: name })}
              isDisabled={!free}
              onPress={() => act("consult_colleague", id)}
            />
            <IconButton
              size="small"
              icon={PhoneForwarded}
              label={t("share.to_colleague", { who: name })}
              isDisabled={!free || !passes}
              onPress={() => act("transfer_to_colleague", id)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
