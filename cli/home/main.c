/* bedpost: the table of its commands. */
#include <signal.h>

#include "config.h"

#include "base/digest.h"
#include "cli/home/commands.h"
#include "outbox/home.h"
#include "watcher/confine.h"

static const struct command_option try_options[] = {
    {"adapter", 'a', COMMAND_STRING, offsetof(struct try_options, adapter), "NAME|FILE",
     "the adapter, by name or by its YAML file"},
    {"format", 'f', COMMAND_STRING, offsetof(struct try_options, format), "hl7|csv|xml",
     "the built-in reading, without an adapter"},
    {"facility", 0, COMMAND_STRING, offsetof(struct try_options, facility), "FACILITY",
     "whose beds they are (default: the home's)"},
    {"zone", 0, COMMAND_STRING, offsetof(struct try_options, zone), "ZONE",
     "time zone of local times (default: the home's)"},
    {"limit", 'n', COMMAND_INT, offsetof(struct try_options, limit), "N",
     "print at most N events (default 10000; 0: all)", .by_default = 10000},
    {0},
};

static const struct command_option new_options[] = {
    {"name", 0, COMMAND_STRING, offsetof(struct new_options, name), "NAME",
     "the adapter's name (default: from the sample's)"},
    {"facility", 0, COMMAND_STRING, offsetof(struct new_options, facility), "FACILITY",
     "whose beds they are (default: the home's)"},
    {"zone", 0, COMMAND_STRING, offsetof(struct new_options, zone), "ZONE",
     "time zone of local times (default: the home's, else guessed)"},
    {"output", 'o', COMMAND_STRING, offsetof(struct new_options, output), "FILE",
     "write the adapter there (an existing file is never overwritten)"},
    {0},
};

static const struct command_option test_options[] = {
    {"facility", 0, COMMAND_STRING, offsetof(struct test_options, facility), "FACILITY",
     "whose beds they are (default: as expected)"},
    {"update", 'u', COMMAND_FLAG, offsetof(struct test_options, update), NULL,
     "take over what the adapter makes now as what is expected, and tell the differences"},
    {"junit", 0, COMMAND_STRING, offsetof(struct test_options, junit), "FILE",
     "also write the result as JUnit XML"},
    {0},
};

static const struct command_option files_options[] = {
    {"after", 0, COMMAND_INT, offsetof(struct list_options, after), "ID",
     "what follows this one in the list: the next page"},
    {"limit", 'n', COMMAND_INT, offsetof(struct list_options, limit), "N",
     "at most N files (default 100; 0: all)", .by_default = 100},
    {0},
};

static const struct command_option release_options[] = {
    {"dry-run", 0, COMMAND_FLAG, offsetof(struct replay_options, dry_run), NULL,
     "tell what would come of it now, and change nothing"},
    {0},
};

static const char show_help[] =
    "A census that says of too many beds something else than is known is held (hold: in its "
    "adapter). This shows each bed that\n"
    "it would change, or that it does not list any more. FILE is its number or its name.";

static const char release_help[] =
    "Takes a held census in, as if it came now but with its own times: what is newer at a bed "
    "stays. FILE is its number in\n"
    "`bedpost files`, or its name. It is one transaction: a crash repeats or completes.";

static const char reject_help[] =
    "Refuses a held census: none of it is taken, and the file stays among the rejected ones. FILE "
    "is its number in `bedpost\n"
    "files`, or its name. Who changes their mind: `bedpost quarantine replay FILE --refused`.";

static const struct command_option quarantine_options[] = {
    {"file", 0, COMMAND_INT, offsetof(struct list_options, file), "ID",
     "of this file of the ledger (see bedpost files)"},
    {"after", 0, COMMAND_INT, offsetof(struct list_options, after), "ID",
     "what follows this one in the list: the next page"},
    {"limit", 'n', COMMAND_INT, offsetof(struct list_options, limit), "N",
     "at most N rows (default 100; 0: all)", .by_default = 100},
    {0},
};

