/* From the bytes of a file to its events committed in the outbox (synchronous=FULL), one
 * transaction per file, in files of several sizes and each format, best of three rounds; beside it
 * the same number of rows of the same length put into bare SQLite tables in the same way: make
 * tests/bench/bench_outbox && tests/bench/bench_outbox [hl7|csv|xml [records a file]]. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "adapters/adapter.h"
#include "outbox/intake.h"
#include "tests/bench/bench_load.h"
#include "tests/bench/bench_time.h"

#define ROUNDS 3
#define EVENTS 150000 /* of each line, in files of the sizes below */
#define ROW    400    /* bytes of an event as JSON */

static const long sizes[] = {1000, 10000, 75000};

static int take(struct outbox *o, const struct adapter *a, struct span bytes, int number,
		struct err *err)
{
	char name[32];
	(void)snprintf(name, sizeof(name), "%d", number);
	const struct intake_file file = {.dir = "/bench",
					 .name = name,
					 .digest = digest_of(span_str(name)),
					 .size = bytes.n,
					 .adapter = "bench"};
	const struct adapter_input input = {.facility = "fac_bench", .file = file.digest};
	_cleanup_(intake_abortp) struct intake *i = NULL;
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;

	int r = intake_begin(o, &file, clock_now(), &i, err);
	if (r == 0)
		r = adapter_run_new(a, &input, intake_sink(i), intake_memory(i), &run, err);
	if (r == 0)
		r = adapter_run_feed(run, bytes, true, err);
	if (r == 0) {
		intake_set_records(i, adapter_run_summary(run)->records);
		r = intake_commit(TAKE_PTR(i), NULL, err);
	}
	return r;
}

/* 0 on failure. */
static struct bench_time time_outbox(const char *dir, const struct bench_load *load, long rows,
				     long files)
{
	_cleanup_(outbox_closep) struct outbox *o = NULL;
	_cleanup_(adapter_freep) struct adapter *a = NULL;
	struct err err = {0};
	struct bench_time spent = {0};

	int r = adapter_parse("bench", span_str(load->yaml), &a, NULL, &err);
	if (r == 0)
		r = outbox_open(dir, "fac_bench", OUTBOX_WRITE, &o, &err);
	for (int i = 0; r == 0 && i < files; i++) {
		_cleanup_(buf_done) struct buf file = BUF_INIT;
		load->write(&file, i * rows, rows);
		struct bench_time start = bench_now();
		r = take(o, a, buf_span(&file), i, &err);
		struct bench_time t = bench_since(start);
		spent = (struct bench_time){spent.wall + t.wall, spent.cpu + t.cpu};
	}
	if (r < 0)
		fprintf(stderr, "%s\n", err.message);
	return r < 0 ? (struct bench_time){0} : spent;
}

static bool insert(sqlite3 *db, sqlite3_stmt *s, long rows, long from)
{
	static const char body[ROW + 1] = {[0 ... ROW - 1] = 'x'};
	uint64_t id[2];

	(void)sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (long i = from; i < from + rows; i++) {
		/* In the order of event ids: a time, and a digest behind. */
		id[0] = __builtin_bswap64((uint64_t)i / 10);
		id[1] = (uint64_t)i * 0x9E3779B97F4A7C15ULL;
		(void)sqlite3_bind_int64(s, 1, i);
		(void)sqlite3_bind_blob(s, 2, id, sizeof(id), SQLITE_STATIC);
		(void)sqlite3_bind_text(s, 3, body, ROW, SQLITE_STATIC);
		if (sqlite3_step(s) != SQLITE_DONE)
			return false;
		(void)sqlite3_reset(s);
	}
	return sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
}

static struct bench_time time_sqlite(const char *dir, const char *table, long rows, long files)
{
	char path[128];
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;

	(void)snprintf(path, sizeof(path), "%s/bare.db", dir);
	bool good =
	    sqlite3_open(path, &db) == SQLITE_OK &&
	    sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", NULL, NULL,
			 NULL) == SQLITE_OK &&
	    sqlite3_exec(db, table, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "INSERT INTO rows VALUES (?, ?, ?)", -1, &s, NULL) == SQLITE_OK;
	struct bench_time start = bench_now();
	for (long i = 0; good && i < files; i++)
		good = insert(db, s, rows, i * rows);
	struct bench_time spent = bench_since(start);
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(db);
	return good ? spent : (struct bench_time){0};
}

static void clear(const char *dir)
{
	static const char *const names[] = {"outbox.db", "outbox.db-wal", "outbox.db-shm",
					    "bare.db",	 "bare.db-wal",	  "bare.db-shm"};
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
}

/* False if there is nothing to print. */
static bool print(long records, const char *format, const char *who, long n, struct bench_time t)
{
	if (t.cpu == 0)
		return false;
	printf("outbox %6ld a file  %-4s %-44s cpu %7.0f /s   wall %7.0f /s\n", records, format,
	       who, (double)n / t.cpu, (double)n / t.wall);
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *who, *table;
	} bare[] = {
	    {"bare SQLite, rows with a UNIQUE id",
	     "CREATE TABLE rows (n INTEGER PRIMARY KEY, id BLOB UNIQUE, body TEXT)"},
	    {"bare SQLite, rows", "CREATE TABLE rows (n INTEGER PRIMARY KEY, id BLOB, body TEXT)"},
	};
	char dir[] = "/tmp/bench_outbox.XXXXXX";
	bool failed = !mkdtemp(dir);

	digest_setup();
	for (const struct bench_load *load = bench_loads; load->name; load++) {
		bool is_csv = strcmp(load->name, "csv") == 0;
		if (argc > 1 && strcmp(load->name, argv[1]) != 0)
			continue;
		for (size_t i = 0; !failed && i < ARRAY_LEN(sizes); i++) {
			if (argc > 2 && atol(argv[2]) != sizes[i])
				continue;
			long files = EVENTS / sizes[i], n = files * sizes[i];
			struct bench_time ours = {0}, theirs[ARRAY_LEN(bare)] = {0};
			for (int round = 0; round < ROUNDS; round++) {
				ours = bench_best(ours, time_outbox(dir, load, sizes[i], files));
				clear(dir);
				for (size_t k = 0; is_csv && k < ARRAY_LEN(bare); k++) {
					theirs[k] =
					    bench_best(theirs[k], time_sqlite(dir, bare[k].table,
									      sizes[i], files));
					clear(dir);
				}
			}
			failed = !print(sizes[i], load->name, "bedpost, file to committed events",
					n, ours);
			for (size_t k = 0; is_csv && !failed && k < ARRAY_LEN(bare); k++)
				failed = !print(sizes[i], "", bare[k].who, n, theirs[k]);
		}
	}
	(void)rmdir(dir);
	return failed ? 1 : 0;
}
