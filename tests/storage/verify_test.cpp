// Verification: what it calls sound, and which damage it finds.

#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "storage/records.hpp"
#include "tests/storage/filled_store.hpp"

namespace denidin::storage {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::content_of;
using test::fill;
using test::message_of;
using test::must;
using test::open_store;
using test::run_change;
using test::temporary_directory;
using test::write_bytes;

const auto now = test::filled_at;

TEST(verify, finds_a_healthy_store_sound) {
  const temporary_directory root;
  auto original = open_store(root.path());
  EXPECT_TRUE(must(verify(root / "denidin.mdb")).ok()) << "an empty one";
  fill(*original, 30);
  const auto records = must(content_of(*original)).size();
  original.reset();
  const auto result = must(verify(root / "denidin.mdb"));
  EXPECT_TRUE(result.ok()) << (result.found.empty() ? result.crashed : result.found[0].what);
  EXPECT_EQ(result.records, records);
  const auto missing = verify(root / "nothing.mdb");
  ASSERT_FALSE(missing);
  EXPECT_EQ(code_of(missing.error()), ec::not_found);
}

TEST(verify, of_a_store_in_use_sees_one_state) {
  const temporary_directory root;
  const auto store = open_store(root / "data");
  fill(*store, 200);
  const std::string large(size_t{1} << 16, 'x');
  // No second thread: the child is begun where none is, and reads while this one makes the file
  // grow.
  for (int round = 0; round < 3; ++round) {
    const auto run = must(verification_run::begin(*store));
    for (int i = 0; i < 100; ++i)
      ASSERT_FALSE(run_change(*store, [&](write_transaction& txn) -> caf::error {
        const auto id = std::to_string(round) + "-" + std::to_string(i);
        const auto taken = accept(txn, message_of("large", id, large, now));
        return taken ? caf::error{} : taken.error();
      }));
    const auto result = run->wait();
    EXPECT_TRUE(result.ok()) << (result.found.empty() ? result.crashed : result.found[0].what);
  }
}

TEST(verify, of_a_store_in_use_gives_its_view_back) {
  const temporary_directory root;
  const auto store = open_store(root / "data");
  const auto run = must(verification_run::begin(*store));
  ASSERT_TRUE(run->wait().ok());
  const auto before = store->usage().used;
  const std::string large(size_t{1} << 16, 'x');
  for (int i = 0; i < 200; ++i)
    ASSERT_FALSE(run_change(*store, [&](write_transaction& txn) {
      return txn.put(table::rollout, "one row", large + std::to_string(i));
    }));
  EXPECT_LT(store->usage().used, before + (size_t{2} << 20)) << "pages are not used again";
}

TEST(verify, of_a_store_in_use_can_be_ended) {
  const temporary_directory root;
  const auto store = open_store(root / "data");
  fill(*store, 50);
  auto run = must(verification_run::begin(*store));
  run->stop();
  run->wait();
  run.reset();
  must(verification_run::begin(*store)).reset();  // and without waiting
}

TEST(verify, finds_tables_that_disagree) {
  const auto chat = std::string{"chat 1"};
  const auto key = hash_of_chat(chat);
  const auto waiting = message_of(chat, "waiting", "text", now);
  /// Of the recallable question.
  const auto row_of = [&](const transaction& txn) {
    return recallable_key(key, must(find_session(txn, chat))->id, 7);
  };
  const std::vector<std::pair<std::string, change>> wrongs{
      {"activity",
       [&](write_transaction& txn) { return txn.erase(table::activity, activity_key(now, key)); }},
      {"sessions", [&](write_transaction& txn) { return txn.erase(table::sessions, key); }},
      {"turns",
       [&](write_transaction& txn) {
         return txn.erase(table::turns, turn_key(must(find_session(txn, chat))->id, 3));
       }},
      {"last turn",
       [&](write_transaction& txn) {
         return txn.erase(table::turns, turn_key(must(find_session(txn, chat))->id, 8));
       }},
      {"receipt",
       [&](write_transaction& txn) {
         return txn.erase(table::receipts,
                          receipt_key(day_of(now), hash_of_message(message_key::of(waiting))));
       }},
      {"inbox",
       [&](write_transaction& txn) {
         const auto first = must(pending_of(txn, chat, 0, 1)).at(0);
         return txn.erase(table::inbox, inbox_key(key, first.place.seq));
       }},
      {"meta", [&](write_transaction& txn) { return txn.erase(table::meta, log_key_row); }},
      {"undecodable",
       [&](write_transaction& txn) { return txn.put(table::sessions, key, "nonsense"); }},
      {"job",
       [&](write_transaction& txn) {
         return txn.put(table::jobs, job_key(now, job_kind::summary, uuid::at(now)),
                        encode(job_record{.at = now}));
       }},
      {"memory",
       [&](write_transaction& txn) {
         const auto newest = must(list_memories(txn, key, 0, 1)).rows.at(0);
         return txn.erase(table::memories, memory_key(key, newest.ref.seq));
       }},
      {"scope", [&](write_transaction& txn) { return txn.erase(table::scopes, key); }},
      {"model", [&](write_transaction& txn) { return txn.erase(table::models, model_key(1)); }},
      {"vector",
       [&](write_transaction& txn) {
         const stored_vector longer{1, 1, {1, 2, 3}};
         return txn.put(table::recallable, row_of(txn), encode_recallable(speaker::user, longer));
       }},
      {"speaker",
       [&](write_transaction& txn) {
         return txn.put(table::recallable, row_of(txn), encode_recallable(speaker::assistant, {}));
       }},
      {"row without a turn",
       [&](write_transaction& txn) {
         return txn.put(table::recallable,
                        recallable_key(key, must(find_session(txn, chat))->id, 9),
                        encode_recallable(speaker::user, {}));
       }},
      {"row in another scope",
       [&](write_transaction& txn) {
         return txn.put(
             table::recallable,
             recallable_key(hash_of_chat("chat 2"), must(find_session(txn, chat))->id, 7),
             encode_recallable(speaker::user, {}));
       }},
      {"addition",
       [&](write_transaction& txn) {
         return txn.put(table::additions, addition_key(1'000'000),
                        encode(addition_record{key, addition_record::kind::memories, {}, 0, 1}));
       }},
      {"job of vectors", [&](write_transaction& txn) {
         job_record job;
         job.kind = job_kind::vectors;
         return txn.put(table::jobs, job_key(now, job.kind, ref_of(key)), encode(job));
       }}};
  for (const auto& [name, wrong] : wrongs) {
    const temporary_directory root;
    auto original = open_store(root.path());
    fill(*original, 4);
    ASSERT_FALSE(run_change(*original, wrong)) << name;
    original.reset();
    const auto result = must(verify(root / "denidin.mdb"));
    EXPECT_FALSE(result.ok()) << name;
    EXPECT_EQ(result.crashed, "") << name;
    EXPECT_GE(result.damaged, 1u) << name;
  }
}

/// Damages a store in many ways; what the verification calls sound must hold exactly what it held.
void damage_and_verify(const std::function<void(std::string&, std::mt19937&)>& damage, int trials) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  const temporary_directory root;
  auto original = open_store(root.path());
  fill(*original, 12);
  const auto before = must(content_of(*original));
  original.reset();
  const auto file = root / "denidin.mdb";
  const auto whole = bytes_of(file);
  int found = 0;
  for (int i = 0; i < trials; ++i) {
    auto bytes = whole;
    damage(bytes, random);
    write_bytes(file, bytes);
    const auto result = must(verify(file));
    if (!result.ok()) {
      ++found;
      continue;
    }
    const auto after = content_of(*open_store(root.path()));
    ASSERT_TRUE(after) << "trial " << i << ": " << explain(after.error()).message;
    EXPECT_EQ(*after, before) << "trial " << i;
  }
  EXPECT_GT(found, 0);
}

TEST(verify, finds_every_flipped_bit_that_matters) {
  damage_and_verify(
      [](std::string& bytes, std::mt19937& random) {
        const auto at = random() % bytes.size();
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
      },
      150);
}

TEST(verify, survives_zeroed_pages) {
  damage_and_verify(
      [](std::string& bytes, std::mt19937& random) {
        const auto page = random() % (bytes.size() / 4096);
        bytes.replace(page * 4096, 4096, std::string(4096, '\0'));
      },
      60);
}

TEST(verify, survives_a_cut_off_file) {
  damage_and_verify(
      [](std::string& bytes, std::mt19937& random) { bytes.resize(random() % bytes.size()); }, 60);
}

TEST(verify, tells_how_the_reading_process_died) {
  const temporary_directory root;
  auto original = open_store(root.path());
  fill(*original, 12);
  original.reset();
  const auto file = root / "denidin.mdb";
  fs::resize_file(file, 5 * 4096);
  const auto result = must(verify(file));
  EXPECT_FALSE(result.ok());
  EXPECT_NE(result.crashed, "");
}

}  // namespace
}  // namespace denidin::storage
