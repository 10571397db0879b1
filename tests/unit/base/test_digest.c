#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/digest_four.h"

static void assert_hex(struct digest d, const char *hex)
{
	char text[DIGEST_HEX + 1];

	assert_string_equal(digest_hex(&d, text), hex);
}

/* Made with Python's hashlib.blake2b(…, digest_size=32). */
static void known_texts_have_their_known_digests(void **state)
{
	(void)state;
	assert_hex(digest_of(SPAN("abc")),
		   "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
	assert_hex(digest_of(SPAN_NONE),
		   "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

static void a_key_makes_another_known_digest(void **state)
{
	uint8_t key[DIGEST_KEY_BYTES];
	char text[255];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	assert_hex(digest_keyed(key, span_of(text, sizeof(text))),
		   "f60f5c4a575c43db6c93608515866ea998e04b35792f5a92b27aa5880cd6721e");
}

static void the_pieces_of_a_stream_do_not_matter(void **state)
{
	struct digest_stream stream;

	(void)state;
	digest_begin(&stream);
	digest_add(&stream, SPAN("a"));
	digest_add(&stream, SPAN_NONE);
	digest_add(&stream, SPAN("bc"));
	assert_hex(digest_end(&stream),
		   "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

static void texts_at_once_have_the_digests_of_each(void **state)
{
	char text[DIGEST_EIGHT][DIGEST_SHORT_MAX];

	(void)state;
	for (size_t n = 0; n <= DIGEST_SHORT_MAX; n++) {
		struct span texts[DIGEST_EIGHT];
		struct digest four[DIGEST_FOUR], eight[DIGEST_EIGHT];
		for (size_t i = 0; i < DIGEST_EIGHT; i++) {
			memset(text[i], (int)(n * 7 + i * 31), sizeof(text[i]));
			text[i][n / 2 % DIGEST_SHORT_MAX] = (char)i;
			texts[i] = span_of(text[i], (n + i * 37) % (DIGEST_SHORT_MAX + 1));
		}
		digest_four(texts, four);
		digest_eight(texts, eight);
		for (size_t i = 0; i < DIGEST_EIGHT; i++) {
			struct digest alone = digest_of(texts[i]);
			assert_memory_equal(eight[i].b, alone.b, DIGEST_BYTES);
			if (i < DIGEST_FOUR)
				assert_memory_equal(four[i].b, alone.b, DIGEST_BYTES);
		}
	}
}

static void so_they_have_with_a_key_that_was_hashed_before(void **state)
{
	uint8_t key[DIGEST_KEY_BYTES];
	char text[DIGEST_SHORT_MAX];

	(void)state;
	for (size_t n = 1; n <= DIGEST_SHORT_MAX; n++) {
		memset(key, (int)(n * 3), sizeof(key));
		key[n % sizeof(key)] = 1;
		memset(text, (int)(n * 7), sizeof(text));
		struct digest_key begun = digest_key_of(key);
		struct span texts[DIGEST_FOUR] = {span_of(text, n), SPAN("another"), SPAN_NONE,
						  span_of(text, DIGEST_SHORT_MAX)};
		struct digest four[DIGEST_FOUR];
		digest_four_keyed(&begun, texts, four);
		for (size_t i = 0; i < DIGEST_FOUR; i++) {
			struct digest alone = digest_keyed(key, texts[i]);
			if (texts[i].n)
				assert_memory_equal(four[i].b, alone.b, DIGEST_BYTES);
		}
	}
}

static void hex_goes_round(void **state)
{
	struct digest d = digest_of(SPAN("abc")), back;
	char text[DIGEST_HEX + 1];

	(void)state;
	assert_true(digest_parse_hex(span_str(digest_hex(&d, text)), &back));
	assert_true(digest_eq(&d, &back));
	back.b[31] ^= 1;
	assert_false(digest_eq(&d, &back));
}

static void what_is_no_hex_of_64_is_refused(void **state)
{
	struct digest d = {{42}};
	char text[DIGEST_HEX + 1];

	(void)state;
	digest_hex(&d, text);
	assert_false(digest_parse_hex(span_of(text, 63), &d));
	text[63] = 'g';
	assert_false(digest_parse_hex(span_str(text), &d));
	assert_false(digest_parse_hex(SPAN_NONE, &d));
	assert_int_equal(d.b[0], 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_texts_have_their_known_digests),
	    cmocka_unit_test(a_key_makes_another_known_digest),
	    cmocka_unit_test(the_pieces_of_a_stream_do_not_matter),
	    cmocka_unit_test(texts_at_once_have_the_digests_of_each),
	    cmocka_unit_test(so_they_have_with_a_key_that_was_hashed_before),
	    cmocka_unit_test(hex_goes_round),
	    cmocka_unit_test(what_is_no_hex_of_64_is_refused),
	};

	digest_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
