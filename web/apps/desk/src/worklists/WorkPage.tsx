import { Inbox, RefreshCw } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { go, usePlace } from "../app/route.ts";
import { useKeyboardKept } from "../app/useKeyboardKept.ts";
import type { Pages } from "../app/usePages.ts";
import { BoardScroll } from "../board/BoardScroll.tsx";
import { Button, IconButton } from "../ui/Button.tsx";
import "../board/board.css";
import "../alerts/alerts.css";
import "./worklists.css";

export type WorkPageName = "promised" | "voicemails" | "missed";

type Head =
  | "number"
  | "queue"
  | "state"
  | "when"
  | "owner"
  | "attempts"
  | "asked"
  | "outcome"
  | "by"
  | "left"
  | "length"
  | "times"
  | "last"
  | "waited"
  | "tried"
  | "acts";

interface WorkPageProps<Item> {
  readonly name: WorkPageName;
  readonly list: Pages<Item>;
  readonly heads: readonly Head[];
  readonly filters: ReactNode;
  /** Whether the filters leave something out. */
  readonly narrowed: boolean;
  /** What was just done, for who cannot see it. */
  readonly told: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** A list of work over companies: filters, rows, what to do where there are none or where they cannot be read. */
export function WorkPage<Item>({ name, list, heads, filters, narrowed, told, action, children }: WorkPageProps<Item>) {
  const { t } = useTranslation();
  const title = t(`worklists.${name}.title`);
  const heading = useRef<HTMLHeadingElement>(null);
  useKeyboardKept(heading, `${told} ${list.items.length}`);
  return (
    <div className="board">
      <section
        className="board-card card"
        data-testid={name}
        data-status={list.status}
        aria-labelledby={`${name}-title`}
      >
        <header className="alerts-header work-header">
          <h1 ref={heading} tabIndex={-1} id={`${name}-title`} className="card-title">
            {title}
          </h1>
          {action}
          <IconButton label={t("worklists.refresh")} icon={RefreshCw} size="small" onPress={() => void list.reload()} />
          <div className="alerts-filters work-filters">{filters}</div>
        </header>
        <p className="visually-hidden" role="status">
          {told}
        </p>
        {list.items.length === 0 ? (
          <Nothing name={name} list={list} narrowed={narrowed} />
        ) : (
          <>
            <BoardScroll label={title}>
              <table className="board-table alerts-table work-table">
                <thead>
                  <tr>
                    {heads.map((head) => (
                      <th key={head} scope="col">
                        <span className={head === "acts" ? "visually-hidden" : ""}>{t(`worklists.heads.${head}`)}</span>
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>{children}</tbody>
              </table>
            </BoardScroll>
            <More list={list} />
          </>
        )}
      </section>
    </div>
  );
}

function More<Item>({ list }: { readonly list: Pages<Item> }) {
  const { t } = useTranslation();
  return (
    <>
      {list.status === "stale" && (
        <p className="board-stale" role="alert">
          {t("board.stale")}
        </p>
      )}
      {list.more && (
        <Button size="small" onPress={list.readMore}>
          {t("worklists.more")}
        </Button>
      )}
    </>
  );
}

interface NothingProps<Item> {
  readonly name: WorkPageName;
  readonly list: Pages<Item>;
  readonly narrowed: boolean;
}

function Nothing<Item>({ name, list, narrowed }: NothingProps<Item>) {
  const { t } = useTranslation();
  const { query } = usePlace();
  if (list.status === "loading") return <p role="status">{t("worklists.loading")}</p>;
  if (list.status === "failed" || list.status === "refused") {
    return (
      <div className="side-empty" role="alert">
        <p>{t(list.status === "refused" ? "worklists.refused" : "worklists.failed")}</p>
        <Button size="small" onPress={() => void list.reload()}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  return (
    <div className="side-empty" data-testid="none">
      <Inbox aria-hidden />
      <p>
        <strong>{t(`worklists.${name}.none_title`)}</strong>
      </p>
      <p className="muted">{t(narrowed ? "worklists.none_here" : `worklists.${name}.none`)}</p>
      {narrowed && (
        <Button
          size="small"
          onPress={() => go(name, { client: query.client ?? "", state: query.state === "ended" ? "ended" : "" })}
        >
          {t("worklists.show_all")}
        </Button>
      )}
    </div>
  );
}
