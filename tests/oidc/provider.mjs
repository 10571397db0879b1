// A real OpenID provider (the npm package oidc-provider) for tests/system/test_oidc.py, with keys of its own each time it
// starts. One argument: a file with {issuer, port, key, cert, clients, userinfoOnly}.
//
// Anybody can log in as anybody: the cookie "account" (or the form's field) names the login, whose subject is sub_<login>.
// POST /control {"tamper": {...}} makes the token endpoint answer with ID tokens that a provider would never make:
//   {claims: {...}}  these claims instead, null removes one    {alg: "none"}      {alg: "HS256"}  keyed with the public key
//   {kid: "..."}     another key's name; null: none            {stranger: true}   signed by a key that is not in the set
//   {signature: "..."}  this signature                         {jwk: true}        a stranger's, which the header brings along
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, decodeJwt } from "jose";
import Provider from "oidc-provider";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const alg = settings.alg ?? "RS256";
const pair = await generateKeyPair(alg, { extractable: true });
const stranger = await generateKeyPair(alg, { extractable: true });
const kid = `key-${Date.now()}`;
let tamper = null;

const claimsOf = (sub) => {
	const login = sub.replace(/^sub_/, "");
	return { sub, preferred_username: login, email: `${login}@example.org`, email_verified: !login.startsWith("unverified") };
};

const provider = new Provider(settings.issuer, {
	clients: settings.clients,
	jwks: { keys: [{ ...(await exportJWK(pair.privateKey)), kid, alg, use: "sig" }] },
	cookies: { keys: ["only for tests"] },
	clientAuthMethods: ["private_key_jwt"],
	pkce: { methods: ["S256"], required: () => true },
	features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
	interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
	conformIdTokenClaims: settings.userinfoOnly ?? false,
	claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email", "email_verified"], acr: null },
	acrValues: ["low", "high"],
	findAccount: (ctx, sub) => ({ accountId: sub, claims: () => claimsOf(sub) }),
	async loadExistingGrant(ctx) {
		const grant = new ctx.oidc.provider.Grant({ accountId: ctx.oidc.session.accountId, clientId: ctx.oidc.client.clientId });
		grant.addOIDCScope("openid profile email");
		await grant.save();
		return grant;
	},
	ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Interaction: 600, Grant: 600, Session: 600 },
});

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

async function tampered(token) {
	const claims = { ...decodeJwt(token), ...tamper.claims };
	for (const name of Object.keys(claims)) if (claims[name] === null) delete claims[name];
	const header = { alg: tamper.alg ?? alg, kid: tamper.kid === undefined ? kid : tamper.kid };
	if (header.kid === null) delete header.kid;
	if (tamper.jwk) header.jwk = await exportJWK(stranger.publicKey);
	const input = `${encode(header)}.${encode(claims)}`;
	if (tamper.alg === "none") return `${input}.`;
	if (tamper.alg === "HS256")
		return `${input}.${createHmac("sha256", await exportSPKI(pair.publicKey)).update(input).digest("base64url")}`;
	if (tamper.signature !== undefined) return `${input}.${tamper.signature}`;
	return new SignJWT(claims).setProtectedHeader(header).sign(tamper.stranger || tamper.jwk ? stranger.privateKey : pair.privateKey);
}

async function bodyOf(request) {
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}

async function interact(ctx) {
	const { params } = await provider.interactionDetails(ctx.req, ctx.res);
	const login = ctx.method === "POST" ? new URLSearchParams(await bodyOf(ctx.req)).get("login") : ctx.cookies.get("account");
	if (!login) {
		ctx.type = "html";
		ctx.body = '<!doctype html><title>Provider</title><form method="post"><label>Login <input name="login"></label><button>Log in</button></form>';
		return;
	}
	const result = login === "nobody"
		? { error: "access_denied", error_description: "not today" }
		: { login: { accountId: `sub_${login}`, acr: params.acr_values?.includes("high") && login !== "weak" ? "high" : "low" } };
	await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
	ctx.respond = false;
}

provider.use(async (ctx, next) => {
	if (ctx.path === "/control" && ctx.method === "POST") {
		({ tamper } = JSON.parse(await bodyOf(ctx.req)));
		ctx.body = { tamper };
	} else if (ctx.path.startsWith("/interaction/")) {
		await interact(ctx);
	} else {
		await next();
		if (ctx.path === "/token" && tamper && ctx.body?.id_token) ctx.body = { ...ctx.body, id_token: await tampered(ctx.body.id_token) };
	}
});
provider.on("grant.error", (ctx, error) => console.log("grant.error", error.message, error.error_detail ?? ""));
provider.on("server_error", (ctx, error) => console.log("server_error", error));

createServer({ key: readFileSync(settings.key), cert: readFileSync(settings.cert) }, provider.callback())
	.listen(settings.port, "127.0.0.1", () => console.log("ready"));
