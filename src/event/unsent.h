/*
 * unsent - how many bytes the kernel still holds for a peer.
 */
#ifndef UNSENT_H
#define UNSENT_H

#include <stdint.h>

/*
 * Bytes written to the socket that the peer has not acknowledged (SIOCOUTQ).
 * 0 where the system does not tell: then what the kernel took counts as
 * taken by the peer.
 */
uint64_t	unsent_bytes(int fd);

#endif