static const struct command_option replay_options[] = {
    {"adapter", 'a', COMMAND_STRING, offsetof(struct replay_options, adapter), "NAME",
     "only files of this adapter"},
    {"file", 0, COMMAND_INT, offsetof(struct replay_options, file), "ID",
     "this file of the ledger (see bedpost files)"},
    {"from", 0, COMMAND_STRING, offsetof(struct replay_options, from), "FILE",
     "the file's bytes, where the archive is sealed (see bedpost archive open); only that file is "
     "read"},
    {"refused", 0, COMMAND_FLAG, offsetof(struct replay_options, refused), NULL,
     "the census that is named, although a person refused it"},
    {"far-off", 0, COMMAND_FLAG, offsetof(struct replay_options, far_off), NULL,
     "records in quarantine of the census that is named, although they change more beds than its "
     "adapter allows"},
    {"dry-run", 0, COMMAND_FLAG, offsetof(struct replay_options, dry_run), NULL,
     "tell what would come of it, and change nothing"},
    {0},
};

static const char replay_help[] =
    "Reads files of the archive again with the adapters as they are now: a record in quarantine "
    "becomes an event, exactly\n"
    "once, with the time at which it happened; of a rejected file all records count. Without an "
    "operand, all files that\n"
    "have something in quarantine or were rejected. ID is a record of `bedpost quarantine list`: "
    "its whole file is read;\n"
    "FILE is a file's name. A file is read in one transaction with its ledger row and its "
    "quarantine.\n"
    "\n"
    "A census is measured as one that is dropped: a rejected one that is far off is held now "
    "(bedpost files show, then files\n"
    "release or files reject); of one that was taken, what is in quarantine stays there. One that "
    "a person refused is passed\n"
    "over, unless it is named with --refused. What a newer census told of a bed stands.\n"
    "\n"
    "Exit code: 0 nothing is left in quarantine, 1 something is, a census is held, or a file is "
    "not in the archive any "
    "more.";

static const struct command_option explain_options[] = {
    {"file", 0, COMMAND_INT, offsetof(struct explain_options, file), "ID",
     "the file with this id (see bedpost files), in place of the operand"},
    {"from", 0, COMMAND_STRING, offsetof(struct explain_options, from), "FILE",
     "the file's bytes, where the archive is sealed (see bedpost archive open)"},
    {"line", 'l', COMMAND_INT, offsetof(struct explain_options, line), "N",
     "only the record in which this line of the file stands"},
    {"limit", 'n', COMMAND_INT, offsetof(struct explain_options, limit), "N",
     "at most N records (default 1000; 0: all); of a bed the last N events (default 20)",
     .by_default = EXPLAIN_LIMIT},
    {0},
};

static const char explain_help[] =
    "Of a file: each record with its line and bytes, what was made of it, or why nothing was; the "
    "event's seq, the road it\n"
    "took, what the region answered and when. FILE is a path or a name, as for bedpost files. Of a "
    "bed: how it stands and\n"
    "who set it, and its events, each with the file and line it came from and the region's "
    "answer.\n"
    "REGION is applied, converged, late, conflict, duplicate, rejected, or waiting: not answered "
    "yet.\n"
    "Lines are told by reading the file again in the archive: one that is sealed is opened with "
    "bedpost archive open and\n"
    "named with --from; one that was deleted is explained without. No other value of the file is "
    "shown than the event's.\n"
    "\n"
    "Exit code: 0 it is known, 3 it is not.";

static const struct command_option outbox_options[] = {
    {"all", 0, COMMAND_FLAG, offsetof(struct list_options, all), NULL,
     "also those the region has acknowledged"},
    {"dead", 0, COMMAND_FLAG, offsetof(struct list_options, dead), NULL,
     "those that the region refused for good, and why"},
    {"after", 0, COMMAND_INT, offsetof(struct list_options, after), "SEQ", "only after this seq"},
    {"limit", 'n', COMMAND_INT, offsetof(struct list_options, limit), "N",
     "at most N events (default 100; 0: all)", .by_default = 100},
    {0},
};

static const struct command_option export_options[] = {
    {"all", 0, COMMAND_FLAG, offsetof(struct list_options, all), NULL,
     "also those the region has acknowledged"},
    {"after", 0, COMMAND_INT, offsetof(struct list_options, after), "SEQ", "only after this seq"},
    {"limit", 'n', COMMAND_INT, offsetof(struct list_options, limit), "N",
     "at most N events (default: all)"},
    {0},
};

static const char export_help[] = "What waits for the region, as it would go there (NDJSON, with "
				  "its seq), oldest first. For those "
				  "who look for one event or\n"
				  "want a copy before an outbox is moved away. Nothing is changed.";

