/// The C library's socket calls, which sockets.cpp stands in front of.
#pragma once

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

extern "C" {
int __real_accept(int socket, sockaddr *address, socklen_t *length);
int __real_connect(int socket, const sockaddr *address, socklen_t length);
int __real_poll(pollfd *descriptors, nfds_t count, int timeout_ms);
ssize_t __real_recv(int socket, void *data, std::size_t size, int flags);
ssize_t __real_recvfrom(int socket, void *data, std::size_t size, int flags, sockaddr *from,
                        socklen_t *from_length);
int __real_select(int count, fd_set *to_read, fd_set *to_write, fd_set *failed, timeval *timeout);
ssize_t __real_send(int socket, const void *data, std::size_t size, int flags);
ssize_t __real_sendto(int socket, const void *data, std::size_t size, int flags, const sockaddr *to,
                      socklen_t to_length);
}
