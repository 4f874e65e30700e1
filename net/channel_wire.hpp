#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "messages/types.hpp"
#include "net/http_client.hpp"

/// The seam between the house and a messenger: what a channel's wire must be able to say and read.
/// A new channel is one more implementation and its line in the topology; nobody else knows which
/// one it is.
namespace denidin::net {

/// One thing that a channel delivered.
struct delivery {
  enum class kind : uint8_t {
    message,  ///< somebody did something in a chat: `message`
    report,   ///< of a message that we sent: `report`
    state,    ///< of our account: `state`
    nothing,  ///< of no concern here
    poison    ///< it cannot be read, and never will be: `raw`
  } what = kind::nothing;
  std::string type;  ///< for the counter: one of a few fixed words, never content
  inbound_ptr message;
  send_report_ptr report;
  std::string state;  ///< `authorized` when it works
  std::string raw;    ///< as it came
};
using delivery_ptr = std::shared_ptr<const delivery>;

/// What polling brought.
struct received {
  std::optional<delivery> item;  ///< none: the queue is empty
  std::string receipt;           ///< names the item when it is acknowledged
};

/// How a send ended.
struct send_result {
  enum class kind : uint8_t {
    sent,      ///< taken over by the channel
    not_sent,  ///< certainly not; can be tried again
    refused,   ///< certainly not, and trying again would change nothing
    unknown    ///< it may have been
  } what = kind::unknown;
  std::string provider_id;  ///< of `sent`: the channel's id of the message
  caf::error why;           ///< of the others
  std::optional<std::chrono::milliseconds> retry_after;  ///< of `not_sent`: as the service asks
};

/// A messenger's service. Pure translation: no sockets, no clocks, no state; usable from any
/// thread.
class channel_wire {
 public:
  virtual ~channel_wire() = default;

  virtual channel via() const = 0;
  /// The account, as it stands in `inbound::instance`.
  virtual const std::string& instance() const = 0;

  /// Whether it is asked for messages; else it delivers them by webhook.
  virtual bool is_polled() const { return true; }

  // -- what comes in ------------------------------------------------------------------------------

  /// Waits for the next item of the queue; the same one comes again until it is acknowledged.
  virtual http_call receive() const = 0;
  /// The answer to `receive`; an error where it says nothing that can be acknowledged.
  virtual caf::expected<received> read_received(const http_result& result, wall_time now) const = 0;
  /// Takes an item out of the queue.
  virtual http_call acknowledge(const std::string& receipt) const = 0;

  /// The name of the webhook's address, below `/webhooks/`.
  virtual std::string_view webhook() const = 0;
  /// Whether a webhook's request is from the service.
  virtual bool is_authentic(const http_request& request) const = 0;
  /// What a webhook's body says; `poison` for what cannot be read.
  virtual delivery read_event(std::string_view body, wall_time now) const = 0;

  // -- what goes out ------------------------------------------------------------------------------

  /// How many sends and marks of reading the service takes in a second.
  virtual uint32_t sends_per_second() const = 0;
  virtual uint32_t reads_per_second() const = 0;

  virtual http_call send(const outgoing& part) const = 0;
  virtual send_result read_sent(const http_result& result, wall_time now) const = 0;
  /// Shows that an answer is being written; what is answered is of no matter.
  virtual http_call show_typing(const std::string& chat_id) const = 0;
  /// Shows that a message was read; what is answered is of no matter.
  virtual http_call mark_read(const std::string& chat_id, const std::string& message_id) const = 0;
  /// Asks for the state of the account: a word; none where the answer does not say.
  virtual http_call ask_state() const = 0;
  virtual std::optional<std::string> read_state(const http_result& result) const = 0;
};
using channel_wire_ptr = std::shared_ptr<const channel_wire>;

}  // namespace denidin::net
