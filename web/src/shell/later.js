// Components that are not needed for the first page: until their file is there they say that they load.

import { html, useEffect, useState } from "../lib/html.js";
import { Failed, Waiting } from "../lib/parts.js";

let more = null, asked = null;

// Resolves when they are there.
export function fetchMore() {
	asked ??= import("./more.js").then((all) => { more = all; }, (error) => {
		asked = null;
		throw error;
	});
	return asked;
}

export const later = (name) => function Later(props) {
	const [lost, setLost] = useState(false);
	const [, redraw] = useState(0);
	const Page = more?.[name];
	// It may have come between the drawing and this.
	useEffect(() => {
		if (!Page)
			fetchMore().then(() => redraw(1), () => setLost(true));
	}, []);
	if (Page)
		return html`<${Page} ...${props} />`;
	// A browser does not ask twice for a program that did not come: the page does, as a whole.
	return lost ? html`<${Failed} answer=${{ status: 0 }} again=${() => location.reload()} />` : html`<${Waiting} />`;
};
