/* Cleanup attributes: one way out of a function cannot forget to free.
 *
 *     _cleanup_(x_freep) struct x *x = NULL;
 *     ...
 *     *ret_x = TAKE_PTR(x);
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>
#include <stdio.h>

#define _cleanup_(f)   __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _unused_       __attribute__((unused))
/* What every record runs through is laid side by side, and what leads to the seldom out of its way.
 * For together with libxml2's it is about as much code as a processor's first cache holds: XML
 * became a tenth faster. */
#define _hot_  __attribute__((hot))
#define _cold_ __attribute__((cold))

#define TAKE_PTR(p)                                                                                \
	__extension__({                                                                            \
		__typeof__(p) *_pp = &(p);                                                         \
		__typeof__(p) _v = *_pp;                                                           \
		*_pp = NULL;                                                                       \
		_v;                                                                                \
	})
#define TAKE_FD(fd)                                                                                \
	__extension__({                                                                            \
		int *_fp = &(fd);                                                                  \
		int _v = *_fp;                                                                     \
		*_fp = -1;                                                                         \
		_v;                                                                                \
	})

/* Defines x_freep() for a free function that takes NULL. */
#define DEFINE_CLEANUP(type, func)                                                                 \
	_unused_ static inline void func##p(type *p)                                               \
	{                                                                                          \
		if (*p)                                                                            \
			func(*p);                                                                  \
	}

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

_unused_ static inline void freep(void *p)
{
	free(*(void **)p);
}

_unused_ static inline void closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

DEFINE_CLEANUP(FILE *, fclose)
