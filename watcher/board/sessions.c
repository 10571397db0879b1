#include "watcher/board/sessions.h"

#include <stdio.h>

#include <sodium/randombytes.h>

#define LIVES_MAX 12

void sessions_begin(struct sessions *s, const char *user, const char *hash, usec_t now,
		    char token[DIGEST_HEX + 1])
{
	struct session *one = &s->s[0];
	struct digest secret;

	for (size_t i = 1; i < SESSIONS_MAX; i++)
		if (s->s[i].until < one->until)
			one = &s->s[i];
	randombytes_buf(secret.b, sizeof(secret.b));
	digest_hex(&secret, token);
	*one = (struct session){.token = digest_of(span_str(token)),
				.pin = digest_of(span_str(hash)),
				.until = now + s->life,
				.ends = now + LIVES_MAX * s->life};
	(void)snprintf(one->user, sizeof(one->user), "%s", user);
}

struct session *sessions_find(struct sessions *s, struct span token, const struct pins *pins,
			      usec_t now)
{
	if (token.n != DIGEST_HEX)
		return NULL;
	struct digest d = digest_of(token);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *one = &s->s[i];
		if (one->until <= now || one->ends <= now || !digest_eq(&one->token, &d))
			continue;
		const char *hash = pins_hash(pins, span_str(one->user));
		struct digest pin = digest_of(span_str(hash));
		return hash && digest_eq(&pin, &one->pin) ? one : NULL;
	}
	return NULL;
}

void sessions_keep(struct sessions *s, struct session *one, usec_t now)
{
	one->until = now + s->life;
}

void sessions_end(struct session *one)
{
	*one = (struct session){0};
}

void sessions_csrf(struct span token, char ret[DIGEST_HEX + 1])
{
	struct digest_stream d;

	digest_begin(&d);
	digest_add(&d, SPAN("bedpost board csrf "));
	digest_add(&d, token);
	struct digest csrf = digest_end(&d);
	digest_hex(&csrf, ret);
}
