#include "base/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sodium.h>

#include "base/cleanup.h"
#include "base/files.h"

#define MAGIC	     "bedpost sealed 1\n"
#define MAGIC_BYTES  (sizeof(MAGIC) - 1)
#define HEADER_BYTES crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define STREAM_KEY   crypto_secretstream_xchacha20poly1305_KEYBYTES
#define PIECE_MORE   crypto_secretstream_xchacha20poly1305_ABYTES
#define BOX_BYTES    (STREAM_KEY + crypto_box_SEALBYTES)
#define FINAL	     crypto_secretstream_xchacha20poly1305_TAG_FINAL

typedef crypto_secretstream_xchacha20poly1305_state stream_state;

_Static_assert(SEAL_KEY_BYTES == crypto_box_PUBLICKEYBYTES, "as libsodium has it");
_Static_assert(SEAL_KEY_BYTES == crypto_box_SECRETKEYBYTES, "as libsodium has it");

static const char secret_label[] = "bedpost-archive-secret-key ";
static const char public_label[] = "bedpost-archive-public-key ";

/* ---- keys ---- */

static int write_key(const char *path, mode_t mode, const char *label, const uint8_t *key,
		     struct err *err)
{
	char hex[2 * SEAL_KEY_BYTES + 1], line[128];
	_cleanup_(closep) int fd =
	    open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	int n = snprintf(line, sizeof(line), "%s%s\n", label,
			 sodium_bin2hex(hex, sizeof(hex), key, SEAL_KEY_BYTES));
	bool ok = write(fd, line, (size_t)n) == n && fsync(fd) == 0;
	int r = ok ? 0 : err_errno(err, errno, "%s", path);
	sodium_memzero(hex, sizeof(hex));
	sodium_memzero(line, sizeof(line));
	return r;
}

int seal_key_make(const char *path, struct err *err)
{
	uint8_t public_key[SEAL_KEY_BYTES], secret[SEAL_KEY_BYTES];
	_cleanup_(freep) char *public_path = NULL;

	if (asprintf(&public_path, "%s.pub", path) < 0)
		abort();
	if (access(path, F_OK) == 0 || access(public_path, F_OK) == 0)
		return err_set(err, ERR_EXISTS, "%s or %s is there already", path, public_path);
	crypto_box_keypair(public_key, secret);
	int r = write_key(path, 0600, secret_label, secret, err);
	if (r == 0)
		r = write_key(public_path, 0644, public_label, public_key, err);
	sodium_memzero(secret, sizeof(secret));
	return r;
}

int seal_key_read(const char *path, bool secret, struct seal_key *ret, struct err *err)
{
	struct span label = span_str(secret ? secret_label : public_label);
	char text[256];
	size_t n = 0;
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (got < 0)
		return err_errno(err, errno, "%s", path);
	struct span line = span_trim(span_of(text, (size_t)got));
	bool ok = span_starts(line, label) &&
		  sodium_hex2bin(ret->b, sizeof(ret->b), line.p + label.n, line.n - label.n, NULL,
				 &n, NULL) == 0 &&
		  n == SEAL_KEY_BYTES && line.n == label.n + 2 * n;
	sodium_memzero(text, sizeof(text));
	ret->is_secret = secret;
	return ok ? 0
		  : err_set(err, ERR_INVALID,
			    "%s: it holds no %s key as bedpost archive key makes it", path,
			    secret ? "secret" : "public");
}

void seal_key_forget(struct seal_key *key)
{
	sodium_memzero(key, sizeof(*key));
}

/* ---- bytes ---- */

static int write_out(int fd, const uint8_t *p, size_t n, struct err *err)
{
	return files_write_all(fd, span_of((const char *)p, n)) < 0
		   ? err_errno(err, errno, "writing")
		   : 0;
}

/* Fills as much as there is; gives how much, or a negative code. */
static ssize_t read_full(int fd, uint8_t *p, size_t n, off_t at, struct err *err)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = pread(fd, p + have, n - have, at + (off_t)have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, errno, "reading");
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

/* ---- sealing ---- */

static int write_head(const struct seal_key *key, stream_state *state, int to, struct err *err)
{
	uint8_t head[MAGIC_BYTES + BOX_BYTES + HEADER_BYTES], stream_key[STREAM_KEY];

	crypto_secretstream_xchacha20poly1305_keygen(stream_key);
	memcpy(head, MAGIC, MAGIC_BYTES);
	int bad = crypto_box_seal(head + MAGIC_BYTES, stream_key, STREAM_KEY, key->b);
	if (!bad)
		bad = crypto_secretstream_xchacha20poly1305_init_push(
		    state, head + MAGIC_BYTES + BOX_BYTES, stream_key);
	sodium_memzero(stream_key, sizeof(stream_key));
	if (bad)
		return err_set(err, ERR_INVALID, "the public key of the archive is none");
	return write_out(to, head, sizeof(head), err);
}

