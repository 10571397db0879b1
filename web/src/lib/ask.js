// An answer as a component wants it: null while it is awaited, then {ok, data …}, with a way to ask again.

import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "./api.js";

// Asks again when the address changes; while that is awaited the answer before it stays, so that nothing jumps.
export function useAnswer(address) {
	const [answer, setAnswer] = useState(null);
	const [asked, setAsked] = useState(0);
	const of = useRef(null);
	useEffect(() => {
		if (!address)
			return undefined;
		const stop = new AbortController();
		const again = of.current === address;
		if (of.current?.split("?")[0] !== address.split("?")[0])
			setAnswer(null);
		of.current = address;
		// Asked for the same again in vain, for the line or the database is away: what was known stays.
		void get(address, { signal: stop.signal }).then((got) => !got.aborted && setAnswer((before) => (again && before?.ok && (got.status === 0 || got.status >= 500) ? before : got)));
		return () => stop.abort();
	}, [address, asked]);
	return [answer, () => setAsked((n) => n + 1), setAnswer];
}
