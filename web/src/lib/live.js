// The live stream: keeps it open, says when it is lost, and comes back by itself.

const silence = 45e3; // three beats
const grace = 5e3; // a stream that only ended for its age is back sooner
const events = ["snapshot", "availability", "contact", "alert", "beat"];

// ms, after so many failures
export const backOff = (tries) => Math.min(15e3, 1e3 * 2 ** tries) * (0.5 + Math.random() / 2);

export class Live {
	#source = null;
	#watch = 0;
	#retry = 0;
	#doubt = 0; // when a stream that broke off counts as lost
	#tries = 0;
	#after = ""; // what is known already when the first stream begins

	// on: {snapshot, availability, contact, alert, beat, state("connecting" | "live" | "lost"), refused}
	constructor(on) {
		this.on = on;
		addEventListener("online", () => this.#again(0));
		addEventListener("offline", () => this.#source && this.#failed(true));
	}

	// after: the cursor of /api/start; without one the region tells all there is.
	start(after = "") {
		this.stop();
		this.#after = after;
		this.on.state("connecting");
		this.#open();
	}

	stop() {
		clearTimeout(this.#watch);
		clearTimeout(this.#retry);
		clearTimeout(this.#doubt);
		this.#doubt = 0;
		this.#source?.close();
		this.#source = null;
	}

	#open() {
		this.#source?.close();
		const goesOn = this.#after !== "", source = new EventSource(`api/stream${this.#after && `?after=${this.#after}`}`);
		this.#after = ""; // a stream that is opened anew later would begin too early
		this.#source = source;
		const isHeard = () => {
			if (source !== this.#source)
				return false;
			this.#tries = 0;
			clearTimeout(this.#doubt);
			this.#doubt = 0;
			this.#alive();
			this.on.state("live");
			return true;
		};
		const hear = (e) => isHeard() && this.on[e.type](JSON.parse(e.data));
		// What it goes on from is there: where nothing happens, the first word may be long in coming.
		if (goesOn)
			source.addEventListener("open", isHeard);
		for (const event of events)
			source.addEventListener(event, hear);
		source.addEventListener("error", () => source === this.#source && this.#failed());
		this.#alive();
	}

	#alive() {
		clearTimeout(this.#watch);
		this.#watch = setTimeout(() => this.#failed(true), silence);
	}

	#failed(certain = false) {
		if (!certain && this.#source.readyState === EventSource.CONNECTING) {
			this.#doubt ||= setTimeout(() => this.on.state("lost"), grace);
			return;
		}
		this.#source.close(); // a line given up says nothing more, not even late
		this.on.state("lost");
		this.#again(backOff(this.#tries++));
	}

	#again(wait) {
		if (!this.#source)
			return;
		clearTimeout(this.#retry);
		this.#retry = setTimeout(async () => {
			if (!this.#source)
				return;
			// A stream does not say why it was refused; this does.
			const status = await fetch("api/me", { cache: "no-store" }).then((r) => r.status, () => 0);
			if (!this.#source)
				return;
			if (status === 401)
				this.on.refused();
			else if (status === 200)
				this.#open();
			else
				this.#again(backOff(this.#tries++));
		}, wait);
	}
}
