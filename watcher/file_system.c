/* The numbers stand here as they are: no libc's or kernel's magic.h names them all. They are those
 * of the file systems that statfs(2), the kernel's and their makers' headers call network, cluster
 * or shared-folder ones. In doubt a folder is polled: that costs a listing now and then, while a
 * notice that never comes costs an hour. */
#include "watcher/file_system.h"

#include <stddef.h>

#include "base/cleanup.h"

static const struct {
	uint32_t type;
	const char *name;
} remote[] = {
    {0x00006969, "nfs"},    {0x0000517B, "smb"},    {0xFF534D42, "cifs"}, {0xFE534D42, "smb2"},
    {0x65735546, "fuse"}, /* sshfs, glusterfs, s3fs, davfs, virtiofs, ntfs-3g … */
    {0x01021997, "9p"},	    {0x5346414F, "afs"}, /* OpenAFS */
    {0x6B414653, "afs"},			 /* the kernel's */
    {0x00C36400, "ceph"},   {0x73757245, "coda"},   {0x0000564C, "ncp"},  {0x01161970, "gfs2"},
    {0x7461636F, "ocfs2"},  {0x0BD00BD0, "lustre"}, {0x47504653, "gpfs"}, {0x20030528, "orangefs"},
    {0x19830326, "beegfs"}, {0xAAD7AAEA, "panfs"},  {0xBEEFDEAD, "snfs"}, {0x61636673, "acfs"},
    {0xBACBACBC, "vmhgfs"}, /* shared folders of VMware */
    {0x786F4256, "vboxsf"}, /* of VirtualBox */
    {0x7C7C6673, "prl_fs"}, /* of Parallels */
};

const char *file_system_remote_name(uint64_t type)
{
	/* f_type is signed on some machines: only 32 bits of it say anything. */
	for (size_t i = 0; i < ARRAY_LEN(remote); i++)
		if (remote[i].type == (uint32_t)type)
			return remote[i].name;
	return NULL;
}
