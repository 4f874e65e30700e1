#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/backup.hpp"
#include "storage/jobs.hpp"
#include "storage/memory_records.hpp"
#include "tests/storage/fixture.hpp"

namespace denidin::test {

/// A vector of a model with two components.
inline storage::stored_vector some_vector(uint32_t model, float x = 0.6F, float y = 0.8F) {
  const float both[] = {x, y};
  return storage::quantised(model, both);
}

inline storage::memory fact_of(std::string text, storage::stored_vector vector = {}) {
  storage::memory what;
  what.text = std::move(text);
  what.created_at = noon_of(20'000);
  what.vector = std::move(vector);
  return what;
}

/// A store of its own and the long-term memory's functions in a transaction each.
class memory_test : public testing::Test {
 protected:
  ~memory_test() override {
    // Whatever a test did must have left a store whose tables agree.
    if (!is_sound_at_end_)
      return;
    store_.reset();
    const auto result = must(storage::verify(root_ / "denidin.mdb"));
    EXPECT_TRUE(result.ok()) << (result.found.empty()
                                     ? result.crashed
                                     : result.found[0].table + ": " + result.found[0].what);
  }

  storage::memory_ref add(const std::string& chat, const std::string& text,
                          storage::stored_vector vector = {}) {
    return committed(*store_, [&](storage::write_transaction& txn) {
      return storage::remember(txn, chat, storage::scope_of_chat(chat), fact_of(text, vector));
    });
  }
  bool drop(const std::string& chat, const storage::memory_ref& ref) {
    return committed(*store_, [&](storage::write_transaction& txn) {
      return storage::forget(txn, storage::scope_of_chat(chat), ref);
    });
  }
  /// One turn whose rows are recallable; the question may come with its vector.
  void say(const std::string& chat, const uuid& session, const std::string& question,
           const std::string& reply, std::vector<storage::stored_vector> vectors = {},
           bool is_fallback = false) {
    const auto message = message_of(chat, "m" + std::to_string(++messages_), question, now_);
    committed(*store_, [&](storage::write_transaction& txn) -> caf::expected<storage::decided> {
      const auto place = must(storage::accept(txn, message)).place;
      auto what = decision_of(message, place, session, reply, now_);
      what.recallable = true;
      what.vectors = vectors;
      what.turns.back().is_fallback = is_fallback;
      return storage::decide(txn, what);
    });
  }
  bool close(const std::string& chat, const uuid& session, wall_time at) {
    return committed(*store_, [&](storage::write_transaction& txn) {
      return storage::close_session(txn, chat, session, close_reason::expired, at);
    });
  }
  uint32_t add_model(const std::string& name = "some-model", uint32_t dimension = 2) {
    return committed(*store_,
                     [&](storage::write_transaction& txn) {
                       return storage::find_or_add_model(txn, name, dimension);
                     })
        .number;
  }
  /// The texts of the rows behind a position, with '|' behind each.
  std::string texts_after(const std::string& chat, storage::recall_position& position,
                          size_t limit = 100) {
    std::string texts;
    EXPECT_FALSE(storage::each_row_after(
        view_of(*store_), storage::scope_of_chat(chat), position, limit,
        [&](const storage::recall_row& row) { texts += std::string{row.text} + '|'; }));
    return texts;
  }
  std::string texts_of(const std::string& chat) {
    storage::recall_position from;
    return texts_after(chat, from);
  }
  std::vector<storage::due_job> jobs(std::optional<storage::job_kind> only = {}) {
    return must(
        storage::due_jobs(view_of(*store_), now_ + std::chrono::hours{24 * 365}, 100, only));
  }
  uint64_t rows_in(storage::table of) { return must(view_of(*store_).count(of)); }

  temporary_directory root_;
  std::unique_ptr<storage::store> store_ = open_store(root_.path());
  wall_time now_ = noon_of(20'000);
  int messages_ = 0;
  bool is_sound_at_end_ = true;
};

}  // namespace denidin::test
