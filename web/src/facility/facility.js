// One home: its numbers and whether to trust them, its beds, its past, its feed.

import { html, useEffect, useMemo } from "../lib/html.js";
import { named, number, t } from "../lib/i18n.js";
import { path } from "../lib/api.js";
import { useAnswer } from "../lib/ask.js";
import { compareNames } from "../lib/order.js";
import { Ago, Failed, Free, Icon, Trust, Waiting } from "../lib/parts.js";
import { keyOf, levels, picture } from "../lib/picture.js";
import { address } from "../lib/router.js";
import { may, me } from "../lib/session.js";
import { moment } from "../lib/time.js";
import { useTopics } from "../lib/topic.js";
import { AlertList } from "../alerts/alerts.js";
import { Beds } from "./beds.js";
import { History } from "./history.js";
import { Trend } from "./trend.js";

function Wards({ rows }) {
	const sorted = [...rows].filter((r) => r.total_beds > 0).sort((a, b) => compareNames(named(a.ward), named(b.ward)) || levels.indexOf(a.care_level) - levels.indexOf(b.care_level));
	return html`<ul class="wards">${sorted.map((row) => html`<li key=${keyOf(row)} class="card">
		<h2>${named(row.ward)} <span class="soft">${named(row.care_level)}</span></h2><${Free} row=${row} /></li>`)}</ul>`;
}

function Feed({ home }) {
	useTopics(picture.changedHomes, picture.changedAlerts);
	const status = picture.status(home);
	const alerts = [...picture.alerts.values()].filter((a) => a.facility_id === home.id);
	return html`<div class="feed">
		<p class=${`notice ${{ fresh: "good", stale: "warn", closed: "" }[status] ?? "bad"}`}><${Icon} name=${status} />${t(`feed_${status}`)}</p>
		<dl class="facts card">
			<div><dt>${t("last_contact")}</dt><dd>${home.last_contact_at ? html`${moment(home.last_contact_at)} <span class="soft">(<${Ago} at=${home.last_contact_at} />)</span>` : t("never")}</dd></div>
			<div><dt>${t("known_through")}</dt><dd>${home.as_of ? html`${moment(home.as_of)} <span class="soft">(<${Ago} at=${home.as_of} />)</span>` : t("never")}</dd></div>
			<div><dt>${t("queue")}</dt><dd>${home.queue_depth ? t("queue_n", { n: home.queue_depth }) : t("queue_none")}</dd></div>
			<div><dt>${t("facility_id")}</dt><dd><code>${home.id}</code></dd></div>
			<div><dt>${t("place_on_map")}</dt><dd>${home.latitude === null ? t("not_placed") : `${number(home.latitude, { maximumFractionDigits: 4 })}, ${number(home.longitude, { maximumFractionDigits: 4 })}`}</dd></div>
		</dl>
		<h2>${t("open_alerts")}</h2>
		${alerts.length ? html`<${AlertList} alerts=${alerts} />` : html`<p class="soft">${t("no_alerts")}</p>`}
	</div>`;
}

const tabs = [
	{ name: "beds", draw: Beds, offered: () => true },
	{ name: "history", draw: History, offered: () => may.seeHistory() },
	{ name: "trend", draw: Trend, offered: () => may.seeHistory() },
	{ name: "feed", draw: Feed, offered: () => true },
];

export function Facility({ parts, query }) {
	const id = parts[1] ?? me().facility_id;
	const version = useTopics(picture.changedRows, picture.changedHomes);
	const [answer, again] = useAnswer(path`api/facilities/${id}`);
	// What the stream tells of a home is newer than what was asked for once.
	const home = picture.homes.get(id) ?? (answer?.ok ? answer.data : null);
	const live = useMemo(() => picture.rowsOf(id), [version, id]);
	const closed = home?.status === "closed";
	const rows = closed ? [] : live.length ? live : (answer?.ok ? answer.data.rows : []);
	// The contact and the queue are not in the stream: asked for again now and then.
	useEffect(() => {
		const timer = setInterval(again, 60e3);
		return () => clearInterval(timer);
	}, [id]);
	if (answer && !answer.ok && !home)
		return html`<${Failed} answer=${answer} again=${again} />`;
	if (!home)
		return html`<${Waiting} />`;
	const closedAt = home.closed_at ?? (answer?.ok ? answer.data.closed_at : null);
	const full = answer?.ok ? { ...answer.data, ...home, last_contact_at: answer.data.last_contact_at, queue_depth: answer.data.queue_depth } : home;
	const offered = tabs.filter((tab) => tab.offered() && !(closed && tab.name === "beds"));
	const tab = offered.find((each) => each.name === parts[2]) ?? offered[0];
	return html`<div class="facility-page">
		<header class="facility-head">
			${may.searchAll() && html`<a class="back" href="#/"><${Icon} name="back" />${t("back_to_search")}</a>`}
			<h1>${home.name}</h1>
			<p class="soft">${[home.address?.text, home.region_name].filter(Boolean).join(" · ")}</p>
			<${Trust} of=${home} />
			${closed && html`<p class="notice">${t("home_closed", { at: moment(closedAt) })}</p>`}
		</header>
		<${Wards} rows=${rows} />
		<nav class="tabs" aria-label=${home.name}>${offered.map(({ name }) => html`<a key=${name} href=${address(["homes", id, name])} aria-current=${name === tab.name ? "page" : undefined}>${t(name)}</a>`)}</nav>
		<${tab.draw} key=${tab.name} home=${full} rows=${rows} query=${query} />
	</div>`;
}
