/* A main() for a fuzz target without a fuzzer: hands it the files and folders of the command line,
 * or, run by make check, its seeds in tests/fuzz/seeds/<target>/ (the program is called
 * replay_<target>). */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

DEFINE_CLEANUP(DIR *, closedir)

/* In memory of its very size, so that AddressSanitizer sees a read past the end. */
static int replay_file(const char *path)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "rb");
	_cleanup_(buf_done) struct buf bytes = BUF_INIT;
	size_t n;

	if (!file) {
		perror(path);
		return -1;
	}
	while ((n = fread(buf_reserve(&bytes, 65536), 1, 65536, file)) > 0)
		bytes.n += n;
	_cleanup_(freep) uint8_t *exact = malloc(bytes.n ? bytes.n : 1);
	if (!exact)
		abort();
	memcpy(exact, bytes.p, bytes.n);
	(void)LLVMFuzzerTestOneInput(exact, bytes.n);
	return 1;
}

/* How many files were handed over, or -1. */
static int replay(const char *path)
{
	_cleanup_(closedirp) DIR *dir = opendir(path);
	struct dirent *entry;
	int files = 0;

	if (!dir)
		return replay_file(path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		_cleanup_(buf_done) struct buf name = BUF_INIT;
		buf_addf(&name, "%s/%s", path, entry->d_name);
		if (replay_file(name.p) < 0)
			return -1;
		files++;
	}
	return files;
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir"), *target = strrchr(argv[0], '_');
	char seeds[4096];
	int files = 0;

	(void)snprintf(seeds, sizeof(seeds), "%s/tests/fuzz/seeds/%s", srcdir ? srcdir : ".",
		       target ? target + 1 : "");
	for (int i = 1; i < argc || (argc == 1 && i == 1); i++) {
		int n = replay(argc == 1 ? seeds : argv[i]);
		if (n < 0)
			return 1;
		files += n;
	}
	printf("%d inputs replayed\n", files);
	return files == 0;
}
