// Runs before the page's program is there: what it will ask for first is asked for now, unless this browser was last seen without a session
// (src/lib/session.js). src/lib/early.js takes it over.
(() => {
	try {
		if (localStorage.getItem("here") === "no")
			return;
	} catch { /* no storage */ }
	const get = (path) => fetch(path, { headers: { Accept: "application/json" }, cache: "no-cache" });
	const source = new EventSource("api/stream"), heard = [];
	for (const type of ["snapshot", "availability", "contact", "alert", "beat"])
		source.addEventListener(type, (e) => window.early?.source === source && heard.push(e));
	const lost = (promise) => { promise.catch(() => {}); return promise; }; // whoever takes it over is told
	window.early = { source, heard, answers: { "api/me": lost(get("api/me")), "api/facilities": lost(get("api/facilities")) } };
})();
