/**
 * A certified OpenID Connect provider (npm: oidc-provider) for the tests: any login name, one client without a secret.
 * usage: node oidc_provider.mjs PORT REDIRECT_URI [KEYS]   KEYS: signing keys, the last one signs (rotation)
 * It says "ready" when it listens. GET /rotate makes another signing key and forgets the old ones.
 */

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [port, redirectUri] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;

function signingKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };
}

function provider() {
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: "softphone",
        token_endpoint_auth_method: "none",
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
      {
        client_id: "other",
        token_endpoint_auth_method: "none",
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    // Claims stay out of the ID token, as at Salesforce; userinfo tells them.
    claims: { openid: ["sub", "preferred_username", "name"] },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, preferred_username: `${sub}@acme.example`, name: `Name of ${sub}` }),
    }),
    pkce: { required: () => true },
    cookies: { keys: [randomUUID()] },
    jwks: { keys: [signingKey()] },
    features: { devInteractions: { enabled: true } },
  });
  made.on("server_error", (_, error) => console.error(error));
  return made;
}

let current = provider().callback();
createServer((request, response) => {
  if (request.url === "/rotate") {
    current = provider().callback();
    response.end();
    return;
  }
  current(request, response);
}).listen(Number(port), "localhost", () => console.log("ready"));
