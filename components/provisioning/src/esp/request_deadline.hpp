#pragma once

#include <cstddef>

#include "esp_err.h"
#include "esp_http_server.h"

#include "core/machine.hpp"
#include "core/segment.hpp"

namespace espp::provisioning {

/// Bounds how long one request can keep esp_http_server's only task waiting, whatever its client
/// does: kPatience over all its waits together, from its first byte to the last of its answer.
///
/// The server by itself waits up to its socket time-outs for each single byte, so that a client
/// that sends or takes one now and then keeps everybody else out. Here all waits of a request come
/// off the same time. When it is used up, the request ends like one that timed out (408 where
/// nothing has been answered yet), the connection is closed, and what needs no wait is still sent.
///
/// It also gathers an answer's small pieces, of which the server makes some thirty: sent one by
/// one, the second waits until the phone acknowledges the first, which phones put off by 40 to 200
/// ms.
///
/// The server serves one request at a time, so one of these serves one server, and is used on the
/// server's task alone. Idle connections cost nothing: the server reads only what is there.
class RequestDeadline {
public:
  /// Milliseconds. A phone on the access point is one hop away and its request one or two segments,
  /// of which it repeats a lost one within 200 to 300 ms. An answer that fits the socket's send
  /// buffer (CONFIG_LWIP_TCP_SND_BUF_DEFAULT) needs no wait at all.
  static constexpr Millis kPatience = 1'000;

  /// Has the server that is started with `config` ask this object for every connection; it takes
  /// `open_fn` and `global_transport_ctx`. Must outlive the server.
  void install(httpd_config_t &config);

  /// From here to the next end() small pieces of an answer wait for each other.
  void begin_answer() { gathers_ = true; }

  /// Sends what waits. False: the client did not take it.
  bool flush();

  /// A request has been read to its end and answered: the next one gets its own time. False: the
  /// client did not take the answer.
  bool end();

private:
  enum class Wanted { ToRead, ToWrite };

  static RequestDeadline &of(httpd_handle_t server);
  static esp_err_t on_open(httpd_handle_t server, int socket);
  static int on_receive(httpd_handle_t server, int socket, char *data, std::size_t size, int flags);
  static int on_send(httpd_handle_t server, int socket, const char *data, std::size_t size,
                     int flags);
  int receive(int socket, char *data, std::size_t size, int flags);
  int send(int socket, const char *data, std::size_t size, int flags);
  int send_now(int socket, const char *data, std::size_t size, int flags);
  void begin(int socket);
  /// False: the time is up, or the socket is of no more use.
  bool wait(int socket, Wanted wanted);

  int socket_{-1}; ///< of the request being served, -1 between two
  Millis left_{0};
  bool gathers_{false};
  Segment segment_; ///< of the answer to the request being served
};

} // namespace espp::provisioning
