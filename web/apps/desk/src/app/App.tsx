import { useEffect, useState } from "react";
import { I18nProvider } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { BrandMark } from "../ui/BrandMark.tsx";
import type { Session } from "./api.ts";
import { DeskRoot } from "./DeskRoot.tsx";
import { useSelect } from "./hooks.ts";
import { LoginPage } from "./LoginPage.tsx";
import { SessionKeeper } from "./session.ts";

export function App() {
  const { i18n } = useTranslation();
  const [keeper] = useState(() => new SessionKeeper());
  const view = useSelect(keeper.store, (value) => value);
  useEffect(() => void keeper.load(), [keeper]);

  return (
    <I18nProvider locale={i18n.language}>
      {view.status === "anonymous" && <LoginPage keeper={keeper} ended={view.ended} />}
      {view.status === "present" && <Present key={view.session.user.id} session={view.session} keeper={keeper} />}
      {(view.status === "loading" || view.status === "unreachable") && (
        <Waiting unreachable={view.status !== "loading"} />
      )}
    </I18nProvider>
  );
}

function Present({ session, keeper }: { readonly session: Session; readonly keeper: SessionKeeper }) {
  return (
    <DeskRoot
      session={session}
      onLeft={() => void keeper.logOut()}
      onSessionEnded={() => keeper.end()}
      onLost={() => void keeper.confirm()}
    />
  );
}

function Waiting({ unreachable }: { readonly unreachable: boolean }) {
  const { t } = useTranslation();
  return (
    <main className="full-page">
      <div className="waiting" role="status">
        <BrandMark size={48} />
        {unreachable ? (
          <>
            <h1>{t("login.unreachable_title")}</h1>
            <p className="muted">{t("login.unreachable")}</p>
          </>
        ) : (
          <p className="muted">{t("loading")}</p>
        )}
      </div>
    </main>
  );
}
