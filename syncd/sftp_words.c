/* A table, so that a new failure is a line. What is not in it heals by itself,
 * as far as we know. */
#include "syncd/sftp_words.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <libssh2.h>
#include <libssh2_sftp.h>
#include <sodium.h>

#include "base/cleanup.h"

static const struct {
	int error;
	enum reply_kind kind;
	enum err_code code;
	const char *words;
} failures[] = {
    {LIBSSH2_ERROR_AUTHENTICATION_FAILED, REPLY_PERSON, ERR_DENIED,
     "the region's SFTP server does not let this home in"},
    {LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED, REPLY_PERSON, ERR_DENIED,
     "the region's SFTP server does not let this home in"},
    {LIBSSH2_ERROR_METHOD_NONE, REPLY_PERSON, ERR_DENIED,
     "the SFTP server offers no host key of the enrolment's kind, or no method we know"},
    {LIBSSH2_ERROR_METHOD_NOT_SUPPORTED, REPLY_PERSON, ERR_DENIED,
     "the SFTP server offers no host key of the enrolment's kind, or no method we know"},
    {LIBSSH2_ERROR_FILE, REPLY_PERSON, ERR_INVALID, "the enrolment's SFTP key cannot be used"},
    {LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED, REPLY_PERSON, ERR_DENIED,
     "the region's SSH server has no SFTP for this home"},
    {LIBSSH2_ERROR_SOCKET_DISCONNECT, REPLY_TRANSIENT, ERR_UNAVAILABLE,
     "the region's SFTP server hung up"},
    {LIBSSH2_ERROR_SOCKET_RECV, REPLY_TRANSIENT, ERR_UNAVAILABLE, "the SFTP line broke"},
    {LIBSSH2_ERROR_SOCKET_SEND, REPLY_TRANSIENT, ERR_UNAVAILABLE, "the SFTP line broke"},
    {LIBSSH2_ERROR_DECRYPT, REPLY_TRANSIENT, ERR_DAMAGED, SFTP_WORDS_DAMAGED},
    {LIBSSH2_ERROR_INVALID_MAC, REPLY_TRANSIENT, ERR_DAMAGED, SFTP_WORDS_DAMAGED},
    {LIBSSH2_ERROR_OUT_OF_BOUNDARY, REPLY_TRANSIENT, ERR_DAMAGED, SFTP_WORDS_DAMAGED},
    {LIBSSH2_ERROR_KEX_FAILURE, REPLY_TRANSIENT, ERR_PROTOCOL,
     "no SSH session came about: the two ends agree on no method, or no host key"},
};

void sftp_words_of_error(int error, const char *detail, struct transport_reply *ret)
{
	enum err_code code = ERR_UNAVAILABLE;
	const char *words = "the SFTP line failed";

	*ret = (struct transport_reply){.kind = REPLY_TRANSIENT};
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		if (failures[i].error != error)
			continue;
		ret->kind = failures[i].kind;
		code = failures[i].code;
		words = failures[i].words;
	}
	(void)err_set(&ret->why, code, "%s (%s)", words, detail ? detail : "");
}

bool sftp_words_is_broken_line(int error)
{
	return error == LIBSSH2_ERROR_SOCKET_DISCONNECT || error == LIBSSH2_ERROR_SOCKET_RECV ||
	       error == LIBSSH2_ERROR_SOCKET_SEND || error == LIBSSH2_ERROR_CHANNEL_CLOSED ||
	       error == LIBSSH2_ERROR_CHANNEL_FAILURE;
}

void sftp_words_of_file(unsigned long status, const char *what, struct transport_reply *ret)
{
	*ret = (struct transport_reply){.kind = REPLY_PERSON};
	switch (status) {
	case LIBSSH2_FX_NO_SUCH_FILE:
	case LIBSSH2_FX_NO_SUCH_PATH:
		(void)err_set(&ret->why, ERR_DENIED,
			      "the home's folder at the region's SFTP server is not set up: %s is "
			      "not there",
			      what);
		return;
	case LIBSSH2_FX_PERMISSION_DENIED:
	case LIBSSH2_FX_WRITE_PROTECT:
		(void)err_set(&ret->why, ERR_DENIED,
			      "the region's SFTP server does not let this home write or read %s",
			      what);
		return;
	default: break;
	}
	ret->kind = REPLY_TRANSIENT;
	(void)err_set(&ret->why, ERR_UNAVAILABLE, "the region's SFTP server failed at %s", what);
}

static void death_by_signal(int number, struct err *why)
{
	switch (number) {
	case SIGABRT:
		(void)err_set(
		    why, ERR_DAMAGED,
		    "the line damages bytes: libssh2 ended itself over what came down the "
		    "SFTP line (SIGABRT)");
		return;
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
		(void)err_set(
		    why, ERR_DAMAGED,
		    "the line damages bytes: libssh2 crashed over what came down the SFTP "
		    "line (SIG%s)",
		    sigabbrev_np(number));
		return;
	default: {
		const char *name = sigabbrev_np(number);
		(void)err_set(why, ERR_UNAVAILABLE,
			      "the process for the SFTP line was ended from outside (SIG%s)%s",
			      name ? name : "?",
			      number == SIGKILL ? ": is the computer short of memory?" : "");
	}
	}
}

void sftp_words_of_death(int status, struct transport_reply *ret)
{
	*ret = (struct transport_reply){.kind = REPLY_TRANSIENT};
	if (WIFSIGNALED(status))
		death_by_signal(WTERMSIG(status), &ret->why);
	else
		(void)err_set(&ret->why, ERR_UNAVAILABLE,
			      "the process for the SFTP line ended by itself (exit code %d)",
			      WEXITSTATUS(status));
}

/* As ssh-keygen -l shows it, so that people can compare. */
static void fingerprint(struct span key, char out[SFTP_FINGERPRINT_MAX])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(hash, (const unsigned char *)key.p, key.n);
	(void)snprintf(out, SFTP_FINGERPRINT_MAX, "SHA256:");
	(void)sodium_bin2base64(out + 7, SFTP_FINGERPRINT_MAX - 7, hash, sizeof(hash),
				sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

void sftp_words_of_host_key(struct span pinned, struct span shown, struct transport_reply *ret)
{
	char expected[SFTP_FINGERPRINT_MAX], met[SFTP_FINGERPRINT_MAX];

	fingerprint(pinned, expected);
	fingerprint(shown, met);
	*ret = (struct transport_reply){.kind = REPLY_PERSON};
	(void)err_set(&ret->why, ERR_DENIED,
		      "the other side's SSH host key is not the one in the enrolment: either the "
		      "region's server has a new key or somebody stands between; nothing was sent "
		      "(expected %s, met %s)",
		      expected, met);
}
