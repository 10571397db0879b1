// What can wait until nothing else is to be done, and waits no longer than `most` ms.

const most = 500;

// Returns how to call it off.
export function whenIdle(run, wait = most) {
	if (!window.requestIdleCallback) { // Safari
		const timer = setTimeout(run, 30);
		return () => clearTimeout(timer);
	}
	const idle = requestIdleCallback(run, { timeout: wait });
	return () => cancelIdleCallback(idle);
}
