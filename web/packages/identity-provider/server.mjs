/**
 * An OpenID Connect issuer on loopback for tests of single sign-on: `oidc-provider`, the certified server, with people
 * who log in by a name alone. Prints its issuer when it is ready. The form at its end is what a browser would send.
 */

import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const settings = JSON.parse(process.argv[2] ?? "{}");
const people = settings.people ?? {};

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "cordboard",
      client_secret: "a secret of the desk",
      redirect_uris: settings.redirectUris,
      grant_types: ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: settings.authentication ?? "client_secret_basic",
    },
  ],
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: settings.userinfo ?? true,
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ["loopback"] },
  async findAccount(_context, id) {
    return { accountId: id, claims: async () => ({ sub: id, ...people[id] }) };
  },
});

server.on("request", provider.callback());
process.stdout.write(`${issuer}\n`);
