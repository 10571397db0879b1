/* The numbers are those of statfs(2) and linux/magic.h, written anew. */
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "watcher/file_system.h"

static void what_others_write_to_is_polled(_unused_ void **state)
{
	static const struct {
		uint64_t type;
		const char *name;
	} remote[] = {
	    {NFS_SUPER_MAGIC, "nfs"},	{SMB_SUPER_MAGIC, "smb"},     {0xFF534D42, "cifs"},
	    {0xFE534D42, "smb2"},	{FUSE_SUPER_MAGIC, "fuse"},   {V9FS_MAGIC, "9p"},
	    {AFS_SUPER_MAGIC, "afs"},	{AFS_FS_MAGIC, "afs"},	      {CEPH_SUPER_MAGIC, "ceph"},
	    {CODA_SUPER_MAGIC, "coda"}, {OCFS2_SUPER_MAGIC, "ocfs2"},
	};

	for (size_t i = 0; i < ARRAY_LEN(remote); i++) {
		const char *name = file_system_remote_name(remote[i].type);
		assert_non_null(name);
		assert_string_equal(name, remote[i].name);
	}
}

static void what_is_on_this_machine_is_watched(_unused_ void **state)
{
	static const uint64_t local[] = {
	    EXT4_SUPER_MAGIC,
	    XFS_SUPER_MAGIC,
	    BTRFS_SUPER_MAGIC,
	    TMPFS_MAGIC,
	    OVERLAYFS_SUPER_MAGIC,
	    F2FS_SUPER_MAGIC,
	    RAMFS_MAGIC,
	    MSDOS_SUPER_MAGIC,
	    0x2011BAB0 /* exfat */,
	    SQUASHFS_MAGIC,
	    0x2FC12FC1 /* zfs */,
	    ECRYPTFS_SUPER_MAGIC,
	    0,
	};

	for (size_t i = 0; i < ARRAY_LEN(local); i++)
		assert_null(file_system_remote_name(local[i]));
}

/* f_type of some machines is a signed int: CIFS's and SMB2's numbers are then negative. */
static void a_number_that_is_negative_is_the_same(_unused_ void **state)
{
	assert_string_equal(file_system_remote_name((uint64_t)(int64_t)(int32_t)0xFF534D42),
			    "cifs");
	assert_string_equal(file_system_remote_name((uint64_t)(int64_t)(int32_t)0xFE534D42),
			    "smb2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_others_write_to_is_polled),
	    cmocka_unit_test(what_is_on_this_machine_is_watched),
	    cmocka_unit_test(a_number_that_is_negative_is_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