static const struct command_option bed_options[] = {
    {"ward", 0, COMMAND_STRING, offsetof(struct list_options, ward), "WARD", "only of this ward"},
    {"status", 0, COMMAND_STRING, offsetof(struct list_options, status), "STATUS",
     "only with this status"},
    {"limit", 'n', COMMAND_INT, offsetof(struct list_options, limit), "N",
     "at most N beds (default: all)"},
    {0},
};

static const struct command_option bed_set_options[] = {
    {"was", 0, COMMAND_STRING, offsetof(struct bed_set_options, was), "STATUS",
     "only if the bed has this status now"},
    {"reason", 0, COMMAND_STRING, offsetof(struct bed_set_options, reason), "CODE",
     "why, as a code (default: manual)"},
    {"by", 0, COMMAND_STRING, offsetof(struct bed_set_options, by), "USER",
     "who sets it (default: user_ and the account's name)"},
    {"key", 0, COMMAND_STRING, offsetof(struct bed_set_options, key), "KEY",
     "16 to 64 characters: the same key again makes no second event"},
    {0},
};

static const char bed_set_help[] =
    "STATUS is available, occupied, reserved or maintenance. The change goes into the outbox as "
    "from the board, and to the\n"
    "region as soon as there is a line. Run it as root or as the watcher's account.\n"
    "\n"
    "Exit code: 0 the bed has the status, 1 it was another than --was and nothing was changed, 3 "
    "this home has no such bed.";

static const struct command_option pin_options[] = {
    {"stdin", 0, COMMAND_FLAG, offsetof(struct board_pin_options, from_stdin), NULL,
     "the first line of standard input is the PIN; without it the terminal is asked"},
    {"remove", 0, COMMAND_FLAG, offsetof(struct board_pin_options, remove), NULL,
     "take the PIN away; whoever used it is logged out"},
    {0},
};

static const char pin_help[] =
    "NAME goes into changed_by: \"kari\" makes user_kari. A PIN has 4 to 12 digits; six are a "
    "good number. It is kept as an\n"
    "argon2id hash, counts at once, and replaces the one that NAME had.";

static const struct command_option status_options[] = {
    {"watch", 'w', COMMAND_FLAG, offsetof(struct status_options, watch), NULL,
     "look again every two seconds, until Ctrl-C"},
    {0},
};

static const char status_help[] =
    "Each fault in words, with what to do; then how far home and region agree, the queue, the "
    "roads. "
    "Asks nobody: the doctor\n"
    "does.\n"
    "\n"
    "Exit code: 0 all is well, 6 it works but somebody should look, 1 something does not work.";

static const struct command_option doctor_options[] = {
    {"write", 0, COMMAND_FLAG, offsetof(struct doctor_options, write), NULL,
     "over SFTP also put an empty hidden file into the inbox, and remove it"},
    {0},
};

static const char doctor_help[] =
    "Checks configuration, outbox, disk, daemons, adapters, folders and their rights, enrolment "
    "and "
    "certificates, and tries\n"
    "each road to the region: name, connection, certificates or keys, answer, clock. Each line is "
    "ok, warn, fail or skip (not\n"
    "looked at), with what to do. Nothing is changed. Run it as root or as the services' account.\n"
    "\n"
    "Exit code: 0 all is well, 6 there are warnings, 1 something fails.";

static const char try_help[] =
    "Prints the events that the files would make, the records that are bad and why, and what would "
    "not be read. Nothing\n"
    "is stored and nothing is sent. Without --adapter and --format, the adapter is chosen as the "
    "watcher would. FILE may\n"
    "be a folder: its files are tried one by one.\n"
    "\n"
    "Exit code: 0 all records are good, 1 some are bad, 4 a file cannot be read at all.";

static const struct command_option archive_key_options[] = {
    {"out", 'o', COMMAND_STRING, offsetof(struct archive_options, out), "FILE",
     "the secret key; the public key goes to FILE.pub"},
    {0},
};

static const char archive_key_help[] =
    "FILE.pub goes to the home (archive: {mode: sealed, key: FILE.pub} in home.yaml). FILE opens "
    "what the home seals from\n"
    "then on; keep it elsewhere, and more than once: without it nobody opens the archive.";

static const struct command_option archive_open_options[] = {
    {"key", 'k', COMMAND_STRING, offsetof(struct archive_options, key), "FILE", "the secret key"},
    {"out", 'o', COMMAND_STRING, offsetof(struct archive_options, out), "DIR",
     "write the files there, under their own names (default: .); - prints the one file"},
    {0},
};

