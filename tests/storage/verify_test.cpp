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

/// The first row of the outbox that is in a state.
outgoing in_state(const transaction& txn, send_state state) {
  for (const auto& row : must(list_outbox(txn, 0, SIZE_MAX)))
    if (row.state == state)
      return row;
  throw std::runtime_error("There is no such row.");
}

TEST(verify, finds_an_outbox_that_disagrees) {
  const auto put = [](write_transaction& txn, const outgoing& row) {
    return txn.put(table::outbox, outbox_key(row.seq), encode(row));
  };
  const auto changed = [=](auto change) {
    return [=](write_transaction& txn) {
      // Of a reply of two parts the second one.
      auto row = in_state(txn, send_state::dead);
      row = must(find_outgoing(txn, row.seq + 1)).value();
      change(row);
      return put(txn, row);
    };
  };
  struct wrong {
    std::string name, table;
    change what;
  };
  const std::vector<wrong> wrongs{
      {"undecodable", "outbox",
       [](write_transaction& txn) { return txn.put(table::outbox, outbox_key(1), "nonsense"); }},
      {"part 0", "outbox",
       [=](write_transaction& txn) {
         auto row = in_state(txn, send_state::sending);
         row.part = 0;
         row.reply = row.seq + 1;
         return put(txn, row);
       }},
      {"part 2 of 1", "outbox",
       [=](write_transaction& txn) {
         auto row = in_state(txn, send_state::unknown);
         row.part = 2;
         row.reply = row.seq - 1;
         return put(txn, row);
       }},
      {"another part", "outbox", changed([](outgoing& row) { row.part = 1; })},
      {"part of another reply", "outbox", changed([](outgoing& row) { --row.reply; })},
      {"other parts", "outbox", changed([](outgoing& row) { row.parts = 3; })},
      {"other chat", "outbox", changed([](outgoing& row) { row.chat_id = "elsewhere"; })},
      {"other instance", "outbox", changed([](outgoing& row) { row.instance = "elsewhere"; })},
      {"other channel", "outbox", changed([](outgoing& row) { row.via = channel::http; })},
      {"key", "outbox",
       [](write_transaction& txn) {
         const auto row = in_state(txn, send_state::held);
         const auto body = encode(row);
         if (auto error = txn.erase(table::outbox, outbox_key(row.seq)))
           return error;
         return txn.put(table::outbox, std::string{outbox_key(row.seq).view()} + "x", body);
       }},
      {"future number", "meta",
       [=](write_transaction& txn) {
         auto row = in_state(txn, send_state::unknown);
         row.seq = row.reply = 1'000'000;
         return put(txn, row);
       }},
      {"no totals", "meta",
       [](write_transaction& txn) { return txn.erase(table::meta, outbox_row); }},
      {"undecodable totals", "meta",
       [](write_transaction& txn) { return txn.put(table::meta, outbox_row, "nonsense"); }},
      {"too few unknown", "meta",
       [](write_transaction& txn) {
         return txn.put(table::meta, outbox_row, encode(outbox_totals_record{3, 1'000}));
       }},
      {"too few dead", "meta",
       [](write_transaction& txn) {
         return txn.put(table::meta, outbox_row, encode(outbox_totals_record{1'000, 7}));
       }},
      {"sent, undecodable", "sent",
       [](write_transaction& txn) { return txn.put(table::sent, sent_key(1, {}), "nonsense"); }},
      {"sent, key", "sent",
       [](write_transaction& txn) {
         return txn.put(table::sent, "short", encode(sent_record{1}));
       }},
      {"sent, nothing", "sent",
       [](write_transaction& txn) {
         return txn.put(table::sent, sent_key(1, {}), encode(sent_record{0}));
       }},
      {"sent, future number", "meta", [](write_transaction& txn) {
         return txn.put(table::sent, sent_key(1, {}), encode(sent_record{1'000'000}));
       }}};
  for (const auto& each : wrongs) {
    const temporary_directory root;
    auto original = open_store(root.path());
    fill(*original, 4);
    ASSERT_FALSE(run_change(*original, each.what)) << each.name;
    original.reset();
    const auto result = must(verify(root / "denidin.mdb"));
    EXPECT_EQ(result.crashed, "") << each.name;
    ASSERT_GE(result.damaged, 1u) << each.name;
    for (const auto& found : result.found)
      EXPECT_EQ(found.table, each.table) << each.name << ": " << found.what;
  }
}

TEST(verify, knows_the_totals_of_the_outbox) {
  const temporary_directory root;
  auto original = open_store(root.path());
  fill(*original, 4);
  const auto totals = must(count_outbox(test::view_of(*original)));
  EXPECT_EQ(totals.unknown, 4u);
  EXPECT_EQ(totals.dead, 8u);
}

TEST(verify, finds_a_row_of_what_was_taken_back) {
  const temporary_directory root;
  auto original = open_store(root.path());
  fill(*original, 2);
  ASSERT_FALSE(run_change(*original, [](write_transaction& txn) {
    const auto at = turn_key(must(find_session(txn, "chat 1"))->id, 7);
    auto said = must(find<turn>(txn, table::turns, at)).value();
    said.text.clear();
    return txn.put(table::turns, at, encode(said));
  }));
  original.reset();
  const auto result = must(verify(root / "denidin.mdb"));
  ASSERT_EQ(result.damaged, 1u);
  EXPECT_EQ(result.found[0].table, "recallable");
}

TEST(verify, finds_a_heard_message_whose_turn_is_gone) {
  const temporary_directory root;
  auto original = open_store(root.path());
  const auto message = message_of("chat", "m", "text", now);
  ASSERT_FALSE(run_change(*original, [&](write_transaction& txn) -> caf::error {
    auto what =
        test::decision_of(message, must(accept(txn, message)).place, uuid::at(now), "", now);
    what.turns.pop_back();
    const auto heard = decide(txn, what);
    return heard ? txn.erase(table::turns, turn_key(what.session, 1)) : heard.error();
  }));
  original.reset();
  std::string tables;
  for (const auto& found : must(verify(root / "denidin.mdb")).found)
    tables += found.table + ' ';
  EXPECT_EQ(tables, "receipts sessions ");
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
