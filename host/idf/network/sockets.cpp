/// Blocking socket calls, on lwIP's terms: who takes part in the device's clock waits in its time.
///
/// The linker sends every call of the program here (--wrap, host/idf/CMakeLists.txt). Threads that
/// do not take part in the clock get the C library's call. The kernel keeps SO_RCVTIMEO and
/// SO_SNDTIMEO, which are read as device time here and never run out there.
#include <fcntl.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "host/clock.hpp"
#include "network/real_calls.hpp"

namespace host::network {
namespace {

clock::Duration duration(const timeval &time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

// `option`: SO_RCVTIMEO or SO_SNDTIMEO; 0 is none.
clock::Deadline deadline_of(int socket, int option) {
  timeval timeout{};
  socklen_t size = sizeof(timeout);
  if (getsockopt(socket, SOL_SOCKET, option, &timeout, &size) != 0 ||
      (timeout.tv_sec == 0 && timeout.tv_usec == 0)) {
    return std::nullopt;
  }
  return clock::deadline_in(duration(timeout));
}

bool may_block(int socket) {
  return (fcntl(socket, F_GETFL) & O_NONBLOCK) == 0;
}

// False, with errno as the call leaves it, at the deadline or on an error.
bool wait_for(int socket, short events, const clock::Deadline &deadline) {
  pollfd polled{.fd = socket, .events = events, .revents = 0};
  const int ready = clock::poll(&polled, 1, deadline);
  if (ready == 0) {
    errno = EAGAIN;
  }
  return ready > 0;
}

// Calls until it does not say that it would have to wait.
template <typename Call>
ssize_t call_blocking(int socket, int flags, short events, int timeout_option, Call call) {
  if (!clock::takes_part() || (flags & MSG_DONTWAIT) != 0) {
    return call(flags);
  }
  clock::Deadline deadline;
  for (bool has_waited = false;; has_waited = true) {
    const ssize_t result = call(flags | MSG_DONTWAIT);
    if (result >= 0 || (errno != EAGAIN && errno != EINTR) || !may_block(socket)) {
      return result;
    }
    if (!has_waited) {
      deadline = deadline_of(socket, timeout_option);
    }
    if (!wait_for(socket, events, deadline)) {
      return -1;
    }
  }
}

// A blocking send() ends when all is sent.
template <typename Call>
ssize_t send_blocking(int socket, const void *data, std::size_t size, int flags, Call call) {
  const auto *const bytes = static_cast<const char *>(data);
  std::size_t sent = 0;
  do {
    const ssize_t count = call_blocking(socket, flags, POLLOUT, SO_SNDTIMEO, [&](int with) {
      return call(bytes + sent, size - sent, with);
    });
    if (count < 0) {
      return sent > 0 ? static_cast<ssize_t>(sent) : -1;
    }
    sent += static_cast<std::size_t>(count);
  } while (sent < size && clock::takes_part() && (flags & MSG_DONTWAIT) == 0 && may_block(socket));
  return static_cast<ssize_t>(sent);
}

bool contains(const fd_set *set, int socket) {
  return set != nullptr && FD_ISSET(socket, set);
}

// Leaves a socket in the set only if it has one of the events; returns whether it has.
bool keep_if(fd_set *set, const pollfd &polled, short events) {
  if (!contains(set, polled.fd)) {
    return false;
  }
  if ((polled.revents & events) != 0) {
    return true;
  }
  FD_CLR(polled.fd, set);
  return false;
}

} // namespace
} // namespace host::network

using namespace host;
using namespace host::network;

extern "C" {

ssize_t __wrap_recv(int socket, void *data, std::size_t size, int flags) {
  return call_blocking(socket, flags, POLLIN, SO_RCVTIMEO,
                       [&](int with) { return __real_recv(socket, data, size, with); });
}

ssize_t __wrap_recvfrom(int socket, void *data, std::size_t size, int flags, sockaddr *from,
                        socklen_t *from_length) {
  return call_blocking(socket, flags, POLLIN, SO_RCVTIMEO, [&](int with) {
    return __real_recvfrom(socket, data, size, with, from, from_length);
  });
}

ssize_t __wrap_send(int socket, const void *data, std::size_t size, int flags) {
  return send_blocking(socket, data, size, flags,
                       [&](const char *rest, std::size_t rest_size, int with) {
                         return __real_send(socket, rest, rest_size, with);
                       });
}

ssize_t __wrap_sendto(int socket, const void *data, std::size_t size, int flags, const sockaddr *to,
                      socklen_t to_length) {
  return call_blocking(socket, flags, POLLOUT, SO_SNDTIMEO, [&](int with) {
    return __real_sendto(socket, data, size, with, to, to_length);
  });
}

int __wrap_accept(int socket, sockaddr *address, socklen_t *length) {
  if (clock::takes_part() && may_block(socket) &&
      !wait_for(socket, POLLIN, deadline_of(socket, SO_RCVTIMEO))) {
    return -1;
  }
  return __real_accept(socket, address, length);
}

int __wrap_connect(int socket, const sockaddr *address, socklen_t length) {
  const int flags = fcntl(socket, F_GETFL);
  if (!clock::takes_part() || (flags & O_NONBLOCK) != 0) {
    return __real_connect(socket, address, length);
  }
  fcntl(socket, F_SETFL, flags | O_NONBLOCK);
  int result = __real_connect(socket, address, length);
  int error = result == 0 ? 0 : errno;
  fcntl(socket, F_SETFL, flags);
  if (error == EINPROGRESS) {
    if (!wait_for(socket, POLLOUT, deadline_of(socket, SO_SNDTIMEO))) {
      return -1;
    }
    socklen_t size = sizeof(error);
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    result = error == 0 ? 0 : -1;
  }
  errno = error;
  return result;
}

int __wrap_poll(pollfd *descriptors, nfds_t count, int timeout_ms) {
  if (!clock::takes_part()) {
    return __real_poll(descriptors, count, timeout_ms);
  }
  return clock::poll(descriptors, count,
                     timeout_ms < 0 ? clock::Deadline{}
                                    : clock::deadline_in(std::chrono::milliseconds{timeout_ms}));
}

int __wrap_select(int count, fd_set *to_read, fd_set *to_write, fd_set *failed, timeval *timeout) {
  if (!clock::takes_part()) {
    return __real_select(count, to_read, to_write, failed, timeout);
  }
  // Kept, so that waiting takes no memory from the device's heap.
  static thread_local std::vector<pollfd> polled;
  polled.clear();
  for (int socket = 0; socket < count; ++socket) {
    const int events = (contains(to_read, socket) ? POLLIN : 0) |
                       (contains(to_write, socket) ? POLLOUT : 0) |
                       (contains(failed, socket) ? POLLPRI : 0);
    if (events != 0) {
      polled.push_back({.fd = socket, .events = static_cast<short>(events), .revents = 0});
    }
  }
  const clock::Deadline deadline =
      timeout != nullptr ? clock::deadline_in(duration(*timeout)) : clock::Deadline{};
  if (clock::poll(polled.data(), polled.size(), deadline) < 0) {
    return -1;
  }
  int ready = 0;
  for (const pollfd &one : polled) {
    if ((one.revents & POLLNVAL) != 0) {
      errno = EBADF;
      return -1;
    }
    ready += keep_if(to_read, one, POLLIN | POLLHUP | POLLERR) ? 1 : 0;
    ready += keep_if(to_write, one, POLLOUT | POLLERR) ? 1 : 0;
    ready += keep_if(failed, one, POLLPRI) ? 1 : 0;
  }
  return ready;
}

} // extern "C"
