// What is administered: a table of lists, their columns and their fields. The region checks every value; what it says of a field is
// shown beside it.

import { named, reasonText, t } from "../lib/i18n.js";
import { picture } from "../lib/picture.js";
import { may, me } from "../lib/session.js";
import { moment, stamp } from "../lib/time.js";
import { actions, actionText } from "./actions.js";
import { Deliveries } from "./deliveries.js";

const roles = ["FACILITY_STAFF", "FACILITY_MANAGER", "REGIONAL_COORDINATOR", "SYSTEM_ADMIN"];
const rules = ["low", "critical", "offline", "conflict", "gap", "clock_skew", "digest_mismatch", "feed_silent"];

const choices = (codes, text = (code) => t(code)) => () => codes.map((code) => [code, text(code)]);
const none = () => ["", t("none_chosen")];
const byName = () => [...picture.homes.values()].map((h) => [h.id, h.name]).sort((a, b) => a[1].localeCompare(b[1]));
const homes = () => [none(), ...byName()];
const anyHome = () => [["", t("all")], ...byName()];
const regions = () => [none(), ...new Map([...picture.homes.values()].map((h) => [h.region_id, h.region_name]))];
const homeName = (id) => (id ? picture.homes.get(id)?.name ?? id : null);
const regionName = (id) => (id ? [...picture.homes.values()].find((h) => h.region_id === id)?.region_name ?? id : null);
const where = (x) => homeName(x.facility_id) ?? regionName(x.region_id) ?? t("everywhere");

const inOneYear = () => new Date(picture.now() + 365 * 864e5).toISOString();

const scope = [
	{ name: "facility_id", text: "facility", kind: "select", options: homes, nullable: true },
	{ name: "region_id", text: "region", kind: "select", options: regions, nullable: true },
];

// How an API token stands.
const tokenState = (x) => t(x.revoked_at ? "revoked" : x.expires_at && Date.parse(x.expires_at) <= picture.now() ? "expired" : "active");

// An access log's detail in a line: what was changed, from what to what; else as it stands there.
function detailOf(detail) {
	const shown = (v) => (v === null || v === "" ? "–" : typeof v === "object" ? JSON.stringify(v) : String(v));
	return Object.entries(detail ?? {}).map(([key, value]) => (key === "changed" && value ? Object.entries(value).map(([field, [was, is]]) => `${field}: ${shown(was)} → ${shown(is)}`).join(", ") : `${key}: ${shown(value)}`)).join(", ");
}

