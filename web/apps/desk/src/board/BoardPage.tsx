import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesk, useSelect } from "../app/hooks.ts";
import { Button } from "../ui/Button.tsx";
import { AgentTable } from "./AgentTable.tsx";
import { AlertList } from "./AlertList.tsx";
import { SupervisorActs } from "./acts.ts";
import { BoardConnection, boardSocket } from "./board-connection.ts";
import { BoardContext } from "./context.ts";
import { QueueTable } from "./QueueTable.tsx";
import { SupervisionBar } from "./SupervisionBar.tsx";
import { WaitingList } from "./WaitingList.tsx";
import "../desk/side.css";
import "./board.css";

interface BoardPageProps {
  /** Whose board it is; null: one's own company's. */
  readonly client?: string | null;
  readonly connect?: () => BoardConnection;
}

/** The centre as it is now; it looks as long as it is shown. Another client's is another page: give it a key. */
export function BoardPage({
  client = null,
  connect = () => new BoardConnection(() => boardSocket(client)),
}: BoardPageProps) {
  const { desk } = useDesk();
  const [connection] = useState(connect);
  useEffect(() => {
    connection.open();
    return () => connection.close();
  }, [connection]);
  const value = useMemo(() => ({ connection, acts: new SupervisorActs(desk, client) }), [connection, desk, client]);
  const opened = useSelect(connection.store, ({ board }) => board !== null);
  const status = useSelect(connection.store, (view) => view.status);
  return (
    <BoardContext value={value}>
      <div className="board" data-testid="board" data-status={status}>
        {opened ? <Board /> : <Opening refused={status === "refused"} onRetry={() => connection.open()} />}
        {opened && status !== "online" && <Stale />}
      </div>
    </BoardContext>
  );
}

function Board() {
  const { t } = useTranslation();
  return (
    <>
      <h1 className="visually-hidden">{t("board.title")}</h1>
      <AlertList />
      <SupervisionBar />
      <QueueTable />
      <div className="board-columns">
        <WaitingList />
        <AgentTable />
      </div>
    </>
  );
}

/** Old figures look like present ones: say so. */
function Stale() {
  const { t } = useTranslation();
  return (
    <p className="board-stale" role="alert">
      {t("board.stale")}
    </p>
  );
}

function Opening({ refused, onRetry }: { readonly refused: boolean; readonly onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="side-empty" role="status">
      <h1>{refused ? t("board.refused_title") : t("board.opening")}</h1>
      {refused && (
        <>
          <p className="muted">{t("board.refused")}</p>
          <Button onPress={onRetry}>{t("retry")}</Button>
        </>
      )}
    </div>
  );
}
