/* Any bytes as a configuration: what is accepted can be walked within its limits, every place lies
 * in the text, every text is UTF-8, and reading it by a table tells problems only where there are
 * some. */
#include <assert.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct fields {
	const char *text;
	int64_t number, size;
	usec_t duration;
	int choice;
	bool flag;
	const struct conf_node *node;
};

static const char *const choices[] = {"close", "quiet", "rename", NULL};
static const struct conf_key keys[] = {
    {"text", CONF_STRING, offsetof(struct fields, text), .required = true, .help = "text"},
    {"number", CONF_INT, offsetof(struct fields, number), .min = -5, .max = 5, .by_default = "1"},
    {"size", CONF_SIZE, offsetof(struct fields, size), .by_default = "4MiB"},
    {"duration", CONF_DURATION, offsetof(struct fields, duration), .by_default = "2s"},
    {"choice", CONF_ENUM, offsetof(struct fields, choice), .names = choices, .by_default = "close"},
    {"flag", CONF_BOOL, offsetof(struct fields, flag), .by_default = "no"},
    {"node", CONF_NODE, offsetof(struct fields, node)},
    {0},
};

static size_t lines_of(const uint8_t *data, size_t n)
{
	size_t lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += data[i] == '\n' || data[i] == '\r';
	return lines;
}

static void check_text(struct span s)
{
	assert(!s.p || (s.p[s.n] == '\0' && strlen(s.p) == s.n && span_is_utf8(s, NULL)));
}

static size_t walk(const struct conf_node *node, unsigned depth, size_t lines)
{
	size_t nodes = 1;

	assert(depth <= CONF_DEPTH_MAX);
	assert(conf_line(node) >= 1 && conf_line(node) <= lines && conf_column(node) >= 1);
	check_text(conf_text(node));
	for (size_t i = 0; i < conf_count(node); i++) {
		struct span key = SPAN_NONE;
		if (conf_kind(node) == CONF_SEQUENCE) {
			nodes += walk(conf_item(node, i), depth + 1, lines);
		} else {
			nodes += walk(conf_pair(node, i, &key), depth + 1, lines);
			check_text(key);
			assert(conf_get(node, key.p) == conf_pair(node, i, &key));
		}
	}
	return nodes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct conf *c = NULL;
	struct err err;
	struct fields fields = {0};
	struct buf shown = BUF_INIT;

	if (conf_parse("fuzz.yaml", span_of((const char *)data, n), &c, &err) < 0) {
		assert(!c && err.code != ERR_NONE && err.message[0]);
		return 0;
	}
	assert(conf_check(c, NULL) == 0);
	assert(walk(conf_root(c), 0, lines_of(data, n)) <= 2 * CONF_NODES_MAX);
	conf_read(c, conf_root(c), keys, &fields);
	assert(fields.number >= -5 && fields.number <= 5 && fields.choice >= 0 &&
	       fields.choice < 3);
	struct span key;
	const struct conf_node *first = conf_pair(conf_root(c), 0, &key);
	if (n % 3 == 0 && conf_kind(first) == CONF_SCALAR)
		conf_problem_inside(c, first, n % 7, "inside");
	conf_problems_print(c, &shown);
	assert((conf_check(c, NULL) == 0) == (shown.n == 0));
	assert(span_is_utf8(buf_span(&shown), NULL));
	buf_done(&shown);
	conf_free(c);
	return 0;
}