// An action is sent when it is asked for a second time, where it says so (sure) or wants to know something (asks: a field); the
// sheet stays open where it says so (stays). once: what of a new thing is told this one time. below: what stands under its fields.
// A column: [text key, value of a thing]. A field: {name (with dots for what lies inside), text, kind, options, on: "add" | "change", when: of what
// thing as it stands in the sheet}.
export const things = [
	{
		name: "facilities", key: "facilities", text: "a_facilities", one: "a_facility", offered: () => may.administer(), titleOf: (x) => x.name,
		columns: [["facility", (x) => x.name], ["facility_id", (x) => x.id], ["status", (x) => t(x.state === "closed" ? "closed" : x.status)], ["beds", (x) => x.beds], ["last_contact", (x) => moment(x.last_contact_at)]],
		fields: [
			{ name: "id", text: "facility_id", on: "add", required: true, hint: "fac_…" }, { name: "name", text: "facility", required: true },
			{ name: "region_id", text: "region", kind: "select", options: regions, required: true }, { name: "address.text", text: "address" },
			{ name: "latitude", text: "latitude", kind: "number" }, { name: "longitude", text: "longitude", kind: "number" }, { name: "timezone", text: "timezone", fallback: "Europe/Oslo" },
			{ name: "conflict_policy", text: "conflict_policy", kind: "select", options: choices(["hold", "source_wins", "latest_wins"]), fallback: "hold" },
			{ name: "default_care_level", text: "default_care_level", kind: "select", options: choices(["light", "medium", "intensive"], named), fallback: "medium" },
			{ name: "auto_register", text: "auto_register", kind: "check", fallback: true },
		],
		actions: [{ name: "revoke", text: "a_revoke", sure: "a_revoke_sure", offered: (x) => x.state !== "closed" }],
	},
	{
		name: "users", key: "users", text: "a_users", one: "a_user", offered: () => may.administer(), titleOf: (x) => x.name,
		columns: [["name", (x) => x.name], ["user", (x) => x.login], ["role", (x) => t(x.role)], ["scope", (x) => (x.role === "SYSTEM_ADMIN" ? t("everywhere") : where(x))], ["last_login", (x) => moment(x.last_login_at)], ["status", (x) => t(x.disabled ? "disabled" : "active")]],
		fields: [
			{ name: "login", text: "user", on: "add", required: true }, { name: "name", text: "name", required: true },
			{ name: "role", text: "role", kind: "select", options: choices(roles), fallback: "FACILITY_STAFF" }, ...scope,
			{ name: "password", text: "password", kind: "password", on: "add" }, { name: "disabled", text: "disabled", kind: "check", on: "change" },
		],
		actions: [{ name: "password", text: "a_password", sure: "a_password_sure", asks: { name: "password", text: "password_new", kind: "password" }, offered: (x) => !x.disabled }, { name: "logout", text: "a_logout", sure: "a_logout_sure", offered: (x) => x.sessions > 0 }],
	},
	{
		name: "tokens", key: "tokens", text: "a_tokens", one: "a_token", offered: () => may.administer(), titleOf: (x) => x.name, once: { name: "token", note: "token_once" },
		columns: [["name", (x) => x.name], ["role", (x) => t(x.role)], ["scope", (x) => (x.role === "SYSTEM_ADMIN" ? t("everywhere") : where(x))], ["made", (x) => moment(x.created_at)], ["expires", (x) => (x.expires_at ? moment(x.expires_at) : t("never"))], ["last_used", (x) => (x.last_used_at ? moment(x.last_used_at) : t("never"))], ["status", tokenState]],
		fields: [
			{ name: "name", text: "name", on: "add", required: true, hint: "Kommunens portal" }, { name: "role", text: "role", kind: "select", options: choices(roles), fallback: "REGIONAL_COORDINATOR", on: "add" }, ...scope.map((f) => ({ ...f, on: "add" })),
			{ name: "expires_at", text: "expires", kind: "time", on: "add", fallback: () => inOneYear(), help: "expires_help" },
		],
		actions: [{ name: "revoke", text: "a_token_revoke", sure: "a_token_revoke_sure", offered: (x) => !x.revoked_at }],
	},
	{
		name: "thresholds", key: "thresholds", text: "a_thresholds", one: "a_threshold", offered: () => may.administer(), removable: "a_remove_sure", titleOf: (x) => `${t(`r_${x.rule}`)} · ${where(x)}`,
		columns: [["rule", (x) => t(`r_${x.rule}`)], ["scope", where], ["ward", (x) => (x.ward ? named(x.ward) : t("all"))], ["threshold", (x) => (x.threshold === null ? "–" : `${x.threshold} ${x.unit ? t(`u_${x.unit}`) : ""}`)], ["status", (x) => t(x.enabled ? "on" : "off")], ["who", (x) => x.set_by]],
		fields: [
			{ name: "rule", text: "rule", kind: "select", options: choices(rules, (r) => t(`r_${r}`)), fallback: "low", on: "add" }, ...scope.map((f) => ({ ...f, on: "add" })), { name: "ward", text: "ward", on: "add", hint: "dementia" },
			{ name: "threshold", text: "threshold", kind: "number", nullable: true }, { name: "enabled", text: "alerts_on", kind: "check", fallback: true },
		],
	},
	{
		name: "subscriptions", key: "subscriptions", text: "a_subscriptions", one: "a_subscription", offered: () => may.acknowledge(), removable: "a_remove_sure", titleOf: (x) => x.target,
		columns: [["target", (x) => x.target], ["channel", (x) => t(`c_${x.channel}`)], ["scope", where], ["rule", (x) => (x.rule ? t(`r_${x.rule}`) : t("all"))], ["last_delivered", (x) => moment(x.last_delivered_at)], ["waiting", (x) => x.waiting], ["last_error", (x) => x.last_error ?? "–"]],
		fields: [
			{ name: "channel", text: "channel", kind: "select", options: choices(["email", "webhook", "push"], (c) => t(`c_${c}`)), fallback: "email", on: "add" }, { name: "target", text: "target", required: true, hint: "vakt@kommune.example" },
			{ name: "secret", text: "secret", kind: "password", help: "secret_help", when: (x) => x.channel !== "email" }, { ...scope[0], fallback: () => me().facility_id ?? "" }, { ...scope[1], fallback: () => me().region_id ?? "" },
			{ name: "rule", text: "rule", kind: "select", options: () => [["", t("all")], ...rules.map((r) => [r, t(`r_${r}`)])], nullable: true }, { name: "language", text: "language", kind: "select", options: () => [["nb", "Norsk"], ["en", "English"]], fallback: "nb" },
		],
		actions: [{ name: "test", text: "a_test", offered: (x) => !x.ended_at, stays: true, done: "a_test_done" }], below: Deliveries,
	},
];

export const logs = [
	{
		name: "audit", where: "api/audit", text: "a_audit", offered: () => may.administer(), csv: true,
		filters: [["facility", "facility", anyHome], ["bed", "bed"], ["changed_by", "who"], ["outcome", "outcome", () => [["", t("all")], ...["applied", "converged", "late", "conflict"].map((o) => [o, t(`o_${o}`)])]], ["from", "from", "time"], ["to", "to", "time"]],
		columns: [["learned", (r) => stamp(r.received_at)], ["when", (r) => stamp(r.changed_at)], ["facility", (r) => homeName(r.facility_id)], ["bed", (r) => r.bed_id], ["what", (r) => `${r.held_status ? t(`b_${r.held_status}`) : "–"} → ${t(`b_${r.new_status}`)}`], ["reason", (r) => reasonText(r.reason)], ["who", (r) => r.changed_by ?? "–"], ["outcome", (r) => t(`o_${r.outcome}`)], ["hash", (r) => r.hash.slice(0, 10)]],
		keyOf: (r) => `${r.facility_id} ${r.n}`,
	},
	{
		name: "access-log", where: "api/admin/access-log", text: "a_access", offered: () => may.administer(), csv: true,
		filters: [["who", "who"], ["action", "what", () => [["", t("all")], ...actions()]], ["facility", "facility", anyHome], ["denied", "outcome", () => [["", t("all")], ["true", t("denied_only")]]], ["from", "from", "time"], ["to", "to", "time"]],
		columns: [["when", (r) => stamp(r.at)], ["who", (r) => r.who ?? "–"], ["role", (r) => (r.role ? t(r.role) : "–")], ["what", (r) => actionText(r.action)], ["facility", (r) => homeName(r.facility_id) ?? "–"], ["source", (r) => r.source_ip ?? "–"], ["outcome", (r) => t(r.allowed ? "allowed" : "denied")], ["detail", (r) => detailOf(r.detail) || "–"]],
		keyOf: (r) => r.id,
	},
];
