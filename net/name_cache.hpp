#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/deadline.hpp"

namespace denidin::net {

/// The addresses of hosts, asked of the system once per burst of calls and kept for some seconds.
/// Thread-safe. The system's resolver cannot be interrupted, so whoever waits for it waits on a
/// timer of their own.
class name_cache : public std::enable_shared_from_this<name_cache> {
 public:
  using addresses = std::vector<tcp::endpoint>;

  /// One who waits; belongs to a strand.
  struct waiter {
    explicit waiter(const strand& executor) : wake(executor) {}
    strand_timer wake;  ///< to be cancelled to wait no longer
    bool has_come = false;
    error_code error;
    addresses found;
  };
  using waiter_ptr = std::shared_ptr<waiter>;

  explicit name_cache(asio::io_context& context) : resolver_(context) {}

  /// Waits on `who` until the addresses have come, or `until`. An IP literal is there at once.
  awaitable<void> find(const std::string& host, uint16_t port, waiter_ptr who,
                       deadline::clock::time_point until);
  /// The addresses of this host did not serve: ask again next time.
  void forget(const std::string& host, uint16_t port);

 private:
  using key = std::pair<std::string, uint16_t>;
  struct host_entry {
    addresses found;
    deadline::clock::time_point fresh_until;
    std::vector<waiter_ptr> waiting;
  };

  /// False if an answer is there already.
  bool ask(const key& what, const waiter_ptr& who);
  void answer(const key& what, error_code ec, const tcp::resolver::results_type& results);

  std::mutex mutex_;
  tcp::resolver resolver_;
  std::map<key, host_entry> entries_;
};

}  // namespace denidin::net
