import { UserRoundX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { phoneWords } from "../i18n/format.ts";
import { leftWords } from "../i18n/words.ts";
import type { Call, Party } from "../link/protocol.ts";
import { IconButton } from "../ui/Button.tsx";
import { Elapsed } from "../ui/Times.tsx";
import type { Sharing } from "./parties.ts";
import "./sharing.css";

interface PeopleProps {
  readonly call: Call;
  readonly sharing: Sharing;
}

/** Who else is in the call; or why who was asked is not. */
export function People({ call, sharing }: PeopleProps) {
  const { t } = useTranslation();
  const { left, present } = sharing;
  if (left !== null) {
    return (
      <p className="share-line share-left" role="status" data-testid="share-left">
        {t("share.left", { who: nameOf(left), why: leftWords(t, left.reason ?? "") })}
      </p>
    );
  }
  return (
    <ul className="share-line share-people" aria-label={t("share.people")}>
      {present.map((party) => (
        <PartyChip key={party.party} call={call} party={party} />
      ))}
    </ul>
  );
}

function nameOf(party: Party): string {
  return party.number === null ? (party.name ?? party.phone ?? "") : phoneWords(party.number);
}

function PartyChip({ call, party }: { readonly call: Call; readonly party: Party }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const name = nameOf(party);
  return (
    <li className={`share-chip share-${party.state}`} data-testid="party" data-state={party.state}>
      <bdi dir="ltr">{name}</bdi>
      <span className="share-chip-state" role="status">
        {t(`share.state.${party.state}`)}
      </span>
      <Elapsed since={party.since} />
      {party.state === "joined" && (
        <IconButton
          size="small"
          icon={UserRoundX}
          label={t("share.drop", { who: name })}
          onPress={() => void desk.act({ type: "drop_party", call: call.id, party: party.party })}
        />
      )}
    </li>
  );
}
