// Asking the region. Every answer is a value: {ok, status, data, problem}; nothing here throws for the network.

let csrf = null;
let refused = () => {};

export function setSession(token, onRefused) {
	csrf = token;
	refused = onRefused ?? refused;
}

const unreachable = { ok: false, status: 0, data: null, problem: null };

async function read(answer) {
	const type = answer.headers.get("Content-Type") ?? "";
	const data = type.includes("json") ? await answer.json() : null;
	return { ok: answer.ok, status: answer.status, data: answer.ok ? data : null, problem: answer.ok ? null : data };
}

export async function ask(method, path, { body, version, signal } = {}) {
	const headers = { Accept: "application/json" };
	if (body !== undefined)
		headers["Content-Type"] = "application/json";
	if (method !== "GET" && csrf)
		headers["X-CSRF-Token"] = csrf;
	if (version !== undefined)
		headers["If-Match"] = `"${version}"`;
	try {
		const answer = await read(await fetch(path, {
			method, headers, signal, cache: method === "GET" ? "no-cache" : "no-store",
			body: body === undefined ? undefined : JSON.stringify(body),
		}));
		// Only a session that was there can have ended.
		if (answer.status === 401 && csrf)
			refused();
		return answer;
	} catch (error) {
		return error.name === "AbortError" ? { ...unreachable, aborted: true } : unreachable;
	}
}

// What a page begins with. The region has told the browser to fetch it already, if there is a session: only a request that says nothing
// of its own is answered by that.
export async function askStart() {
	try {
		return await read(await fetch("api/start"));
	} catch {
		return unreachable;
	}
}

// A file: {ok, status, blob, name, problem}. Of one that is larger than `most` bytes only its size comes: {tooLarge}.
export async function fetchFile(where, { accept = "*/*", signal, most = Infinity } = {}) {
	try {
		const answer = await fetch(where, { headers: { Accept: accept }, signal, cache: "no-store" });
		if (answer.status === 401 && csrf)
			refused();
		if (!answer.ok)
			return await read(answer);
		const size = Number(answer.headers.get("Content-Length") ?? 0);
		if (size > most) {
			void answer.body?.cancel();
			return { ok: false, status: 200, tooLarge: size };
		}
		const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "bedpost";
		return { ok: true, status: answer.status, blob: await answer.blob(), name, next: answer.headers.get("X-Next-Cursor") };
	} catch (error) {
		return error.name === "AbortError" ? { ...unreachable, aborted: true } : unreachable;
	}
}

// A path with its parts and parameters escaped; parameters that are empty are left out.
export function path(strings, ...parts) {
	return strings.reduce((made, s, i) => made + s + (i < parts.length ? encodeURIComponent(parts[i]) : ""), "");
}

export function query(parameters) {
	const p = new URLSearchParams(Object.entries(parameters).filter(([, v]) => v !== undefined && v !== null && v !== ""));
	return p.size ? `?${p}` : "";
}

export const get = (where, options) => ask("GET", where, options);
export const post = (where, body, options) => ask("POST", where, { ...options, body });
export const put = (where, body, options) => ask("PUT", where, { ...options, body });
export const patch = (where, body, options) => ask("PATCH", where, { ...options, body });
export const remove = (where, options) => ask("DELETE", where, options);