static const char archive_open_help[] =
    "Gives back files of a sealed archive as they were dropped, with their own names and times. "
    "Nothing is overwritten.\n"
    "Neither home.yaml nor the outbox is needed.\n"
    "\n"
    "Exit code: 0 all were opened, 1 some were not.";

static const struct command_option archive_list_options[] = {
    {"limit", 'n', COMMAND_INT, offsetof(struct archive_options, limit), "N",
     "at most N files (default: all)"},
    {0},
};

static const char files_help[] =
    "A file's name may hold a resident's, so it is not kept: what the adapter's `match` fixes is "
    "shown, and dates; of the\n"
    "rest, letters as x and digits as 9, with a tag behind a ~. With NAME, the files of that name: "
    "as it stood in the\n"
    "drop folder (or a path to it), or as it is shown here, in the log and in the archive.";

static const char diff_help[] =
    "Reads each FILE with both adapters, and tells by record which events would be added, gone or "
    "different. Nothing is\n"
    "stored and nothing is sent.\n"
    "\n"
    "Exit code: 0 the events are the same, 1 they are not, 4 an adapter or a file cannot be read.";

static const char new_help[] =
    "Looks at a sample export and writes an adapter that runs on it: format, encoding, delimiter, "
    "header, times, which\n"
    "column is the bed, what its status codes mean. Each guess says how sure it is and why; what "
    "nobody but you can\n"
    "know is a line marked FILL IN. The first SAMPLE says how such files are laid out; codes, "
    "times "
    "and beds of all of\n"
    "them count, and the adapter is tried on all. Of their values only codes are shown that stand "
    "on many records,\n"
    "never a name, a number or a date.\n"
    "\n"
    "Exit code: 0 it runs, all records are good, nothing is to be filled in; 1 look at what is "
    "to be filled in or is\n"
    "bad; 4 nothing could be proposed.";

static const char test_help[] =
    "Runs the tests of the adapters: each export in the folder tests/NAME beside the YAML (NAME is "
    "the adapter's) must make\n"
    "the events and bad records that stand in EXPORT.events.json beside it; likewise each "
    "`input` and `expect` of `tests:`.\n"
    "Only the keys that are expected are compared: - is expected, + is made. With --update what "
    "differs is written, whole or\n"
    "not at all; look at what is told. Without operands, the home's adapters are tested.\n"
    "\n"
    "Exit code: 0 all are as expected, 1 some are not, 4 an adapter or a test cannot be read.";

static const char check_help[] = "Every problem is named with its file, line and column. Without "
				 "operands, the home's adapters are checked. FILE may\n"
				 "be a folder.\n"
				 "\n"
				 "Exit code: 0 all are good, 4 some are not.";

