#include "tests/actors/house.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace denidin::test {

namespace {

llm_actor::behavior_type scripted(llm_actor::pointer self, std::shared_ptr<scripted_model> model) {
  return {
      [=](complete_atom, const chat_request_ptr& request,
          steady_time) -> caf::result<completion_ptr> {
        model->requests.push_back(request);
        auto answer = self->make_response_promise<completion_ptr>();
        if (model->holds) {
          model->held.push_back(answer);
          return answer;
        }
        if (model->script.empty()) {
          completion echo;
          echo.text = "echo: " + request->messages.back().text.str();
          answer.deliver(completion_ptr{std::make_shared<const completion>(std::move(echo))});
          return answer;
        }
        auto result = model->script.front()(*request);
        model->script.pop_front();
        if (result)
          answer.deliver(completion_ptr{std::make_shared<const completion>(std::move(*result))});
        else
          answer.deliver(result.error());
        return answer;
      },
      [](answered_atom, uint64_t, const http_result_ptr&) {},
      [=](retry_atom, uint64_t) {
        for (auto& waiting : std::exchange(model->held, {})) {
          completion answer;
          answer.text = model->held_answer;
          waiting.deliver(completion_ptr{std::make_shared<const completion>(std::move(answer))});
        }
      },
      [](tick_atom) {},
      [](reload_atom, const settings_ptr&) {},
      [](describe_atom) -> caf::result<backend_status> { return backend_status{}; },
  };
}

}  // namespace

config::settings house::with_memory() {
  config::settings settings;
  settings.memory_system.enabled = true;
  return settings;
}

house::house(config::settings wanted)
    : settings(std::make_shared<const config::settings>(std::move(wanted))) {
  storage::store::options how;
  how.data_root = directory_ / "data";
  how.now = [this] { return wall_; };
  auto opened = storage::store::open(how);
  if (!opened)
    throw std::runtime_error(explain(opened.error()).message);
  store = std::move(*opened);
  config_.add_message_types<caf::id_block::denidin>();
  config_.set("scheduler.policy", caf::atom("testing"));
  system_.emplace(config_);
  coordinator_ = static_cast<caf::scheduler::test_coordinator*>(&system_->scheduler());
  around = std::make_shared<actors::session_surroundings>();
  around->store = store;
  around->collection = settings->longterm.collection_name;
  around->figures = std::make_shared<actors::metrics>();
  around->now = [this] { return wall_; };
  around->writer = system_->spawn(actors::writer, store, uint32_t{512}, around->figures);
  const auto first = system_->spawn(scripted, model);
  const auto other = system_->spawn(scripted, second);
  around->routes = {{"client", {first, other}}, {"godfather", {first}}, {"summary", {first}}};
  run();
  start_ingress();
}

house::~house() {
  if (sweeper_)
    caf::anon_send_exit(sweeper_, caf::exit_reason::user_shutdown);
  sweeper_ = nullptr;
  stop_ingress();
  if (around->writer)
    caf::anon_send_exit(around->writer, caf::exit_reason::user_shutdown);
  for (const auto& backend : around->routes["client"])
    caf::anon_send_exit(backend, caf::exit_reason::user_shutdown);
  run();
  model->held.clear();
  around.reset();
}

void house::start_ingress() {
  ingress_ = system_->spawn(actors::ingress, actors::session_surroundings_ptr{around}, settings);
  run();
}

void house::stop_ingress() {
  caf::anon_send_exit(ingress_, caf::exit_reason::user_shutdown);
  ingress_ = nullptr;
  run();
}

void house::leave_waiting(const std::string& chat, const std::string& text, const std::string& id) {
  model->holds = true;
  send(chat, text, id);
  run();
  stop_ingress();
  model->held.clear();
  model->holds = false;
}

void house::resume(std::vector<std::string> chats) {
  send_resume(std::move(chats));
  run();
}

void house::send_resume(std::vector<std::string> chats) {
  caf::anon_send(ingress_, resume_atom_v, std::move(chats));
}

void house::answer_held(const std::string& text) {
  model->holds = false;
  model->held_answer = text;
  caf::anon_send(around->routes["client"].front(), retry_atom_v, uint64_t{0});
  run();
}

void house::start_sweeper() {
  sweeper_ =
      system_->spawn(actors::sweeper, store, around->writer, ingress_, around->now, settings);
  run();
}

void house::stop_sweeper() {
  caf::anon_send_exit(sweeper_, caf::exit_reason::user_shutdown);
  sweeper_ = nullptr;
  run();
}

void house::run() {
  // CAF puts an actor that has more to do in front again; real schedulers take turns.
  auto& jobs = coordinator_->jobs;
  while (coordinator_->try_run_once())
    if (jobs.size() > 1)
      std::rotate(jobs.begin(), jobs.begin() + 1, jobs.end());
}

void house::advance(std::chrono::milliseconds span) {
  wall_ += span;
  coordinator_->advance_time(span);
  run();
}

house::place house::send(const std::string& chat, const std::string& text, const std::string& id) {
  auto message = std::make_shared<inbound>();
  message->chat_id = chat;
  message->text = text;
  message->message_id = id.empty() ? "m" + std::to_string(next_id_++) : id;
  message->sent_at = message->received_at = wall_;
  auto result = std::make_shared<pending_outcome>();
  system_->spawn([=, to = ingress_](caf::event_based_actor* self) {
    self->request(to, caf::infinite, accept_atom_v, inbound_ptr{message})
        .then([=](const outcome_ptr& value) { result->result = value; },
              [=](const caf::error& error) { result->result = error; });
  });
  // The sender hands its message over; ingress and the rest run when the test says so.
  coordinator_->try_run_once_lifo();
  return result;
}

outcome house::say(const std::string& chat, const std::string& text, const std::string& id) {
  const auto sent = send(chat, text, id);
  run();
  if (!sent->done() || !*sent->result) {
    ADD_FAILURE() << "no outcome: "
                  << (sent->done() ? explain(sent->result->error()).message : "still waiting");
    return {};
  }
  return sent->value();
}

std::vector<std::string> house::last_request() const {
  std::vector<std::string> lines;
  if (model->requests.empty())
    return lines;
  for (const auto& message : model->requests.back()->messages)
    if (message.by != chat_message::author::system)
      lines.push_back((message.by == chat_message::author::user ? "user: " : "assistant: ") +
                      message.text.str());
  return lines;
}

std::vector<std::string> house::history(const std::string& chat) const {
  auto txn = store->read();
  auto session = storage::find_session(*txn, chat);
  std::vector<std::string> lines;
  if (!session || !*session)
    return lines;
  auto turns = storage::list_turns(*txn, **session, 0, 1'000'000);
  for (const auto& each : *turns)
    lines.push_back(std::string{to_string(each.by)} + ": " + each.text);
  return lines;
}

}  // namespace denidin::test
