#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>

#include "net/deadline.hpp"
#include "net/http_client.hpp"
#include "net/name_cache.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"

namespace denidin::net {

/// One connection of the client, for one call after another to the same place. To be used on its
/// strand.
class client_connection : public std::enable_shared_from_this<client_connection> {
 public:
  /// `rest_over` is called when the time that `rest` gave is over.
  client_connection(asio::io_context& context, std::shared_ptr<name_cache> names,
                    std::function<void(client_connection&)> rest_over);

  const strand& executor() const { return strand_; }

  /// Makes the call, over a new TCP connection where there is none or the server has closed it.
  /// `tls` is needed for https only.
  awaitable<http_result> perform(const http_call& call, deadline::clock::time_point started,
                                 tls_context tls);
  /// After `perform`: the connection can take another call.
  bool is_reusable() const { return is_reusable_; }
  /// Nothing is to come for `time`.
  void rest(std::chrono::milliseconds time);
  /// Ends what runs with `upstream_reset`.
  void abort();
  void close();

 private:
  /// What is waited for, each with its own deadline.
  enum class stage { resting, connecting, sending, first_byte, answering };

  awaitable<caf::error> connect(const http_call& call, const tls_context& tls);
  awaitable<caf::error> connect_tcp(const http_call& call, deadline::clock::time_point until);
  awaitable<caf::error> connect_tls(const http_call& call, asio::ssl::context& tls);
  awaitable<caf::error> receive(const http_call& call, http_answer& answer);
  void enter(stage next, deadline::clock::time_point until);
  void ring();
  bool is_stale();
  /// What an error of the socket means now, deadlines and abortion first.
  caf::error explain_failure(const http_call& call, ec code, std::string what) const;

  const strand strand_;
  const std::shared_ptr<name_cache> names_;
  const std::function<void(client_connection&)> rest_over_;
  stream stream_;
  deadline deadline_;
  name_cache::waiter_ptr lookup_;
  boost::beast::flat_buffer buffer_;
  std::string head_;
  stage stage_ = stage::resting;
  deadline::clock::time_point total_end_, stage_end_;
  bool is_connected_ = false, is_reusable_ = false, is_aborted_ = false;
};

}  // namespace denidin::net
