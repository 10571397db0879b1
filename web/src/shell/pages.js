// Which page stands at which place, and who is offered it. The menu and the router read the same table.

import { t } from "../lib/i18n.js";
import { picture } from "../lib/picture.js";
import { place } from "../lib/router.js";
import { may, me } from "../lib/session.js";
import { Search } from "../search/search.js";
import { later } from "./later.js";

const [Admin, Alerts, Conflicts, Facility, Reports] = ["Admin", "Alerts", "Conflicts", "Facility", "Reports"].map(later);

const own = () => me().facility_id;

const pages = [
	{ name: "search", icon: "search", text: "nav_search", draw: Search, offered: () => may.searchAll() },
	{ name: "homes", icon: "home", text: "nav_home", draw: Facility, offered: () => Boolean(own()), link: () => ["homes", own()] },
	{ name: "alerts", icon: "alert", text: "nav_alerts", draw: Alerts, offered: () => true, count: () => [...picture.alerts.values()].filter((a) => !a.acknowledged_at).length },
	{ name: "conflicts", icon: "conflict", text: "nav_conflicts", draw: Conflicts, offered: () => may.seeConflicts(), count: () => picture.conflicts },
	{ name: "reports", icon: "report", text: "nav_reports", draw: Reports, offered: () => may.seeHistory() },
	// Who administers nothing else has subscriptions there.
	{ name: "admin", icon: "person", text: () => (may.administer() ? "nav_admin" : "a_subscriptions"), draw: Admin, offered: () => may.acknowledge() },
];

const textOf = (page) => (typeof page.text === "function" ? page.text() : page.text);

export const menu = () => pages.filter((page) => page.offered()).map((page) => ({ ...page, text: textOf(page) }));

// The first page of the menu is where one begins.
export function pageOf(parts) {
	const page = pages.find((p) => p.name === parts[0] && (p.offered() || p.name === "homes"));
	const first = menu()[0];
	if (page?.name === "homes" || (!page && first.name === "homes")) {
		const id = page ? parts[1] ?? own() : own();
		return { ...pages[1], key: `homes/${id}`, draw: Facility, title: () => picture.homes.get(id)?.name ?? t("home") };
	}
	const found = page ?? first;
	return { ...found, key: found.name, title: () => t(found.name === "search" ? "search_title" : textOf(found)) };
}

// Is the page of this place the one whose program comes first?
export const isFirst = () => pageOf(place().parts).name === "search";
