#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/ingress.hpp"
#include "actors/session.hpp"
#include "actors/sweeper.hpp"
#include "actors/writer.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::test {

/// A model of the tests' own: answers as told, and keeps what it was asked.
struct scripted_model {
  std::vector<chat_request_ptr> requests;
  /// What the next request gets; without one `echo: <last message>`.
  std::deque<std::function<caf::expected<completion>(const chat_request&)>> script;
  /// Requests are kept unanswered while this is set.
  bool holds = false;
  std::vector<caf::typed_response_promise<completion_ptr>> held;
  std::string held_answer;
};

/// Actors on CAF's simulated clock and scheduler: nothing runs until `run()`, time passes only by
/// `advance()`. The store is a real one in a temporary directory, the model is scripted.
class house {
 public:
  explicit house(config::settings settings = with_memory());
  ~house();

  static config::settings with_memory();

  /// Spawns ingress with the given settings; again for a restart.
  void start_ingress();
  void stop_ingress();
  /// Accepts a message and ends ingress before it is answered: it waits on disk.
  void leave_waiting(const std::string& chat, const std::string& text, const std::string& id);
  /// Tells ingress of chats that wait from before the start.
  void resume(std::vector<std::string> chats);
  /// The same, left in its mailbox.
  void send_resume(std::vector<std::string> chats);

  /// Answers what the first model holds, and lets it answer at once from now on.
  void answer_held(const std::string& text);

  /// Spawns a sweeper, which sweeps at once.
  void start_sweeper();
  void stop_sweeper();
  /// Moves the wall clock alone, as an NTP step does.
  void jump_wall_clock(std::chrono::milliseconds span) { wall_ += span; }

  /// Runs everything that is due now.
  void run();
  /// Lets time pass on the steady and the wall clock, and runs what falls due.
  void advance(std::chrono::milliseconds span);

  /// One message to ingress; the outcome stands in the returned place once it is there.
  struct pending_outcome {
    std::optional<caf::expected<outcome_ptr>> result;
    const outcome& value() const { return ***result; }
    ec code() const { return code_of(result->error()); }
    bool done() const { return result.has_value(); }
  };
  using place = std::shared_ptr<pending_outcome>;
  place send(const std::string& chat, const std::string& text, const std::string& id = {});
  /// The same, run to its end.
  outcome say(const std::string& chat, const std::string& text, const std::string& id = {});

  /// Any other request to ingress, run to its end.
  template <class Result, class... Args>
  caf::expected<Result> ask(Args... args) {
    auto result = std::make_shared<std::optional<caf::expected<Result>>>();
    system_->spawn([=, to = ingress_](caf::event_based_actor* self) {
      self->request(to, caf::infinite, args...)
          .then([=](const Result& value) { *result = caf::expected<Result>{value}; },
                [=](const caf::error& error) { *result = caf::expected<Result>{error}; });
    });
    run();
    return *result ? **result : caf::expected<Result>{fail(ec::upstream_timeout, "no answer")};
  }

  /// `role: text` of what the model was asked last, without the system message.
  std::vector<std::string> last_request() const;
  /// `role: text` of the active session on disk.
  std::vector<std::string> history(const std::string& chat) const;

  std::shared_ptr<scripted_model> model = std::make_shared<scripted_model>();
  std::shared_ptr<scripted_model> second = std::make_shared<scripted_model>();
  settings_ptr settings;
  std::shared_ptr<storage::store> store;
  std::shared_ptr<actors::session_surroundings> around;

 protected:
  const ingress_actor& door() const { return ingress_; }

 private:
  temporary_directory directory_;
  wall_time wall_{std::chrono::hours{24 * 20'000}};
  caf::actor_system_config config_;
  std::optional<caf::actor_system> system_;
  caf::scheduler::test_coordinator* coordinator_ = nullptr;
  ingress_actor ingress_;
  sweeper_actor sweeper_;
  uint64_t next_id_ = 1;
};

}  // namespace denidin::test
