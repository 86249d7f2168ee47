import { CircleAlert, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk, useSelect } from "../app/hooks.ts";
import { problemWords } from "../i18n/words.ts";
import { IconButton } from "../ui/Button.tsx";

export function NoticeList() {
  const { t } = useTranslation();
  const { notices } = useDesk().desk;
  const items = useSelect(notices.store, (value) => value.items);
  return (
    <div className="notice-list" role="alert">
      {items.map((notice) => (
        <div key={notice.id} className="notice" data-testid="notice" data-code={notice.problem.code}>
          <CircleAlert aria-hidden />
          <p>{problemWords(t, notice.problem)}</p>
          <IconButton label={t("dismiss")} icon={X} size="small" onPress={() => notices.dismiss(notice.id)} />
        </div>
      ))}
    </div>
  );
}
