#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "esp_err.h"
#include "esp_http_server.h"

#include "domain/time.hpp"
#include "service/monitor.hpp"
#include "transport/http/segment.hpp"
#include "transport/http/wait_credit.hpp"

namespace espp::provisioning {

/// Reads requests and sends answers for esp_http_server, in place of its own socket calls.
///
/// It bounds how long one request can keep the server's only task waiting, whatever its client
/// does: kPatience over all its waits together, from its first byte to the last of its answer. The
/// server by itself waits up to its socket time-outs for each single byte, so that a client that
/// sends or takes one now and then keeps everybody else out. When the time is used up, the request
/// ends like one that timed out (408 where nothing has been answered yet), the connection is
/// closed, and what needs no wait is still sent. A client that uses up one request's time after the
/// other is throttled, so that it cannot starve others: see WaitCredit. Idle connections cost
/// nothing: the server reads only what is there.
///
/// It also keeps bodies out of the server's own buffers, which nobody wipes: while the server looks
/// for the end of the head it gets nothing beyond, but for the body's first byte, which it needs to
/// see that there is one. So a password is only ever in memory of the handler's.
///
/// And it gathers an answer's small pieces, of which the server makes some thirty: sent one by one,
/// the second waits until the phone acknowledges the first, which phones put off by 40 to 200 ms.
///
/// The server serves one request at a time, so one of these serves one server, and is used on the
/// server's task alone.
class RequestStream {
public:
  /// `monitor` tells the time, and must outlive the stream.
  explicit RequestStream(const Monitor &monitor) : monitor_(monitor) {}

  /// Milliseconds. A phone on the access point is one hop away and its request one or two segments,
  /// of which it repeats a lost one within 200 to 300 ms. An answer that fits the socket's send
  /// buffer (CONFIG_LWIP_TCP_SND_BUF_DEFAULT) needs no wait at all.
  static constexpr Millis kPatience = 1'000;

  /// Has the server that is started with `config` ask this object for every connection; it takes
  /// `open_fn` and `global_transport_ctx`. Must outlive the server.
  void install(httpd_config_t &config);

  /// The head has been parsed: what is read from now on goes to the handler, and small pieces of an
  /// answer wait for each other until end().
  void begin_answer();

  /// Sends what waits. False: the client did not take it.
  bool flush();

  /// A request has been read to its end and answered: the next one gets its own time. False: the
  /// client did not take the answer.
  bool end();

  /// Reads and forgets what has come in already, up to some times the longest request. Waits for
  /// nothing.
  static void discard_pending(int socket);

  /// Ends every wait, now and from now on, so that the server can be stopped at once. Any task.
  void close() { is_closed_ = true; }

private:
  enum class Wanted : std::uint8_t { ToRead, ToWrite };
  enum class Part : std::uint8_t { Head, FirstByte, Body };

  static RequestStream &of(httpd_handle_t server);
  static esp_err_t on_open(httpd_handle_t server, int socket);
  static int on_receive(httpd_handle_t server, int socket, char *data, std::size_t size, int flags);
  static int on_send(httpd_handle_t server, int socket, const char *data, std::size_t size,
                     int flags);
  int receive(int socket, char *data, std::size_t size, int flags);
  int send(int socket, const char *data, std::size_t size, int flags);
  int send_now(int socket, const char *data, std::size_t size, int flags);
  int receive_head(int socket, char *data, std::size_t size, int flags);
  void begin(int socket);
  /// False: the time is up, or the socket is of no more use.
  bool wait(int socket, Wanted wanted);

  const Monitor &monitor_;
  int socket_{-1}; ///< of the request being served, -1 between two
  Part part_{Part::Head};
  bool line_is_empty_{false}; ///< the head's line of which the last byte was read, so far
  Millis left_{0};
  WaitCredit credit_;
  std::atomic<bool> is_closed_{false};
  bool gathers_{false};
  Segment segment_; ///< of the answer to the request being served
};

} // namespace espp::provisioning