static const struct command commands[] = {
    {.name = "status",
     .help = "how this home is doing",
     .more = status_help,
     .options = status_options,
     .options_size = sizeof(struct status_options),
     .run = status_show},
    {.name = "doctor",
     .help = "try everything this home needs, step by step, up to the region",
     .more = doctor_help,
     .options = doctor_options,
     .options_size = sizeof(struct doctor_options),
     .run = doctor},
    {.name = "explain",
     .operands = "[FILE|BED]",
     .max = 1,
     .help = "follow a file, or a bed, from its bytes to the region's answer",
     .more = explain_help,
     .options = explain_options,
     .options_size = sizeof(struct explain_options),
     .run = explain},
    {.name = "files",
     .operands = "[NAME…]",
     .max = COMMAND_ANY,
     .help = "dropped files: what became of each",
     .more = files_help,
     .options = files_options,
     .options_size = sizeof(struct list_options),
     .run = files_list},
    {.name = "files show",
     .operands = "FILE",
     .min = 1,
     .max = 1,
     .help = "a held census: what it would change, bed by bed",
     .more = show_help,
     .run = files_show},
    {.name = "files release",
     .operands = "FILE",
     .min = 1,
     .max = 1,
     .help = "take a held census in",
     .more = release_help,
     .options = release_options,
     .options_size = sizeof(struct replay_options),
     .run = files_release},
    {.name = "files reject",
     .operands = "FILE",
     .min = 1,
     .max = 1,
     .help = "refuse a held census",
     .more = reject_help,
     .run = files_reject},
    {.name = "quarantine list",
     .help = "records that could not be read, and why",
     .options = quarantine_options,
     .options_size = sizeof(struct list_options),
     .run = quarantine_list},
    {.name = "quarantine show",
     .operands = "ID|FILE",
     .min = 1,
     .max = 1,
     .help = "one such record, or those of a file, in full",
     .run = quarantine_show},
    {.name = "quarantine replay",
     .operands = "[ID|FILE]",
     .max = 1,
     .help = "read them again, after the adapter was mended",
     .more = replay_help,
     .options = replay_options,
     .options_size = sizeof(struct replay_options),
     .run = quarantine_replay},
    {.name = "archive key",
     .help = "make the pair of keys of a sealed archive",
     .more = archive_key_help,
     .options = archive_key_options,
     .options_size = sizeof(struct archive_options),
     .run = archive_key},
    {.name = "archive open",
     .operands = "FILE…",
     .min = 1,
     .max = COMMAND_ANY,
     .help = "open files of a sealed archive",
     .more = archive_open_help,
     .options = archive_open_options,
     .options_size = sizeof(struct archive_options),
     .run = archive_open},
    {.name = "archive list",
     .help = "what lies in the archive, the newest first",
     .options = archive_list_options,
     .options_size = sizeof(struct archive_options),
     .run = archive_list},
    {.name = "outbox status", .help = "the queue to the region", .run = outbox_status_show},
    {.name = "outbox list",
     .help = "events waiting for the region",
     .options = outbox_options,
     .options_size = sizeof(struct list_options),
     .run = outbox_list},
    {.name = "outbox export",
     .help = "the events themselves, a JSON object a line",
     .more = export_help,
     .options = export_options,
     .options_size = sizeof(struct list_options),
     .run = outbox_export},
    {.name = "outbox verify",
     .help = "look through the whole outbox for anything amiss",
     .run = outbox_verify},
    {.name = "bed list",
     .help = "the beds, as this home sees them",
     .options = bed_options,
     .options_size = sizeof(struct list_options),
     .run = beds_list},
    {.name = "bed set",
     .operands = "BED STATUS",
     .min = 2,
     .max = 2,
     .help = "set a bed by hand",
     .more = bed_set_help,
     .options = bed_set_options,
     .options_size = sizeof(struct bed_set_options),
     .run = bed_set},
    {.name = "board pin",
     .operands = "NAME",
     .min = 1,
     .max = 1,
     .help = "give somebody a PIN for the board, or take it away",
     .more = pin_help,
     .options = pin_options,
     .options_size = sizeof(struct board_pin_options),
     .run = board_pin},
    {.name = "board list", .help = "who has a PIN for the board", .run = board_list},
    {.name = "adapter check",
     .operands = "[FILE…]",
     .max = COMMAND_ANY,
     .help = "check adapters",
     .more = check_help,
     .run = adapter_check},
    {.name = "adapter diff",
     .operands = "OLD.yaml NEW.yaml FILE…",
     .min = 3,
     .max = COMMAND_ANY,
     .help = "what a changed adapter would make otherwise",
     .more = diff_help,
     .run = adapter_diff},
    {.name = "adapter new",
     .operands = "SAMPLE…",
     .min = 1,
     .max = COMMAND_ANY,
     .help = "propose an adapter from a sample export",
     .more = new_help,
     .options = new_options,
     .options_size = sizeof(struct new_options),
     .run = adapter_new},
    {.name = "adapter try",
     .operands = "FILE…",
     .min = 1,
     .max = COMMAND_ANY,
     .help = "show the events that files would make",
     .more = try_help,
     .options = try_options,
     .options_size = sizeof(struct try_options),
     .run = adapter_try},
    {.name = "adapter test",
     .operands = "[ADAPTER.yaml…]",
     .max = COMMAND_ANY,
     .help = "run the adapters' own tests",
     .more = test_help,
     .options = test_options,
     .options_size = sizeof(struct test_options),
     .run = adapter_test},
    {.name = "adapter reference",
     .help = "every key of an adapter, as Markdown",
     .run = adapter_reference_show},
    {0},
};

int main(int argc, char **argv)
{
	static const struct command_program program = {
	    .name = "bedpost",
	    .version = PACKAGE_VERSION,
	    .help =
		"Looks into a home: its files, its beds, its queue to the region, its adapters.",
	    .config = HOME_DEFAULT_PATH,
	    .commands = commands,
	};

	digest_setup();
	confine_memory(); /* `adapter try` and its like read exports */
	(void)signal(SIGPIPE, SIG_IGN);
	return command_main(&program, argc, argv);
}
