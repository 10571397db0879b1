/* The signature is looked at before anything else: what it does not cover is not read. */
#include "store/heads.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium/crypto_sign.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#define FIRST_LINE "bedpost-audit-heads 1"
#define SIGNATURE  "signature "
#define SIGN_HEX   ((size_t)2 * crypto_sign_BYTES)

_Static_assert(crypto_sign_PUBLICKEYBYTES == DIGEST_BYTES, "both are 64 hex digits");
_Static_assert(crypto_sign_SEEDBYTES == DIGEST_BYTES, "both are 64 hex digits");

static void add_hex(struct buf *out, const struct digest *d)
{
	char hex[DIGEST_HEX + 1];
	buf_adds(out, digest_hex(d, hex));
}

void heads_key_make(struct heads_key *ret, struct buf *ret_secret, struct buf *ret_public)
{
	struct digest seed;

	randombytes_buf(seed.b, sizeof(seed.b));
	(void)crypto_sign_seed_keypair(ret->public_key.b, ret->secret, seed.b);
	buf_adds(ret_secret, HEADS_SECRET_LINE);
	add_hex(ret_secret, &seed);
	buf_addc(ret_secret, '\n');
	buf_adds(ret_public, HEADS_PUBLIC_LINE);
	add_hex(ret_public, &ret->public_key);
	buf_addc(ret_public, '\n');
	sodium_memzero(&seed, sizeof(seed));
}

static bool read_key_line(struct span text, struct span word, struct digest *ret)
{
	text = span_trim(text);
	return span_starts(text, word) &&
	       digest_parse_hex(span_of(text.p + word.n, text.n - word.n), ret);
}

int heads_key_read(struct span text, struct heads_key *ret, struct err *err)
{
	struct digest seed;

	if (!read_key_line(text, SPAN(HEADS_SECRET_LINE), &seed))
		return err_set(err, ERR_INVALID,
			       "not a secret audit key: bedpost-admin audit keygen makes one");
	(void)crypto_sign_seed_keypair(ret->public_key.b, ret->secret, seed.b);
	sodium_memzero(&seed, sizeof(seed));
	return 0;
}

int heads_public_read(struct span text, struct digest *ret, struct err *err)
{
	if (!read_key_line(text, SPAN(HEADS_PUBLIC_LINE), ret))
		return err_set(err, ERR_INVALID,
			       "not a public audit key: it begins with " HEADS_PUBLIC_LINE);
	return 0;
}

void heads_day_of(usec_t at, char out[HEADS_DAY_CHARS + 1])
{
	char text[CLOCK_RFC3339_MAX];

	(void)memcpy(out, clock_format_rfc3339(at, text), HEADS_DAY_CHARS);
	out[HEADS_DAY_CHARS] = '\0';
}

void heads_format(const struct heads *h, const struct heads_key *key, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX];
	size_t start = out->n;

	buf_addf(out, FIRST_LINE "\nday %s\nmade_at %s\nprevious ", h->day,
		 clock_format_rfc3339(h->made_at, text));
	if (h->previous_day[0]) {
		buf_addf(out, "%s ", h->previous_day);
		add_hex(out, &h->previous);
	} else {
		buf_adds(out, "none");
	}
	buf_adds(out, "\nkey ");
	add_hex(out, &key->public_key);
	buf_addc(out, '\n');
	for (size_t i = 0; i < h->n; i++) {
		const struct heads_line *l = &h->lines[i];
		buf_addf(out, "head " SPAN_FMT " %" PRId64 " ", SPAN_ARG(l->facility_id), l->n);
		add_hex(out, &l->hash);
		buf_addf(out, " %s\n", clock_format_rfc3339(l->received_at, text));
	}
	uint8_t signature[crypto_sign_BYTES];
	char hex[SIGN_HEX + 1];
	(void)crypto_sign_detached(signature, NULL, (const uint8_t *)out->p + start, out->n - start,
				   key->secret);
	buf_addf(out, SIGNATURE "%s\n",
		 sodium_bin2hex(hex, sizeof(hex), signature, sizeof(signature)));
}

/* ---- reading ---- */

static bool is_signed(struct span text, const struct digest *public_key, struct span *ret_body)
{
	const size_t tail = sizeof(SIGNATURE) - 1 + SIGN_HEX + 1;
	uint8_t signature[crypto_sign_BYTES];
	size_t n = 0;

	if (text.n <= tail)
		return false;
	*ret_body = span_of(text.p, text.n - tail);
	struct span line = span_of(text.p + ret_body->n, tail);
	return span_starts(line, SPAN(SIGNATURE)) && line.p[tail - 1] == '\n' &&
	       sodium_hex2bin(signature, sizeof(signature), line.p + sizeof(SIGNATURE) - 1,
			      SIGN_HEX, NULL, &n, NULL) == 0 &&
	       n == sizeof(signature) &&
	       crypto_sign_verify_detached(signature, (const uint8_t *)ret_body->p, ret_body->n,
					   public_key->b) == 0;
}

static bool take_line(struct span *rest, const char *word, struct span *ret)
{
	struct span line, name;

	if (!rest->n || !span_cut(rest, '\n', &line) || !span_cut(&line, ' ', &name) ||
	    !span_eq_str(name, word))
		return false;
	*ret = line;
	return true;
}

static bool read_day(struct span s, char out[HEADS_DAY_CHARS + 1])
{
	if (s.n != HEADS_DAY_CHARS)
		return false;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

static bool read_previous(struct span s, struct heads *h)
{
	struct span day;

	if (span_eq(s, SPAN("none")))
		return true;
	return span_cut(&s, ' ', &day) && read_day(day, h->previous_day) &&
	       digest_parse_hex(s, &h->previous);
}

static bool read_head(struct span s, struct heads_line *l)
{
	struct span n, hash;

	return span_cut(&s, ' ', &l->facility_id) && l->facility_id.n && span_cut(&s, ' ', &n) &&
	       span_to_i64(n, &l->n) && l->n > 0 && span_cut(&s, ' ', &hash) &&
	       digest_parse_hex(hash, &l->hash) &&
	       clock_parse_rfc3339(s, &l->received_at, NULL) == 0;
}

static size_t count_lines(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

static bool read_body(struct span body, struct arena *a, struct heads *h)
{
	struct span rest = body, line;

	if (!span_cut(&rest, '\n', &line) || !span_eq(line, SPAN(FIRST_LINE)) ||
	    !take_line(&rest, "day", &line) || !read_day(line, h->day) ||
	    !take_line(&rest, "made_at", &line) ||
	    clock_parse_rfc3339(line, &h->made_at, NULL) < 0 ||
	    !take_line(&rest, "previous", &line) || !read_previous(line, h) ||
	    !take_line(&rest, "key", &line) || !digest_parse_hex(line, &h->public_key))
		return false;
	h->lines = arena_array(a, struct heads_line, count_lines(rest) + 1);
	while (rest.n) {
		if (!take_line(&rest, "head", &line) || !read_head(line, &h->lines[h->n]))
			return false;
		h->n++;
	}
	return true;
}

int heads_parse(struct span text, const struct digest *public_key, struct arena *a,
		struct heads *ret, struct err *err)
{
	struct heads h = {0};
	struct span body;

	if (!is_signed(text, public_key, &body))
		return err_set(err, ERR_DENIED, "the signature is not that of this key");
	if (!read_body(body, a, &h))
		return err_set(err, ERR_INVALID, "signed, but not a file of audit heads");
	*ret = h;
	return 0;
}
