#include "serial.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "esp_log.h"
#include "host/uart.hpp"

namespace sim {
namespace {

/// The end of the wire that is the device's UART.
int device_end = -1;
/// What prints the log on this machine.
vprintf_like_t print_here = nullptr;

/// The console on the UART, which ends its lines with CR LF.
void write_to_wire(std::string_view text) {
  std::string line;
  for (const char c : text) {
    line += c == '\n' ? "\r\n" : std::string(1, c);
  }
  static_cast<void>(::send(device_end, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

int print_on_both(const char *format, va_list arguments) {
  std::array<char, 512> line;
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(line.data(), line.size(), format, again);
  va_end(again);
  flockfile(stdout);
  const int printed = print_here(format, arguments);
  if (length > 0) {
    write_to_wire({line.data(), std::min(static_cast<std::size_t>(length), line.size() - 1)});
  }
  funlockfile(stdout);
  return printed;
}

std::unexpected<std::string> failed(const std::string &what) {
  return std::unexpected("--serial: " + what + ": " + std::strerror(errno));
}

/// Moves what has come at `from` to `to`, or drops it where nobody is. False at the end of `from`.
bool move(int from, int to) {
  std::array<char, 1024> bytes;
  const ssize_t count = ::read(from, bytes.data(), bytes.size());
  if (count <= 0) {
    return count < 0 && (errno == EAGAIN || errno == EINTR);
  }
  for (ssize_t sent = 0; to >= 0 && sent < count;) {
    const ssize_t more = ::write(to, bytes.data() + sent, static_cast<std::size_t>(count - sent));
    if (more <= 0) {
      break; // it has gone, which its own end will tell
    }
    sent += more;
  }
  return true;
}

/// Joins the wire with one client after the other, each from accept() to its end.
void serve_clients(int wire, int listener) {
  int client = -1;
  for (;;) {
    std::array<pollfd, 2> polled{
        {{.fd = wire, .events = POLLIN, .revents = 0},
         {.fd = client < 0 ? listener : client, .events = POLLIN, .revents = 0}}};
    if (::poll(polled.data(), polled.size(), -1) < 0) {
      continue;
    }
    if (polled[0].revents != 0) {
      move(wire, client);
    }
    if (polled[1].revents == 0) {
      continue;
    }
    if (client < 0) {
      client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    } else if (!move(client, wire)) {
      ::close(std::exchange(client, -1));
    }
  }
}

/// A pseudo-terminal is always there, whoever has it open.
void serve_terminal(int wire, int terminal) {
  for (;;) {
    std::array<pollfd, 2> polled{{{.fd = wire, .events = POLLIN, .revents = 0},
                                  {.fd = terminal, .events = POLLIN, .revents = 0}}};
    if (::poll(polled.data(), polled.size(), -1) < 0) {
      continue;
    }
    if (polled[0].revents != 0) {
      move(wire, terminal);
    }
    if (polled[1].revents != 0) {
      move(terminal, wire);
    }
  }
}

std::expected<std::string, std::string> open_terminal(int wire) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) {
    return failed("no pseudo-terminal");
  }
  const std::string path = ptsname(terminal);
  // Held open, or reading would fail whenever nobody else has it open.
  const int held = open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios raw{};
  if (held < 0 || tcgetattr(held, &raw) != 0) {
    return failed(path);
  }
  cfmakeraw(&raw);
  tcsetattr(held, TCSANOW, &raw);
  // A terminal that nobody reads must not hold up the device.
  fcntl(terminal, F_SETFL, O_NONBLOCK);
  std::thread(serve_terminal, wire, terminal).detach();
  return path;
}

std::expected<std::string, std::string> open_socket(int wire, const std::string &path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return failed(path);
  }
  path.copy(address.sun_path, path.size());
  unlink(path.c_str());
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 ||
      listen(listener, 1) != 0) {
    return failed(path);
  }
  std::thread(serve_clients, wire, listener).detach();
  return path;
}

} // namespace

std::expected<std::string, std::string> open_serial(const std::string &where) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return failed("no pair of sockets");
  }
  auto opened = where == "pty" ? open_terminal(ends[1]) : open_socket(ends[1], where);
  if (opened) {
    device_end = ends[0];
    host::uart::connect(UART_NUM_0, device_end);
    print_here = esp_log_set_vprintf(print_on_both);
  }
  return opened;
}

} // namespace sim