int seal_file(const struct seal_key *public_key, struct span name, int from, int to,
	      struct err *err)
{
	_cleanup_(freep) uint8_t *plain = malloc(SEAL_PIECE);
	_cleanup_(freep) uint8_t *sealed = malloc(SEAL_PIECE + PIECE_MORE);
	size_t n = 1 + name.n;
	off_t at = 0;
	stream_state state;

	if (!plain || !sealed)
		abort();
	if (name.n > SEAL_NAME_MAX)
		return err_set(err, ERR_LIMIT, "a name has 255 bytes at most");
	int r = write_head(public_key, &state, to, err);
	plain[0] = (uint8_t)name.n;
	memcpy(plain + 1, name.p, name.n);
	for (bool last = false; r == 0 && !last;) {
		ssize_t got = read_full(from, plain + n, SEAL_PIECE - n, at, err);
		if (got < 0) {
			r = (int)got;
			break;
		}
		last = (size_t)got < SEAL_PIECE - n;
		(void)crypto_secretstream_xchacha20poly1305_push(
		    &state, sealed, NULL, plain, n + (size_t)got, NULL, 0, last ? FINAL : 0);
		r = write_out(to, sealed, n + (size_t)got + PIECE_MORE, err);
		at += got;
		n = 0;
	}
	sodium_memzero(&state, sizeof(state));
	sodium_memzero(plain, SEAL_PIECE);
	return r;
}

uint64_t seal_size(uint64_t size, size_t name_length)
{
	uint64_t plain = 1 + name_length + size, pieces = plain / SEAL_PIECE + 1;

	return MAGIC_BYTES + BOX_BYTES + HEADER_BYTES + plain + pieces * PIECE_MORE;
}

/* ---- opening ---- */

static int damaged(struct err *err)
{
	return err_set(err, ERR_CORRUPT, "the sealed file is damaged or cut off");
}

static int read_head(const struct seal_key *key, stream_state *state, int from, struct err *err)
{
	uint8_t head[MAGIC_BYTES + BOX_BYTES + HEADER_BYTES], stream_key[STREAM_KEY];
	uint8_t public_key[SEAL_KEY_BYTES];
	ssize_t got = read_full(from, head, sizeof(head), 0, err);

	if (got < 0)
		return (int)got;
	if ((size_t)got < sizeof(head) || memcmp(head, MAGIC, MAGIC_BYTES) != 0)
		return err_set(err, ERR_CORRUPT, "it is no sealed file");
	(void)crypto_scalarmult_base(public_key, key->b);
	if (crypto_box_seal_open(stream_key, head + MAGIC_BYTES, BOX_BYTES, public_key, key->b) !=
	    0)
		return err_set(err, ERR_DENIED, "it was sealed for another key");
	int bad = crypto_secretstream_xchacha20poly1305_init_pull(
	    state, head + MAGIC_BYTES + BOX_BYTES, stream_key);
	sodium_memzero(stream_key, sizeof(stream_key));
	return bad ? damaged(err) : 0;
}

struct opening {
	int (*begin)(void *ctx, const char *name, int *ret_to, struct err *err);
	void *ctx;
	int to; /* -1 until the name was read */
};

/* Takes the name off the first piece. */
static int begin(struct opening *o, const uint8_t **p, unsigned long long *n, struct err *err)
{
	char name[SEAL_NAME_MAX + 1];
	size_t length = *n > 0 ? (*p)[0] : 0;

	if (*n < 1 + length)
		return damaged(err);
	memcpy(name, *p + 1, length);
	name[length] = '\0';
	*p += 1 + length;
	*n -= 1 + length;
	return o->begin(o->ctx, name, &o->to, err);
}

int seal_open(const struct seal_key *secret_key, int from,
	      int (*begin_with)(void *ctx, const char *name, int *ret_to, struct err *err),
	      void *ctx, struct err *err)
{
	_cleanup_(freep) uint8_t *sealed = malloc(SEAL_PIECE + PIECE_MORE);
	_cleanup_(freep) uint8_t *plain = malloc(SEAL_PIECE);
	struct opening o = {begin_with, ctx, -1};
	off_t at = (off_t)(MAGIC_BYTES + BOX_BYTES + HEADER_BYTES);
	unsigned char tag = 0;
	stream_state state;

	if (!plain || !sealed)
		abort();
	int r = read_head(secret_key, &state, from, err);
	while (r == 0 && tag != FINAL) {
		unsigned long long n = 0;
		const uint8_t *p = plain;
		ssize_t got = read_full(from, sealed, SEAL_PIECE + PIECE_MORE, at, err);
		if (got < 0)
			return (int)got;
		if (crypto_secretstream_xchacha20poly1305_pull(
			&state, plain, &n, &tag, sealed, (unsigned long long)got, NULL, 0) != 0)
			return damaged(err);
		at += got;
		if (o.to < 0)
			r = begin(&o, &p, &n, err);
		if (r == 0)
			r = write_out(o.to, p, n, err);
	}
	return r;
}
