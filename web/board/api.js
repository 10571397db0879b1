// Asking the board. Never throws: what came of it is {ok, status, body}, status 0 where no answer came.

const patience = 15000;

export async function ask(method, path, { body, csrf, tag } = {}) {
	const headers = {};
	if (body)
		headers["Content-Type"] = "application/json";
	if (csrf)
		headers["X-CSRF-Token"] = csrf;
	if (tag)
		headers["If-None-Match"] = tag;
	try {
		const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), credentials: "same-origin", cache: "no-store",
			signal: AbortSignal.timeout(patience) });
		const text = answer.status === 304 ? "" : await answer.text();
		return { ok: answer.ok, status: answer.status, body: text ? JSON.parse(text) : null, tag: answer.headers.get("ETag"),
			wait: Number(answer.headers.get("Retry-After")) || 0 };
	} catch {
		return { ok: false, status: 0, body: null, wait: 0 };
	}
}

// 128 random bits: names one change, however often it is sent. crypto.randomUUID() is not there without TLS.
export function newKey() {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

// The word of a problem: "urn:bedpost:problem:disk-full" is "disk-full".
export const problemOf = (answer) => answer.body?.type?.split(":").pop() ?? "";
