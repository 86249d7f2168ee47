import { AlertsPage } from "../alerts/AlertsPage.tsx";
import { usePlace } from "../app/route.ts";
import { CertificatesPage } from "../certificates/CertificatesPage.tsx";
import { ClientsPage } from "../clients/ClientsPage.tsx";
import { useClients } from "../clients/useClients.ts";
import { CallbackSettingsPage } from "../settings/CallbackSettingsPage.tsx";
import { MissedPage } from "../worklists/MissedPage.tsx";
import { PromisedPage } from "../worklists/PromisedPage.tsx";
import { VoicemailsPage } from "../worklists/VoicemailsPage.tsx";
import { BoardNav } from "./BoardNav.tsx";
import { BoardPage } from "./BoardPage.tsx";

/** What supervisors look at beside their desk; the address says what, and of which client. */
export function BoardArea() {
  const { page, query } = usePlace();
  const clients = useClients();
  const client = query.client ?? null;
  return (
    <>
      <BoardNav clients={clients} />
      {page === "board" && <BoardPage key={client} client={client} />}
      {page === "alerts" && <AlertsPage key={client} client={client} />}
      {page === "clients" && <ClientsPage clients={clients} />}
      {page === "callbacks" && <CallbackSettingsPage />}
      {page === "certificates" && <CertificatesPage />}
      {page === "promised" && <PromisedPage />}
      {page === "voicemails" && <VoicemailsPage />}
      {page === "missed" && <MissedPage />}
    </>
  );
}
