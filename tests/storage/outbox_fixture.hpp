#pragma once

#include <string>
#include <utility>
#include <vector>

#include "storage/outbox.hpp"
#include "tests/storage/memory_fixture.hpp"

namespace denidin::test {

/// A reply whose parts say "part 1", "part 2" …
inline storage::reply_out reply_of(const std::string& chat, size_t parts) {
  storage::reply_out what;
  what.instance = "7103000000";
  what.chat_id = chat;
  what.now = noon_of(20'000);
  for (size_t i = 1; i <= parts; ++i)
    what.parts.push_back("part " + std::to_string(i));
  return what;
}

/// Adds such a reply and gives the number of its first part.
inline uint64_t add_parts(storage::write_transaction& txn, const std::string& chat, size_t parts) {
  if (auto error = storage::add_reply(txn, reply_of(chat, parts)))
    throw std::runtime_error(explain(error).message);
  return must(storage::list_outbox(txn, 0, SIZE_MAX)).back().reply;
}

/// A store and the functions of its outbox in a transaction each.
class outbox_test : public memory_test {
 protected:
  uint64_t add(const std::string& chat, size_t parts) {
    return committed(*store_, [&](storage::write_transaction& txn) -> caf::expected<uint64_t> {
      return add_parts(txn, chat, parts);
    });
  }
  ec begin(uint64_t seq) {
    return code([&](auto& txn) { return storage::begin_send(txn, seq); });
  }
  ec finish(uint64_t seq, const std::string& provider_id) { return finish(seq, provider_id, now_); }
  ec finish(uint64_t seq, const std::string& provider_id, wall_time at) {
    return code([&](auto& txn) { return storage::finish_send(txn, seq, provider_id, at); });
  }
  ec put_back(uint64_t seq, ec why = ec::channel_failed) {
    return code([&](auto& txn) { return storage::put_back(txn, seq, why); });
  }
  ec note_unknown(uint64_t seq) {
    return code([&](auto& txn) { return storage::note_unknown(txn, seq, ec::send_unknown); });
  }
  /// The code of an error; else the numbers that a change concerned go to `concerned_`.
  ec put_aside(uint64_t seq, send_state as) {
    return concerning(
        [&](auto& txn) { return storage::put_aside(txn, seq, as, ec::channel_rejected); });
  }
  ec send_again(uint64_t seq) {
    return concerning([&](auto& txn) { return storage::send_again(txn, seq); });
  }
  ec drop(uint64_t seq) {
    return concerning([&](auto& txn) { return storage::drop_outgoing(txn, seq); });
  }
  uint64_t recover() { return committed(*store_, storage::recover_outbox); }
  void reopen() {
    store_.reset();
    store_ = open_store(root_.path());
  }

  std::vector<outgoing> rows(uint64_t after = 0, size_t limit = 1'000) {
    return must(storage::list_outbox(view_of(*store_), after, limit));
  }
  /// Number and state of each row, such as "1:waiting 2:dead ".
  std::string states() {
    std::string all;
    for (const auto& row : rows())
      all += std::to_string(row.seq) + ':' + std::string{to_string(row.state)} + ' ';
    return all;
  }
  outgoing row(uint64_t seq) {
    return must(storage::find_outgoing(view_of(*store_), seq)).value_or(outgoing{});
  }
  storage::outbox_totals totals() { return must(storage::count_outbox(view_of(*store_))); }
  bool knows(const std::string& provider_id, wall_time at) {
    return must(
        storage::was_sent(view_of(*store_), channel::green_api, "7103000000", provider_id, at));
  }
  void expect_sound() {
    const auto result = must(storage::verification_run::begin(*store_))->wait();
    EXPECT_TRUE(result.ok()) << (result.found.empty()
                                     ? result.crashed
                                     : result.found[0].table + ": " + result.found[0].what);
  }

  std::vector<uint64_t> concerned_;

 private:
  template <class Change>
  ec code(Change what) {
    return code_of(run_change(*store_, [&](storage::write_transaction& txn) { return what(txn); }));
  }
  template <class Change>
  ec concerning(Change what) {
    return code([&](auto& txn) -> caf::error {
      concerned_.clear();
      auto rows = what(txn);
      if (!rows)
        return std::move(rows.error());
      for (const auto& each : *rows)
        concerned_.push_back(each.seq);
      return {};
    });
  }
};

}  // namespace denidin::test
