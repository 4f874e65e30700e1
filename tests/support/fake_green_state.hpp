#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/fake_green_api.hpp"
#include "tests/support/fake_green_behaviour.hpp"
#include "tests/support/fake_green_queue.hpp"
#include "tests/support/scripted_server.hpp"

namespace denidin::test {

/// What is behind the fake Green API: its records in fake_green_state.cpp, its calls in
/// fake_green_calls.cpp, `/control` in fake_green_control.cpp.
struct fake_green_api::state {
  /// A call below `/waInstance{id}/`, taken apart.
  struct call {
    std::string http_method, name, receipt, query, body;
  };

  explicit state(identity whom);
  ~state() { queue.close(); }

  // As the public ones, for these and for `/control`.
  void behave(std::string_view json);
  std::string push_text(std::string_view chat, std::string_view text, std::string id,
                        std::string sender, std::string sender_name);
  boost::json::object message_body(std::string_view chat, const boost::json::value& message_data,
                                   std::string id, std::string sender, std::string sender_name);
  std::vector<sent_message> sent() const;
  std::vector<std::string> bodies(std::string_view method) const;
  void forget();

  void serve(const scripted_request& request, const scripted_server::continuation& answer);
  scripted_answer control(const scripted_request& request);
  std::string push_messages(const std::string& body);
  std::string list_sent(const scripted_request& request) const;
  std::string list_bodies(const scripted_request& request, const std::string& method) const;
  std::string count_calls() const;

  void take_call(const call& what, const scripted_server::continuation& answer);
  /// Notes the call; how it is to be spoilt, if at all.
  std::optional<fake_green_behaviour> note(const call& what);
  bool over_the_limit(const std::string& name, const std::map<std::string, uint32_t>& limits);
  void receive(const call& what, std::function<void(scripted_answer)> done);
  scripted_answer carry_out(const call& what);
  scripted_answer send(const boost::json::value& request);
  void report(const sent_message& message);

  std::string fresh_id(size_t digits);
  /// A notification with the members that all of them have.
  boost::json::object notification(std::string_view type_webhook) const;

  const identity who;
  mutable std::mutex mutex;  // tests ask from their own thread
  std::vector<fake_green_behaviour> behaviours;
  std::vector<sent_message> messages;
  std::map<std::string, std::vector<std::string>, std::less<>> call_bodies;
  std::map<std::string, std::deque<std::chrono::steady_clock::time_point>> last_second;
  size_t refused = 0;
  std::mt19937_64 ids;
  fake_green_queue queue;
  scripted_server server;  // last: it serves as soon as it is there
};

/// `{"statusCode","message"}`.
scripted_answer green_error(unsigned status, std::string_view message);

}  // namespace denidin::test
