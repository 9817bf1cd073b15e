/*
 * refusing - a kernel that lacks some system calls, for the real program: a
 * seccomp filter, put on in the child before it becomes the program, lets
 * them fail. Included by test programs for Linux.
 */
#ifndef REFUSING_H
#define REFUSING_H

#include <stddef.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#define REFUSING_MAX	8

/* Let n system calls, by their numbers, fail with error from here on. */
static inline void
refuse_calls(const unsigned *calls, size_t n, int error)
{
	struct sock_filter code[2 * REFUSING_MAX + 2];
	struct sock_fprog program = { .filter = code };
	unsigned short at = 0;

	code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < n && i < REFUSING_MAX; i++) {
		code[at++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		    SECCOMP_RET_ERRNO | (unsigned)error);
	}
	code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ALLOW);
	program.len = at;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1)
		_exit(125);
}

#endif
