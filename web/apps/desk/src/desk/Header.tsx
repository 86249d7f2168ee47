import { CircleHelp, FileBadge, Headphones, Headset, LayoutDashboard, LogOut, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskState } from "../app/hooks.ts";
import { useHeld } from "../app/permissions.ts";
import { go, usePlace } from "../app/route.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { SecurityDialog } from "../security/SecurityDialog.tsx";
import { BrandMark } from "../ui/BrandMark.tsx";
import { Button, IconButton } from "../ui/Button.tsx";
import { bind, hintOf } from "./keys.ts";
import { QualityIndicator } from "./QualityIndicator.tsx";
import { ShortcutsDialog } from "./ShortcutsDialog.tsx";
import { SoundDialog } from "./SoundDialog.tsx";
import "./header.css";

const ICONS = { desk: Headset, board: LayoutDashboard, certificates: FileBadge } as const;
const BOARD = ["live.read", "live.read_team"] as const;
const CERTIFICATES = ["phones.read", "trunks.read"] as const;

type Open = "none" | "sound" | "shortcuts" | "security";

export function Header() {
  const { t } = useTranslation();
  const { session } = useDesk();
  const [open, setOpen] = useState<Open>("none");
  useShortcuts({ "?": () => setOpen("shortcuts") });
  const close = () => setOpen("none");

  return (
    <header className="header">
      <div className="header-brand">
        <BrandMark />
        <span className="header-product">{t("product")}</span>
        <span className="header-tenant">{session.tenant.name}</span>
      </div>
      <div className="header-tools">
        <BoardLink />
        <QualityIndicator />
        <IconButton label={t("header.sound")} icon={Headphones} onPress={() => setOpen("sound")} />
        <IconButton label={t("header.shortcuts")} icon={CircleHelp} onPress={() => setOpen("shortcuts")} />
        <UserMenu onSecurity={() => setOpen("security")} />
      </div>
      <SoundDialog isOpen={open === "sound"} onClose={close} />
      <SecurityDialog isOpen={open === "security"} onClose={close} />
      <ShortcutsDialog isOpen={open === "shortcuts"} onClose={close} />
    </header>
  );
}

/** To the first page beside the desk that one may see, and back from any. */
function BoardLink() {
  const { t } = useTranslation();
  const { page } = usePlace();
  const first = useFirstPage();
  const elsewhere = page === "desk" ? first : "desk";
  useShortcuts(elsewhere === null ? {} : bind("board", () => go(elsewhere)));
  if (elsewhere === null) return null;
  return (
    <span className="header-board">
      <Button size="small" icon={ICONS[elsewhere]} hint={hintOf("board")} onPress={() => go(elsewhere)}>
        {t(`header.${elsewhere}`)}
      </Button>
    </span>
  );
}

/** The board for whom the server shows the team, or who may see it though nobody works yet; null: none. */
function useFirstPage(): "board" | "certificates" | null {
  const supervises = useDeskState((state) => state.team.length > 0);
  const held = useHeld();
  if (supervises || BOARD.some((code) => held?.has(code))) return "board";
  return CERTIFICATES.some((code) => held?.has(code)) ? "certificates" : null;
}

function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  return [words.at(0), words.length > 1 ? words.at(-1) : undefined].map((word) => word?.slice(0, 1) ?? "").join("");
}

function UserMenu({ onSecurity }: { readonly onSecurity: () => void }) {
  const { t } = useTranslation();
  const { desk, session } = useDesk();
  const busy = useDeskState((state) => ["connected", "wrap_up", "offered"].includes(state.me.state));
  return (
    <MenuTrigger>
      <AriaButton className="header-user">
        <span className="header-initials" aria-hidden>
          {initialsOf(session.user.name)}
        </span>
        <span className="header-user-name">{session.user.name}</span>
        <span className="visually-hidden">{t("header.user_menu")}</span>
      </AriaButton>
      <Popover className="menu" placement="bottom end">
        <Menu aria-label={t("header.user_menu")}>
          <MenuItem className="menu-item" onAction={onSecurity}>
            <ShieldCheck aria-hidden />
            {t("header.security")}
          </MenuItem>
          <MenuItem className="menu-item" onAction={() => void desk.logOut()}>
            <LogOut aria-hidden />
            {busy ? t("header.log_out_later") : t("header.log_out")}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
