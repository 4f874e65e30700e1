#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.hpp"
#include "tests/support/fake_green_options.hpp"
#include "tests/support/scripted_server.hpp"

namespace denidin::test {

/// The notifications of the fake Green API, on their way to whoever polls for them or to a webhook.
/// Usable from any thread.
class fake_green_queue {
 public:
  /// `server` keeps the time; it is not used before the first call and must live until `close`.
  explicit fake_green_queue(scripted_server& server) : server_(server) {}
  /// Ends a delivery under way and begins none any more.
  void close();

  /// Changes the options, as `changed` reads them, and tries the webhook at once.
  void change(std::string_view json);
  fake_green_options options() const;

  /// Appends a notification; `body` need not be JSON.
  void push(std::string body);
  /// Calls `done` with the head, as receiveNotification answers it, as soon as there is one, or
  /// with `null` after this time.
  void receive(std::chrono::milliseconds timeout, std::function<void(std::string)> done);
  /// Whether there was one with this receipt; it is gone then, but for `lose_deletes`.
  bool remove(uint64_t receipt);

  size_t size() const;  ///< what comes back later does not count
  /// The statuses that the webhook answered with so far, 0 for no answer.
  std::vector<unsigned> webhook_statuses() const;
  void forget();

 private:
  struct entry {
    uint64_t receipt = 0;
    std::shared_ptr<const std::string> body;
    bool returned = false;  ///< deleted once already
  };

  // All of these with the mutex held.
  void append(std::shared_ptr<const std::string> body, bool returned);
  void take_out(std::deque<entry>::iterator place);
  void deliver();
  void post_head();
  bool loses_a_delete();
  std::string head() const;

  void posted(uint64_t receipt, unsigned status);

  scripted_server& server_;
  mutable std::mutex mutex_;
  fake_green_options options_;
  std::deque<entry> entries_;
  uint64_t last_receipt_ = 0, last_waiter_ = 0, forgotten_ = 0;
  std::map<uint64_t, std::function<void(std::string)>> waiters_;
  std::mt19937_64 random_;

  std::unique_ptr<net::event_loop> loop_;  ///< from the first delivery to a webhook on
  std::unique_ptr<net::http_client> client_;
  bool posting_ = false, closed_ = false;
  uint64_t pause_ = 0;  ///< number of the pause after a failed delivery; 0: none
  uint64_t pauses_ = 0;
  std::vector<unsigned> webhook_statuses_;
};

}  // namespace denidin::test
