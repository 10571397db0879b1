// English. The same keys as in Bokmål.

export default {
	skip: "Skip to content", language: "Language", theme: "Appearance", theme_auto: "Like the system", theme_light: "Light", theme_dark: "Dark",
	loading: "Loading …", close: "Close", cancel: "Cancel", try_again: "Try again", all: "All", reset: "Reset", undo: "Undo", save: "Save", more: "Show more",
	unreachable: "The service cannot be reached now.", forbidden: "Your role has no access to this.", not_found: "Not there, or outside of what you may see.",
	away: "The database is away just now. Try again in a moment.", failed: "That did not work. Try again.",

	log_in: "Log in", log_out: "Log out", login_title: "Log in", login_text: "Free care-home beds, right now.", login_help: "Whoever administers Bedpost for you gives you access.",
	user: "User name", password: "Password", token: "Access token", with_token: "Use an access token", with_password: "Use user name and password",
	login_bad: "User name and password do not fit.", token_bad: "This token is not valid.", login_limited: "Too many attempts. Wait half a minute.", login_away: "The service cannot be reached now. Try again in a moment.",
	or: "or",

	nav: "Main menu", nav_search: "Find a bed", nav_home: "My home", nav_alerts: "Alerts", nav_conflicts: "Conflicts", nav_admin: "Administration", account: "Account",
	FACILITY_STAFF: "Staff", FACILITY_MANAGER: "Manager", REGIONAL_COORDINATOR: "Coordinator", SYSTEM_ADMIN: "Administrator",
	live: "Live", connecting: "Connecting …", lost: "Lost", lost_since: "Connection lost since {time}. The numbers are from then. Trying again …",

	search_title: "Free beds now", ask: "What are you looking for?", ask_hint: "Place, home, ward, level", ask_example: "e.g. “intensive dementia Majorstua”",
	near_x: "Near {name}", at_point: "chosen point", kind_place: "place", kind_home: "home", kind_all: "search", open_home: "Open {name}", words_x: "“{text}” in name or address",
	region: "Region", ward: "Ward", care_level: "Care level", min_free: "At least free", only_fresh: "Fresh numbers only", sort: "Order",
	by_free: "Most free", by_distance: "Nearest", by_name: "Name", by_age: "Oldest numbers", filters: "Filters",
	facility: "Home", free: "Free", distance: "Distance", trust: "Can I trust it?", level: "Level", home: "Home", status: "Status",
	total: "Beds", of_total: "of {total}", km: "{km} km",
	bar: "{available} free, {reserved} reserved, {occupied} occupied, {maintenance} in maintenance, {unconfirmed} unconfirmed",
	fresh: "Fresh", stale: "Out of date", offline: "No contact", fresh_long: "Fresh numbers", never: "never", just_now: "just now", ago_minute: "{n} min ago", ago_hour: "{n} h ago", ago_day_one: "{n} day ago", ago_day_other: "{n} days ago",
	count_one: "{n} match", count_other: "{n} matches", in_homes_one: "in {n} home", in_homes_other: "in {n} homes",
	empty: "No bed fits.", empty_try: "Try without:", empty_all: "No home has reported yet.", show_all: "Show all {n}", not_fresh_one: "{n} is not fresh", not_fresh_other: "{n} are not fresh",
	homes_fresh: "fresh", homes_stale: "out of date", homes_offline: "no contact",
	t_available: "Free", t_reserved: "Reserved", t_occupied: "Occupied", t_maintenance: "Maintenance", t_unconfirmed: "Unconfirmed", t_total: "Beds in all", t_homes: "Homes",
	n_homes_one: "{n} home", n_homes_other: "{n} homes", map: "Map", map_label: "Map of {n} homes. The table holds the same.", map_hint: "Click in the map to search from there.", zoom_in: "Closer", zoom_out: "Farther", zoom_fit: "Show all",
	csv: "Download CSV", printed: "Printed {at}. The numbers are of that time.",

	beds: "Beds", history: "History", trend: "Trend", feed: "Data feed", back_to_search: "Back to search", not_placed: "Not on the map",
	b_available: "Free", b_reserved: "Reserved", b_occupied: "Occupied", b_maintenance: "Maintenance", b_unconfirmed: "Unconfirmed",
	bed: "Bed", room: "Room {room}", set_to: "Set to", since: "since {at}", unconfirmed_note: "Two sources disagree about this bed. It does not count as free until someone settles it.",
	set_done: "{bed}: {status}", set_undone: "{bed}: back to {status}", not_saved: "NOT SAVED", not_saved_text: "{bed} was not set to {status}. There is no connection.", unknown_saved_text: "No answer: it is not certain that {bed} was set to {status}. Look again when the line is back.",
	offline_sheet: "There is no connection. Changes are not saved now.", offline_board: "Use the board in the house while the line is down: it keeps what you set.",
	changed_meanwhile: "Somebody else changed this bed", changed_text: "{bed} was set to “{now}” at {at}, after you saw it.", set_anyway: "Set to {status} anyway", leave_it: "Leave it as {status}", already_so: "{bed} was {status} already.",
	is_now: "Now", all_beds: "All beds", one_bed_history: "This bed's history",
	last_contact: "Last contact", known_through: "Numbers hold through", queue: "Waiting at the home", queue_none: "Nothing waits", queue_n_one: "{n} change waits", queue_n_other: "{n} changes wait", facility_id: "Id", place_on_map: "Position", address: "Address",
	home_closed: "This home was closed {at}: its beds are not counted and cannot be offered. Its history stays.", feed_closed: "The home is closed: nothing is taken from it.", feed_fresh: "Changes arrive. The numbers can be trusted.", feed_stale: "The home is in contact, but its numbers are older than they should be. Call before you send anybody.", feed_offline: "The home has not been heard of. These are the last numbers we got. Call before you send anybody.",
	open_alerts: "Open alerts", no_alerts: "No open alerts.",

	as_of: "As it was", as_of_now: "Now", known_at: "As we knew it", known_at_help: "Without what we learned later", when: "When", learned: "Learned", what: "What", who: "Who", reason: "Reason", outcome: "Outcome", from: "From", to: "To", all_of_home: "The whole home", no_events: "No events here.", beds_then: "The beds at {at}",
	o_applied: "Applied", o_converged: "Known already", o_late: "Late", o_conflict: "Conflict", events_title: "Events",
	chart_title: "Free beds over time", days_n: "{n} days", day_1: "24 hours", chart_label: "Free beds from {from} to {to}: lowest {min}, highest {max}, now {now}.", chart_free: "Free", chart_total: "Beds", chart_note: "By the time it happened at the home.", chart_short: "Many changes: shown from {from}.",

	alerts_title: "Alerts", alerts_none: "No open alerts. Good.", show_open: "Open", show_all_alerts: "All", acknowledge: "Acknowledge", acknowledged: "Acknowledged by {who} {at}", cleared: "Over {at}", cleared_closed: "Home closed {at}", opened: "Opened", rule: "Rule", ack_note: "What is done", n_seen: "Seen", n_in_progress: "We are on it", n_passed_on: "Passed on", n_planned: "Planned", n_false_alarm: "False alarm", alert_seen: "The alert is acknowledged.",
	r_low: "Few free", r_critical: "None free", r_offline: "No contact", r_conflict: "Conflict", r_gap: "Gap in events", r_clock_skew: "Clock is off", r_digest_mismatch: "Two pictures", r_feed_silent: "EHR is silent",
	e_low_one: "{ward}: {value} free, the threshold is {threshold}", e_low_other: "{ward}: {value} free, the threshold is {threshold}", e_critical: "{ward}", e_offline: "The home was not heard of", e_conflict: "Open conflicts: {value}", e_gap: "Events are missing", e_clock_skew: "The clock is {value} seconds off", e_digest_mismatch: "Home and region disagree about the state", e_feed_silent: "No changes from the EHR for long",

	conflicts_title: "Conflicts", conflicts_none: "No open conflicts. Good.", conflicts_text: "Two sources disagree about a bed. It does not count as free until someone has settled it.", show_settled: "Settled", held: "The region held", branch: "The other source says", held_note: "from before the conflict", events_n_one: "{n} event, last told", events_n_other: "{n} events, last told", settle: "Settle", settle_title: "What is right?", settle_reason: "How do you know?", settled_as: "Settled: {status}, by {who} {at}", settled: "The conflict is settled.", settled_already: "Somebody else has settled this one.", see_history: "See the history",
	x_bed_checked: "Looked in the room", x_home_confirmed: "The home confirmed", x_keying_error: "Keying error", x_late_entry: "Entered late", x_system_error: "System error", x_other: "Other",
	x_admit: "Admitted", x_discharge: "Discharged", x_transfer: "Transferred", x_preadmit: "Expected", x_pending_admit: "Expected", x_pending_transfer: "Transfer expected", x_in_transit: "In transit", x_leave_of_absence: "On leave", x_return: "Returned", x_admit_cancelled: "Admission cancelled", x_transfer_cancelled: "Transfer cancelled", x_discharge_cancelled: "Discharge cancelled", x_reservation_cancelled: "Reservation cancelled", x_leave_cancelled: "Leave cancelled", x_return_cancelled: "Return cancelled", x_tracking_cancelled: "Cancelled", x_swap: "Swapped", x_housekeeping: "Housekeeping", x_cleaning: "Cleaning", x_contaminated: "Contaminated", x_isolation: "Isolation", x_closed: "Closed", x_opened: "Opened", x_status_update: "Status message", x_census: "Census", x_manual: "Set by hand", x_resolved: "Settled", x_patient_admitted: "Admitted", x_patient_discharged: "Discharged",

	password_change: "Change password", password_old: "Password now", password_new: "New password, at least 12 characters", password_again: "New password once more", password_wrong: "The password now is not right.", password_bad: "The new password is too short, or too like the old one.", password_differs: "The two new ones differ.", password_done: "The password is changed. Other sessions are logged out.",
	a_facilities: "Homes", a_facility: "New home", a_users: "Users", a_user: "New user", a_thresholds: "Thresholds", a_threshold: "New threshold", a_subscriptions: "Subscriptions", a_subscription: "New subscription", a_audit: "Audit log", a_access: "Access log",
	a_revoke: "Close", a_revoke_sure: "The home's certificates will be refused for ever. Press once more to close it.", a_password: "Set password", a_password_sure: "The user is logged out everywhere. Type the new password, and press once more.", a_logout: "Log out everywhere", a_logout_sure: "The user's sessions end. Press once more.", a_remove_sure: "Press once more to remove it.", a_test: "Send a test", remove: "Remove", saved: "Saved.", done: "Done.", changed_by_other: "Somebody else changed this meanwhile. Close it and open it again.", nothing_here: "Nothing here.", search: "Search",
	name: "Name", role: "Role", scope: "Holds for", everywhere: "Everywhere", none_chosen: "None", last_login: "Last login", active: "Active", disabled: "Disabled", closed: "Closed", on: "On", off: "Off", threshold: "Threshold", alerts_on: "Alert", u_beds: "beds", u_seconds: "seconds", u_events: "events", channel: "Channel", target: "Recipient", secret: "Secret", secret_help: "Signs webhooks (at least 16 characters); never shown again.", waiting: "Waiting", last_error: "Last error", c_email: "E-mail", c_webhook: "Webhook", c_push: "Push",
	latitude: "Latitude", longitude: "Longitude", timezone: "Time zone", conflict_policy: "In a conflict", hold: "Hold until settled", source_wins: "The source wins", latest_wins: "The latest wins", default_care_level: "Level where none is told", auto_register: "New beds register themselves", hash: "Hash", source: "From address", allowed: "Allowed", denied: "Denied", denied_only: "Denied only",

	w_light: "Light", w_medium: "Medium", w_intensive: "Intensive",
	w_dementia: "Dementia", w_rehabilitation: "Rehabilitation", w_somatic: "Somatic", w_palliative: "Palliative", w_respite: "Respite", w_short_term: "Short term", w_short_stay: "Short stay", w_general: "General", w_long_term: "Long term", w_psychiatric: "Psychiatric", w_unassigned: "Unassigned",

	busy: "Many are asking now. Wait a little, and try again.",
	nav_reports: "Reports", rep_title: "Reports", rep_which: "Which report", rep_days: "Days", rep_days30: "Last 30 days", rep_days7: "Last 7 days", rep_month: "This month", rep_last_month: "Last month", rep_own: "Own dates",
	rep_first_day: "First day", rep_last_day: "Last day", rep_choose_home: "Choose a home", rep_show: "Show", rep_making: "The report is being made …",
	rep_needs_home: "Choose a home: this report is about one.", rep_needs_days: "Choose both the first and the last day.", rep_days_turned: "The last day lies before the first.", rep_too_long: "The period is too long: 3700 days at most, some ten years.",
	rep_took_too_long: "The report took too long. Ask for fewer days or fewer homes.", rep_yours_busy: "Three reports are being made for you already. Wait until one is done.", rep_failed: "The report could not be made. Try again, or tell those who run the service.",
	rep_bad_parameter: "Something in the question makes no sense. Look at the fields.", rep_too_large: "The report is too large to be shown here. Download it instead.",
	csv_cut: "The file has the newest {lines} lines. Narrow the time to get the rest.", detail: "Details", made: "Made", expires: "Expires", expires_help: "Empty: never.", expired: "Expired", revoked: "Revoked", last_used: "Last used", last_delivered: "Last delivered",
	a_tokens: "Access tokens", a_token: "New access token", a_token_revoke: "Revoke", a_token_revoke_sure: "Programs that use this token get in no more. Press once more.", token_once: "Copy the token now, to the program that will use it. It is never shown again.", copy: "Copy", copied: "Copied.", copy_by_hand: "Selected. Copy it with Ctrl+C.", once_done: "I have it",
	a_test_done: "The test message is on its way. See below whether it arrived.", r_test: "Test", d_title: "Sent", d_none: "Nothing has been sent yet.", d_delivered: "Delivered {at}", d_failed: "Given up {at}", d_again: "Next try {at}", d_waiting: "Waits to be sent", d_retried: "It is being tried again.", d_not_yet: "It is on its way already, or was given up less than a minute ago. Wait a little, and try again.", own_code: "own code", shown_of: "{shown} of {all}", day: "What happened on", d_tries_one: "{n} try", d_tries_other: "{n} tries",
};
