#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/outbound.hpp"
#include "actors/poller.hpp"
#include "storage/outbox.hpp"
#include "tests/actors/house.hpp"
#include "tests/storage/fixture.hpp"

namespace denidin::test {

/// A channel in plain words. The method of a call says what it is: `receive`, `acknowledge`,
/// `send`, `typing`, `read`, `state`; its query names the chat (or the receipt), its body has the
/// text (or the message). An answer to a send is the channel's id; one to `receive` names one of
/// `items`; one to `state` is the state.
class plain_wire : public net::channel_wire {
 public:
  channel via() const override { return channel::green_api; }
  const std::string& instance() const override { return instance_; }
  net::http_call receive() const override { return call_of("receive", {}, {}); }
  caf::expected<net::received> read_received(const net::http_result& result,
                                             wall_time now) const override;
  net::http_call acknowledge(const std::string& receipt) const override {
    return call_of("acknowledge", receipt, {});
  }
  std::string_view webhook() const override { return "plain"; }
  bool is_authentic(const net::http_request&) const override { return true; }
  net::delivery read_event(std::string_view, wall_time) const override { return {}; }
  uint32_t sends_per_second() const override { return sends_a_second; }
  uint32_t reads_per_second() const override { return reads_a_second; }
  net::http_call send(const outgoing& part) const override;
  net::send_result read_sent(const net::http_result& result, wall_time now) const override;
  net::http_call show_typing(const std::string& chat_id) const override {
    return call_of("typing", chat_id, {});
  }
  net::http_call mark_read(const std::string& chat_id,
                           const std::string& message_id) const override {
    return call_of("read", chat_id, message_id);
  }
  net::http_call ask_state() const override { return call_of("state", {}, {}); }
  std::optional<std::string> read_state(const net::http_result& result) const override;

  std::map<std::string, net::delivery> items;
  uint32_t sends_a_second = 10'000'000;  ///< so many that nothing waits
  uint32_t reads_a_second = 10;

 private:
  static net::http_call call_of(const char* method, std::string query, std::string body);

  std::string instance_ = "7103";
};

/// How a call can end.
net::http_result answered(std::string body);
net::http_result failed(unsigned status, std::string retry_after = {});
net::http_result broken(ec code, bool request_left);

/// What stands before the writer: holds changes, or refuses them.
struct gate {
  bool holds = false;
  ec refuses = ec::none;       ///< what every change gets, if set
  std::deque<ec> refuse_next;  ///< what the next changes get; `none` lets one through
  std::vector<std::pair<change_ptr, caf::typed_response_promise<uint64_t>>> held;
};

/// A house with a channel whose calls out wait until the test answers them. Its way out runs from
/// the beginning; the poller comes when it is wanted.
class channel_house : public house {
 public:
  explicit channel_house(config::settings settings = with_memory());
  ~channel_house();

  // -- calls out ----------------------------------------------------------------------------------

  struct open_call {
    net::http_call what;
    std::function<void(net::http_result)> done;
    std::optional<outgoing> row;  ///< of a send: the row as it was on disk when the call was made
  };
  /// `query: body` of the calls of this kind that have no answer yet, oldest first.
  std::vector<std::string> open(const std::string& method) const;
  /// The same of every call that was ever made.
  const std::vector<std::string>& made(const std::string& method) { return made_[method]; }
  /// Answers the oldest call of a kind.
  void answer(const std::string& method, net::http_result with);
  /// Answers the send of this text.
  void answer_send(const std::string& text, net::http_result with);
  /// The same for several, taken over by the channel as `id of TEXT`.
  void take(const std::vector<std::string>& texts);
  /// What answers the oldest call of a kind, to be kept beyond its answer.
  std::function<void(net::http_result)> completion_of(const std::string& method) const;
  const open_call& send_of(const std::string& text) const;

  // -- the way out --------------------------------------------------------------------------------

  /// Spawns the way out; again for a restart, for which `recover` does what the start does.
  void start_outbound();
  void stop_outbound();
  void recover();
  /// Puts a reply into the outbox and says so; the other does not.
  void put(const std::string& chat, const std::vector<std::string>& parts,
           const std::string& quotes = {});
  void put_untold(const std::string& chat, const std::vector<std::string>& parts,
                  const std::string& quotes = {});
  /// The channel says something about a message, or about the account.
  void report(const std::string& chat, const std::string& id, const std::string& text = {},
              const std::string& failure = {});
  void account(const std::string& state);
  /// `text: state` of the rows on disk.
  std::vector<std::string> outbox() const;
  std::vector<outgoing> rows() const;
  uint64_t seq_of(const std::string& text) const;
  /// Texts of the rows of a chat: what was replied there and is not taken over.
  std::vector<std::string> replies(const std::string& chat) const;
  channel_status status();
  template <class... Args>
  std::shared_ptr<std::optional<caf::expected<uint64_t>>> begin(Args... args) {
    auto result = std::make_shared<std::optional<caf::expected<uint64_t>>>();
    system().spawn([=, to = outbound_](caf::event_based_actor* self) {
      self->request(to, caf::infinite, args...)
          .then([=](uint64_t value) { *result = caf::expected<uint64_t>{value}; },
                [=](const caf::error& error) { *result = caf::expected<uint64_t>{error}; });
    });
    run();
    return result;
  }
  /// A request to the way out that is answered at once.
  template <class... Args>
  caf::expected<uint64_t> order(Args... args) {
    const auto result = begin(args...);
    return *result ? **result : caf::expected<uint64_t>{fail(ec::upstream_timeout, "no answer")};
  }
  template <class... Args>
  void tell_outbound(Args... args) {
    caf::anon_send(outbound_, args...);
    run();
  }

  // -- the way in ---------------------------------------------------------------------------------

  void start_poller();
  void stop_poller();
  /// A message as this channel delivers it, to be completed.
  std::shared_ptr<inbound> message(const std::string& chat, const std::string& text,
                                   const std::string& id = {});
  /// Accepted, and run to the end; the code of a refusal.
  ec deliver(std::shared_ptr<inbound> message);
  ec tell(const std::string& chat, const std::string& text, const std::string& id = {}) {
    return deliver(message(chat, text, id));
  }
  /// Handed in and not run.
  void hand_in(std::shared_ptr<inbound> message);

  /// Lets go what the gate holds.
  void open_gate();

  /// The value of a metric's line; none where there is no such line.
  std::optional<double> metric(const std::string& name) const;

  std::shared_ptr<plain_wire> wire = std::make_shared<plain_wire>();
  std::shared_ptr<gate> writes = std::make_shared<gate>();

 private:
  caf::actor_system& system() { return real_writer_->home_system(); }
  actors::http_caller caller();

  writer_actor real_writer_;
  outbound_actor outbound_;
  poller_actor poller_;
  std::deque<open_call> calls_;
  std::map<std::string, std::vector<std::string>> made_;
  uint64_t next_message_ = 1;
};

}  // namespace denidin::test
