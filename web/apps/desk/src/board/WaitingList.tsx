import { ArrowRightLeft, Headset, PhoneIncoming, Smile } from "lucide-react";
import { Menu, MenuItem, MenuSection, MenuTrigger, Popover, Header as SectionTitle } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useServerNow } from "../app/ticker.ts";
import { phoneWords } from "../i18n/format.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { Elapsed } from "../ui/Times.tsx";
import { useBoard, useBoardState } from "./context.ts";
import { byPlace, isLate, SHOWN_WAITING } from "./order.ts";
import type { BoardWaiting } from "./protocol.ts";

export function WaitingList() {
  const { t } = useTranslation();
  const waiting = useBoardState((state) => state.waiting);
  const sorted = Object.values(waiting).sort(byPlace);
  const more = sorted.length - SHOWN_WAITING;
  return (
    <section className="board-card card" aria-label={t("board.waiting")}>
      <h2 className="card-title">
        {t("board.waiting")} <span className="muted figure">{sorted.length}</span>
      </h2>
      {sorted.length === 0 && (
        <div className="side-empty" data-testid="nobody-waits">
          <Smile aria-hidden />
          <p>
            <strong>{t("board.nobody_title")}</strong>
          </p>
          <p className="muted">{t("board.nobody")}</p>
        </div>
      )}
      <ul className="board-waiting">
        {sorted.slice(0, SHOWN_WAITING).map((call) => (
          <WaitingRow key={call.id} call={call} />
        ))}
      </ul>
      {more > 0 && <p className="muted board-more">{t("board.more", { count: more })}</p>}
    </section>
  );
}

function WaitingRow({ call }: { readonly call: BoardWaiting }) {
  const { t } = useTranslation();
  const { acts } = useBoard();
  const now = useServerNow();
  const queue = useBoardState((state) => state.queues[call.queue_id]);
  const rings = useBoardState((state) =>
    call.offered_to === null ? null : (state.agents[call.offered_to]?.name ?? null),
  );
  const late = queue !== undefined && isLate(call.since, queue.service_level_seconds, now);
  const who = call.caller === null ? t("unknown_number") : phoneWords(call.caller);
  return (
    <li data-testid="board-waiting" className={late ? "board-late" : ""}>
      <span className="board-age">
        <Elapsed since={call.since} label={t("board.waits")} />
      </span>
      <span className="board-who">
        <strong>
          <PhoneNumber number={call.caller} />
        </strong>
        <span className="muted">
          {queue?.name ?? t("queues.no_figure")}
          {rings !== null && ` · ${t("board.rings_at", { name: rings })}`}
        </span>
      </span>
      <Button
        size="small"
        icon={PhoneIncoming}
        aria-label={t("board.pick_who", { who })}
        onPress={() => void acts.pick(call.id)}
      >
        {t("board.pick")}
      </Button>
      <MoveMenu call={call} who={who} />
    </li>
  );
}

/** Into another queue, or to an agent who is free. */
function MoveMenu({ call, who }: { readonly call: BoardWaiting; readonly who: string }) {
  const { t } = useTranslation();
  return (
    <MenuTrigger>
      <IconButton size="small" icon={ArrowRightLeft} label={t("board.move_who", { who })} />
      <Popover className="menu board-menu" placement="bottom end">
        <MoveChoices call={call} />
      </Popover>
    </MenuTrigger>
  );
}

function MoveChoices({ call }: { readonly call: BoardWaiting }) {
  const { t } = useTranslation();
  const { acts } = useBoard();
  const queues = useBoardState((state) => state.queues);
  const agents = useBoardState((state) => state.agents);
  const others = Object.values(queues).filter(({ id }) => id !== call.queue_id);
  const free = Object.values(agents).filter(({ state, reachable }) => state === "available" && reachable);
  return (
    <Menu aria-label={t("board.move")}>
      <MenuSection>
        <SectionTitle className="menu-title">{t("board.to_queue")}</SectionTitle>
        {others.map(({ id, name }) => (
          <MenuItem key={id} className="menu-item" onAction={() => void acts.move(call.id, id)}>
            {name}
          </MenuItem>
        ))}
      </MenuSection>
      <MenuSection>
        <SectionTitle className="menu-title">
          {free.length === 0 ? t("board.nobody_free") : t("board.to_agent")}
        </SectionTitle>
        {free.map(({ id, name }) => (
          <MenuItem key={id} className="menu-item" onAction={() => void acts.pick(call.id, id)}>
            <Headset aria-hidden />
            {name}
          </MenuItem>
        ))}
      </MenuSection>
    </Menu>
  );
}
