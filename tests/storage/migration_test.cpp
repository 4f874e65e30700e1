// Stores of formats 1 and 2: brought up to date, verified and restored as they are.

#include <fstream>

#include <gtest/gtest.h>

#include "storage/environment.hpp"
#include "storage/files.hpp"
#include "storage/manifest.hpp"
#include "storage/outbox.hpp"
#include "tests/storage/memory_fixture.hpp"

namespace denidin::storage {
namespace {

namespace fs = std::filesystem;
using test::committed;
using test::must;
using test::open_store;
using test::take_turn;
using test::temporary_directory;
using test::view_of;

const auto now = test::noon_of(20'000);

/// Makes a closed store of today one of an older format, which had no tables from `first` on.
void make_older(const fs::path& file, uint32_t version, table first) {
  const auto env = must(open_environment(file, MDB_NOLOCK, uint64_t{1} << 30));
  auto txn = must(begin(env.get(), false));
  const auto tables = must(open_tables(txn.get(), false));
  for (auto i = static_cast<size_t>(first); i < tables.size(); ++i)
    ASSERT_EQ(mdb_drop(txn.get(), tables[i], 1), MDB_SUCCESS);
  const auto body = encode(format_record{version, now});
  std::string value(seal_bytes + body.size(), '\0');
  seal_into(value.data(), table::meta, format_row, body);
  auto key = to_lmdb(format_row), place = to_lmdb(value);
  ASSERT_EQ(mdb_put(txn.get(), tables[0], &key, &place, 0), MDB_SUCCESS);
  ASSERT_EQ(mdb_txn_commit(txn.release()), MDB_SUCCESS);
}

/// Format 1: no tables of the long-term memory.
void make_format_1(const fs::path& file) { make_older(file, 1, table::memories); }
/// Format 2: no outbox.
void make_format_2(const fs::path& file) { make_older(file, 2, table::outbox); }

/// A closed store of format 1 with an active session of six turns and an archived one of four.
struct old_store {
  old_store() {
    auto made = open_store(root / "data");
    for (int i = 0; i < 3; ++i)
      take_turn(*made, test::message_of("dana", std::to_string(i), "q" + std::to_string(i), now),
                active, "a" + std::to_string(i), now);
    for (int i = 0; i < 2; ++i)
      take_turn(*made, test::message_of("noam", std::to_string(i), "q" + std::to_string(i), now),
                archived, "a" + std::to_string(i), now);
    committed(*made, [&](write_transaction& txn) {
      return close_session(txn, "noam", archived, close_reason::reset, now);
    });
    before = must(test::content_of(*made));
    made.reset();
    make_format_1(file);
  }
  temporary_directory root;
  const fs::path file = root / "data/denidin.mdb";
  const uuid active = uuid::at(now), archived = uuid::at(now);
  test::content before;
};

uint32_t format_of(const store& of) {
  return must(find<format_record>(view_of(of), table::meta, format_row))->version;
}

std::string texts_of(const store& of, const std::string& chat) {
  std::string texts;
  recall_position from;
  EXPECT_FALSE(
      each_row_after(view_of(of), scope_of_chat(chat), from, 100,
                     [&](const recall_row& row) { texts += std::string{row.text} + '|'; }));
  return texts;
}

/// Does backfill jobs in slices until none is left; gives the number of slices.
int backfill_all(store& of, size_t slice) {
  int slices = 0;
  for (;;) {
    const auto due = must(due_jobs(view_of(of), now, 10, job_kind::backfill));
    if (due.empty())
      return slices;
    committed(of, [&](write_transaction& txn) { return backfill(txn, due[0], slice); });
    ++slices;
  }
}

TEST(migration, keeps_everything_and_makes_it_recallable_later) {
  const old_store old;
  auto opened = open_store(old.root / "data");
  EXPECT_EQ(format_of(*opened), store_format);
  const auto after = must(test::content_of(*opened));
  for (const auto& [key, body] : old.before) {
    if (key.first != static_cast<uint8_t>(table::meta)) {
      EXPECT_EQ(after.at(key), body);
    }
  }
  EXPECT_EQ(after.size(), old.before.size() + 2) << "a job for each session";
  EXPECT_EQ(texts_of(*opened, "dana"), "");
  opened.reset();
  EXPECT_TRUE(must(verify(old.file)).ok());
  opened = open_store(old.root / "data");
  EXPECT_EQ(must(test::content_of(*opened)), after) << "once only";
  EXPECT_EQ(backfill_all(*opened, 2), 5);
  EXPECT_EQ(texts_of(*opened, "dana"), "q0|a0|q1|a1|q2|a2|");
  EXPECT_EQ(texts_of(*opened, "noam"), "q0|a0|q1|a1|");
  EXPECT_EQ(must(due_jobs(view_of(*opened), now, 10, job_kind::vectors)).size(), 2u);
  opened.reset();
  EXPECT_TRUE(must(verify(old.file)).ok());
}

TEST(migration, leaves_alone_what_was_said_since) {
  const old_store old;
  auto opened = open_store(old.root / "data");
  const auto model = committed(*opened, [](write_transaction& txn) {
                       return find_or_add_model(txn, "m", 2);
                     }).number;
  const auto message = test::message_of("dana", "new", "q3", now);
  committed(*opened, [&](write_transaction& txn) -> caf::expected<decided> {
    auto what = test::decision_of(message, must(accept(txn, message)).place, old.active, "a3", now);
    what.recallable = true;
    what.vectors = {test::some_vector(model)};
    return decide(txn, what);
  });
  EXPECT_EQ(backfill_all(*opened, 100), 2);
  EXPECT_EQ(texts_of(*opened, "dana"), "q0|a0|q1|a1|q2|a2|q3|a3|");
  EXPECT_EQ(must(find_row(view_of(*opened), scope_of_chat("dana"), {0, old.active, 7}))->vector,
            test::some_vector(model));
}

TEST(migration, goes_on_with_the_numbers) {
  const old_store old;
  auto opened = open_store(old.root / "data");
  const auto counters = must(find<counters_record>(view_of(*opened), table::meta, counters_row));
  EXPECT_EQ(counters->sequence, 5u) << "five messages were accepted";
  const auto ref = committed(*opened, [](write_transaction& txn) {
    return remember(txn, "dana", scope_of_chat("dana"), test::fact_of("fact"));
  });
  EXPECT_GT(ref.seq, counters->sequence);
}

TEST(migration, is_not_needed_to_verify_or_restore) {
  const old_store old;
  const auto found = must(verify(old.file));
  EXPECT_TRUE(found.ok()) << (found.found.empty() ? found.crashed : found.found[0].what);
  // A backup as a build of format 1 made it.
  auto opened = open_store(old.root / "data");
  const auto made = must(back_up(*opened, old.root / "backups", 0, now));
  opened.reset();
  make_format_1(made.directory / "denidin.mdb");
  auto info = made;
  info.bytes = fs::file_size(made.directory / "denidin.mdb");
  info.sha256 = must(sha256_of_file(made.directory / "denidin.mdb", ec::internal));
  auto manifest = write_manifest(info);
  const std::string today = "\"store_format\":3";
  manifest.replace(manifest.find(today), today.size(), "\"store_format\":1");
  std::ofstream{made.directory / "manifest.json", std::ios::trunc} << manifest;
  fs::remove_all(old.root / "data");
  must(restore(made.directory, old.root / "data"));
  opened = open_store(old.root / "data");
  EXPECT_EQ(format_of(*opened), store_format);
  const auto session = must(find_session(view_of(*opened), "dana"));
  ASSERT_TRUE(session);
  EXPECT_EQ(must(list_turns(view_of(*opened), *session, 0, 100)).size(), 6u);
}

// -- format 2 -------------------------------------------------------------------------------------

/// A closed store of format 2: a recallable turn with a vector, a memory, a message that waits and
/// a dead one.
struct store_of_format_2 {
  store_of_format_2() {
    auto made = open_store(root / "data");
    committed(*made, [&](write_transaction& txn) -> caf::expected<decided> {
      const auto model = must(find_or_add_model(txn, "m", 2)).number;
      const auto message = test::message_of("dana", "m1", "question", now);
      auto what =
          test::decision_of(message, must(accept(txn, message)).place, session, "answer", now);
      what.recallable = true;
      what.vectors = {test::some_vector(model)};
      must(remember(txn, "dana", scope_of_chat("dana"), test::fact_of("fact")));
      must(accept(txn, waiting));
      const auto dead = test::message_of("dana", "dead", "text", now);
      if (auto error = bury(txn, message_key::of(dead), must(accept(txn, dead)).place))
        return error;
      return decide(txn, what);
    });
    before = must(test::content_of(*made));
    made.reset();
    make_format_2(file);
  }
  temporary_directory root;
  const fs::path file = root / "data/denidin.mdb";
  const uuid session = uuid::at(now);
  const inbound waiting = test::message_of("dana", "waiting", "text", now);
  test::content before;
};

TEST(migration, of_format_2_changes_its_number_alone) {
  const store_of_format_2 old;
  auto opened = open_store(old.root / "data");
  EXPECT_EQ(format_of(*opened), store_format);
  auto after = must(test::content_of(*opened));
  for (const auto row : {format_row, counters_row}) {
    const std::pair key{static_cast<uint8_t>(table::meta), std::string{row}};
    after[key] = old.before.at(key);
  }
  EXPECT_EQ(after, old.before) << "no job either";
  const auto totals = must(count_outbox(view_of(*opened)));
  EXPECT_EQ(totals.unknown + totals.dead, 0u);
  EXPECT_TRUE(must(list_outbox(view_of(*opened), 0, 10)).empty());
  opened.reset();
  EXPECT_TRUE(must(verify(old.file)).ok());
}

TEST(migration, of_format_2_reads_records_that_lack_the_newer_fields) {
  const store_of_format_2 old;
  auto opened = open_store(old.root / "data");
  const auto waiting = must(pending_of(view_of(*opened), "dana", 0, 10)).at(0);
  EXPECT_EQ(waiting.message->text, "text");
  EXPECT_EQ(waiting.message->kind, message_kind::text);
  EXPECT_FALSE(waiting.message->is_to_us);
  EXPECT_EQ(waiting.message->quoted + waiting.message->refers_to + waiting.message->attachment, "");
  const auto session = must(find_session(view_of(*opened), "dana"));
  for (const auto& each : must(list_turns(view_of(*opened), *session, 0, 10)))
    EXPECT_EQ(each.quoted, "");
  // And is answered through the outbox.
  const auto first = committed(*opened, [&](write_transaction& txn) -> caf::expected<uint64_t> {
    auto what = test::decision_of(old.waiting, waiting.place, old.session, "answer", now);
    what.parts = {"answer"};
    must(decide(txn, what));
    return must(list_outbox(txn, 0, 10)).at(0).seq;
  });
  EXPECT_GT(first, waiting.place.seq) << "numbers go on";
  EXPECT_TRUE(committed(*opened, [](write_transaction& txn) {
    return correct_turn(txn, {channel::http, {}, "dana", "m1"}, "edited", now);
  }));
  opened.reset();
  EXPECT_TRUE(must(verify(old.file)).ok());
}

TEST(migration, of_format_2_is_not_needed_to_verify) {
  const store_of_format_2 old;
  const auto whole = test::bytes_of(old.file);
  const auto found = must(verify(old.file));
  EXPECT_TRUE(found.ok()) << (found.found.empty() ? found.crashed : found.found[0].what);
  EXPECT_EQ(test::bytes_of(old.file), whole) << "left as it was";
}

TEST(migration, excuses_no_missing_table_that_its_format_had) {
  for (const auto lost : {table::scopes, table::outbox, table::sent}) {
    const store_of_format_2 old;
    if (lost != table::scopes)
      open_store(old.root / "data");
    {
      const auto env = must(open_environment(old.file, MDB_NOLOCK, uint64_t{1} << 30));
      auto txn = must(begin(env.get(), false));
      const auto tables = must(open_tables(txn.get(), false));
      ASSERT_EQ(mdb_drop(txn.get(), tables[static_cast<size_t>(lost)], 1), MDB_SUCCESS);
      ASSERT_EQ(mdb_txn_commit(txn.release()), MDB_SUCCESS);
    }
    const auto opened = store::open(test::options_for(old.root / "data"));
    ASSERT_FALSE(opened) << name_of(lost);
    EXPECT_EQ(code_of(opened.error()), ec::store_damaged) << name_of(lost);
    EXPECT_FALSE(must(verify(old.file)).ok()) << name_of(lost);
  }
}

}  // namespace
}  // namespace denidin::storage
