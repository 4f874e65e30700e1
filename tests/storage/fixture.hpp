#pragma once

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/conversations.hpp"
#include "storage/store.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::test {

/// Noon of a day, so that tests can move by hours without changing it.
inline wall_time noon_of(uint32_t day) {
  return wall_time{std::chrono::days{day} + std::chrono::hours{12}};
}

inline storage::store::options options_for(const std::filesystem::path& root) {
  storage::store::options how;
  how.data_root = root;
  return how;
}

/// Opens a store; throws with the error's sentence when it cannot.
inline std::unique_ptr<storage::store> open_store(const std::filesystem::path& root) {
  auto opened = storage::store::open(options_for(root));
  if (!opened)
    throw std::runtime_error(explain(opened.error()).message);
  return std::move(*opened);
}

/// Runs changes in one batch.
inline storage::store::commit_result apply_all(storage::store& store,
                                               const std::vector<storage::change>& changes) {
  std::vector<const storage::change*> pointers;
  for (const auto& each : changes)
    pointers.push_back(&each);
  return store.apply(pointers);
}

/// Runs one change and gives its error.
inline caf::error run_change(storage::store& store, const storage::change& what) {
  return apply_all(store, {what}).errors.at(0);
}

/// Evaluates something that gives an expected value inside a transaction of its own, and commits
/// it. Throws with the error's sentence when it fails.
template <class Evaluate>
auto committed(storage::store& store, Evaluate evaluate) {
  decltype(evaluate(std::declval<storage::write_transaction&>())) result{ec::internal};
  auto error = run_change(store, [&](storage::write_transaction& txn) -> caf::error {
    result = evaluate(txn);
    return result ? caf::error{} : result.error();
  });
  if (error)
    throw std::runtime_error(explain(error).message);
  return std::move(*result);
}

/// A view, or an exception.
inline storage::transaction view_of(const storage::store& store) {
  auto txn = store.read();
  if (!txn)
    throw std::runtime_error(explain(txn.error()).message);
  return std::move(*txn);
}

/// The value, or an exception with the error's sentence.
template <class Value>
Value must(caf::expected<Value> result) {
  if (!result)
    throw std::runtime_error(explain(result.error()).message);
  return std::move(*result);
}

inline inbound message_of(std::string chat, std::string id, std::string text,
                          wall_time at = noon_of(20'000)) {
  inbound message;
  message.chat_id = std::move(chat);
  message.message_id = std::move(id);
  message.text = std::move(text);
  message.sender = "972501234567@c.us";
  message.sender_name = "Dana";
  message.sent_at = at - std::chrono::seconds{2};
  message.received_at = at;
  return message;
}

/// The decision that answers a message with a reply in a session; without one, inline.
inline storage::decision decision_of(const inbound& message, const ticket& place,
                                     const uuid& session, const std::string& reply, wall_time now) {
  storage::decision what;
  what.key = storage::message_key::of(message);
  what.place = place;
  auto result = std::make_shared<outcome>();
  result->message_id = message.message_id;
  result->session_id = session;
  result->reply = reply;
  what.result = result;
  what.session = session;
  what.now = now;
  if (session.is_none())
    return what;
  turn question, answer;
  question.by = speaker::user;
  question.text = message.text;
  question.message_id = message.message_id;
  question.tokens = 3;
  answer.by = speaker::assistant;
  answer.text = reply;
  answer.message_id = message.message_id;
  answer.tokens = 5;
  question.at = answer.at = now;
  what.turns = {question, answer};
  return what;
}

/// Accepts a message and answers it: one turn.
inline storage::decided take_turn(storage::store& store, const inbound& message,
                                  const uuid& session, const std::string& reply, wall_time now) {
  return committed(store, [&](storage::write_transaction& txn) -> caf::expected<storage::decided> {
    auto place = storage::accept(txn, message);
    if (!place)
      return place.error();
    return storage::decide(txn, decision_of(message, place->place, session, reply, now));
  });
}

/// Everything in a store, table by table; an error where a record is damaged.
using content = std::map<std::pair<uint8_t, std::string>, std::string>;
inline caf::expected<content> content_of(const storage::store& store) {
  content all;
  auto txn = store.read();
  if (!txn)
    return txn.error();
  for (uint8_t i = 0; i < static_cast<uint8_t>(storage::table::count_); ++i) {
    auto error = txn->scan(static_cast<storage::table>(i), {},
                           [&](std::string_view key, std::string_view record) {
                             all.emplace(std::pair{i, std::string{key}}, record);
                             return true;
                           });
    if (error)
      return error;
  }
  return all;
}

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
}

/// Runs `work` in a child process and gives its exit code; -1 if a signal ended it. The child ends
/// without destructors, as if it were killed.
inline int in_child(const std::function<int()>& work) {
  const auto child = ::fork();
  if (child == 0) {
    int code = 99;
    try {
      code = work();
    } catch (...) {
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace denidin::test
