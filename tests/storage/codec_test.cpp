// Records: what is written is read back, and nothing else is taken for a record.

#include <random>

#include <gtest/gtest.h>

#include "storage/conversations.hpp"
#include "storage/memory_records.hpp"
#include "storage/records.hpp"

namespace denidin::storage {
namespace {

const auto some_time = wall_time{std::chrono::milliseconds{1'768'989'600'123}};
const auto some_id = uuid::parse("0190c3a2-7b1c-7d4e-8f00-0123456789ab");

session_info some_session() {
  return {some_id, "972501234567@c.us", some_time, some_time + std::chrono::hours{1}, 4, 812};
}

receipt_record some_receipt(receipt_record::state what) {
  receipt_record receipt;
  receipt.seq = 300;
  receipt.text_hash = ~uint64_t{0};
  receipt.what = what;
  if (!receipt.is_answered())
    return receipt;
  receipt.result.session_id = some_id;
  receipt.result.as = role::godfather;
  receipt.result.memory_enabled = true;
  receipt.result.is_fallback = true;
  receipt.result.timing = {1.5, 0.25, 0, 3, 200.125, 1};
  receipt.result.recalled = {{"m-1", "", memory_kind::fact, 0.75, {}, {}, {}, 0, {}},
                             {"m-2", "", memory_kind::summary, 0.5, {}, {}, {}, 0, {}}};
  if (what == receipt_record::state::answered_by_turn)
    receipt.order = 2;
  else
    receipt.result.reply = "done";
  return receipt;
}

waiting_record some_waiting() {
  waiting_record waiting;
  waiting.attempts = 2;
  waiting.message = {channel::green_api,
                     "7103",
                     "120363@g.us",
                     "AB12",
                     std::string{"\0שלום\n", 10},
                     "97250@c.us",
                     "Dana",
                     some_time - std::chrono::seconds{1},
                     some_time,
                     message_kind::reaction,
                     true,
                     "CD34",
                     "quoted",
                     "image"};
  return waiting;
}

outgoing some_outgoing() {
  outgoing part;
  part.seq = 9;
  part.reply = 8;
  part.part = 2;
  part.parts = 3;
  part.instance = "7103";
  part.chat_id = "120363@g.us";
  part.text = "text";
  part.quotes = "AB12";
  part.created_at = some_time;
  part.state = send_state::unknown;
  part.attempts = 5;
  part.reason = "send_unknown";
  return part;
}

const stored_vector some_vector{2, 0.0078125F, {-127, 0, 1, 127}};

job_record some_job(job_kind kind) {
  job_record job;
  job.attempts = 3;
  job.at = some_time;
  job.kind = kind;
  if (kind == job_kind::vectors)
    job.addition = 4711;
  if (kind == job_kind::backfill) {
    job.chat_id = "chat";
    job.done = 64;
    job.last = 300;
  }
  return job;
}

std::string key_of_job(job_kind kind) {
  return std::string{job_key(some_time, kind, some_id).view()};
}

memory_record some_memory() {
  return {7,
          memory_kind::summary,
          "text",
          some_time,
          some_id,
          12,
          some_time - std::chrono::hours{1},
          some_time,
          some_vector};
}

/// One body of every kind of record, with a way to decode it.
struct sample {
  std::string name, key, body;
  std::function<std::string(std::string_view key, std::string_view body)> again;
  std::string without_more = {};  ///< where the last fields may be absent: the body without them
};

template <class Record>
sample sample_of(std::string name, const Record& record, std::string key = "key") {
  return {std::move(name),
          std::move(key),
          encode(record),
          [](std::string_view at, std::string_view body) {
            const auto back = decode<Record>(table::meta, at, body);
            return back ? encode(*back) : explain(back.error()).message;
          },
          {}};
}

/// The same of a record whose last fields may be absent, as they are in `less`.
template <class Record>
sample sample_with_more(std::string name, const Record& record, const Record& less,
                        std::string key = "key") {
  auto sample = sample_of(std::move(name), record, std::move(key));
  sample.without_more = encode(less);
  return sample;
}

std::vector<sample> samples() {
  turn spoken{7, speaker::assistant, true, false, 12, some_time, "text", "AB12", "Dana", "quoted"};
  auto spoken_alone = spoken;
  spoken_alone.quoted.clear();
  auto waiting_alone = some_waiting();
  waiting_alone.message.kind = message_kind::text;
  waiting_alone.message.is_to_us = false;
  waiting_alone.message.refers_to = waiting_alone.message.quoted = {};
  waiting_alone.message.attachment.clear();
  using state = receipt_record::state;
  return {sample_of("format", format_record{1, some_time}),
          sample_of("counters", counters_record{1u << 31, ~uint64_t{0}}),
          sample_of("secret", secret_record{std::string(32, '\x80')}),
          sample_of("session", some_session()),
          sample_of("activity", activity_record{some_id}),
          sample_of("turn", spoken_alone, std::string{turn_key(some_id, 7).view()}),
          sample_with_more("turn that quotes", spoken, spoken_alone,
                           std::string{turn_key(some_id, 7).view()}),
          sample_of("archived", archived_record{some_session(), close_reason::admin, some_time},
                    std::string{archive_key(some_time, some_id).view()}),
          sample_of("receipt, waiting", some_receipt(state::waiting)),
          sample_of("receipt, turn", some_receipt(state::answered_by_turn)),
          sample_of("receipt, inline", some_receipt(state::answered_inline)),
          sample_of("receipt, dead", some_receipt(state::dead)),
          sample_of("receipt, heard", some_receipt(state::heard)),
          sample_of("outbox", some_outgoing(), std::string{outbox_key(9).view()}),
          sample_of("sent", sent_record{9}),
          sample_of("outbox totals", outbox_totals_record{3, 4}),
          sample_of("waiting", waiting_alone),
          sample_with_more("waiting, more than a text", some_waiting(), waiting_alone),
          sample_of("job", some_job(job_kind::summary)),
          sample_of("job, vectors", some_job(job_kind::vectors), key_of_job(job_kind::vectors)),
          sample_of("job, backfill", some_job(job_kind::backfill), key_of_job(job_kind::backfill)),
          sample_of("memory", some_memory(), std::string{memory_key({}, 7).view()}),
          sample_of("recallable", recallable_record{speaker::assistant, some_vector}),
          sample_of("recallable, no vector", recallable_record{speaker::user, {}}),
          sample_of("model", embedding_model{1, "m", 384, calibration{0.1F, 0.2F, 0.3F, 0.4F}}),
          sample_of("model, not calibrated", embedding_model{1, "m", 384, {}}),
          sample_of("addition", addition_record{hash_of_chat("chat"), addition_record::kind::turns,
                                                some_id, 3, 2}),
          sample_of("scope", scope_record{"chat", 3}),
          sample_of("enrolment", enrolment_record{"chat", some_time})};
}

TEST(codec, crc32c_gives_the_known_value) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c("56789", crc32c("1234")), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(codec, every_record_is_read_back) {
  for (const auto& each : samples())
    EXPECT_EQ(each.again(each.key, each.body), each.body) << each.name;
}

TEST(codec, a_record_keeps_every_field) {
  const auto waiting = decode<waiting_record>(table::inbox, "key", encode(some_waiting()));
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->attempts, 2u);
  EXPECT_EQ(waiting->message.via, channel::green_api);
  EXPECT_EQ(waiting->message.instance, "7103");
  EXPECT_EQ(waiting->message.chat_id, "120363@g.us");
  EXPECT_EQ(waiting->message.message_id, "AB12");
  EXPECT_EQ(waiting->message.text, some_waiting().message.text);
  EXPECT_EQ(waiting->message.sender, "97250@c.us");
  EXPECT_EQ(waiting->message.sender_name, "Dana");
  EXPECT_EQ(waiting->message.sent_at, some_time - std::chrono::seconds{1});
  EXPECT_EQ(waiting->message.received_at, some_time);
  EXPECT_EQ(waiting->message.kind, message_kind::reaction);
  EXPECT_TRUE(waiting->message.is_to_us);
  EXPECT_EQ(waiting->message.refers_to, "CD34");
  EXPECT_EQ(waiting->message.quoted, "quoted");
  EXPECT_EQ(waiting->message.attachment, "image");

  const auto by_turn = some_receipt(receipt_record::state::answered_by_turn);
  const auto receipt = decode<receipt_record>(table::receipts, "key", encode(by_turn));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->seq, 300u);
  EXPECT_EQ(receipt->text_hash, ~uint64_t{0});
  EXPECT_EQ(receipt->order, 2u);
  EXPECT_EQ(receipt->result.session_id, some_id);
  EXPECT_EQ(receipt->result.as, role::godfather);
  EXPECT_TRUE(receipt->result.memory_enabled);
  EXPECT_TRUE(receipt->result.is_fallback);
  EXPECT_EQ(receipt->result.timing.total, 1.5);
  EXPECT_EQ(receipt->result.timing.queue, 0.25);
  EXPECT_EQ(receipt->result.timing.llm, 200.125);
  ASSERT_EQ(receipt->result.recalled.size(), 2u);
  EXPECT_EQ(receipt->result.recalled[1].id, "m-2");
  EXPECT_EQ(receipt->result.recalled[1].kind, memory_kind::summary);
  EXPECT_EQ(receipt->result.recalled[0].similarity, 0.75);

  const auto session = decode<session_info>(table::sessions, "key", encode(some_session()));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->id, some_id);
  EXPECT_EQ(session->chat_id, "972501234567@c.us");
  EXPECT_EQ(session->last_active, some_time + std::chrono::hours{1});
  EXPECT_EQ(session->turn_count, 4u);
  EXPECT_EQ(session->tokens, 812u);

  const turn spoken{7,       speaker::assistant, true, false, 12, some_time, "text", "AB12", "Dana",
                    "quoted"};
  const auto said = decode<turn>(table::turns, turn_key(some_id, 7), encode(spoken));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->order, 7u);
  EXPECT_EQ(said->by, speaker::assistant);
  EXPECT_TRUE(said->is_fallback);
  EXPECT_FALSE(said->is_echo);
  EXPECT_EQ(said->tokens, 12u);
  EXPECT_EQ(said->at, some_time);
  EXPECT_EQ(said->text + said->message_id + said->sender_name, "textAB12Dana");
  turn echo;
  echo.is_echo = true;
  const auto again = decode<turn>(table::turns, turn_key(some_id, 8), encode(echo));
  EXPECT_TRUE(again && again->is_echo && !again->is_fallback);
}

TEST(codec, times_before_1970_and_extremes_survive) {
  for (const int64_t ms : {int64_t{0}, int64_t{-1}, INT64_MAX, INT64_MIN}) {
    const wall_time at{std::chrono::milliseconds{ms}};
    record_writer to;
    to.time(at);
    const auto body = std::move(to).take();
    record_reader from{body};
    EXPECT_EQ(from.time(), at) << ms;
    EXPECT_TRUE(from.complete());
  }
}

TEST(codec, a_cut_or_lengthened_body_is_damage) {
  for (const auto& each : samples()) {
    for (size_t length = 0; length < each.body.size(); ++length) {
      const auto cut = each.body.substr(0, length);
      // What is left without the fields that may be absent is a record itself.
      if (cut != each.without_more) {
        EXPECT_NE(each.again(each.key, cut), cut) << each.name << " cut to " << length;
      }
    }
    EXPECT_NE(each.again(each.key, each.body + '\0'), each.body + '\0') << each.name;
  }
}

TEST(codec, absurd_fields_are_damage) {
  const auto stops = [](std::string_view body, auto read) {
    record_reader from{body};
    read(from);
    return !from.complete();
  };
  const auto text = [](record_reader& from) { from.text(); };
  const auto number = [](record_reader& from) { from.number(); };
  EXPECT_TRUE(stops("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", text)) << "a length of 2^64-1";
  EXPECT_TRUE(
      stops("\x05"
            "abcd",
            text))
      << "a length beyond the end";
  EXPECT_TRUE(stops({"\x80\x00", 2}, number)) << "a padded number";
  EXPECT_TRUE(stops("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", number)) << "more than 64 bits";
  EXPECT_TRUE(stops("\x80", number)) << "a number without its end";
  EXPECT_TRUE(stops("\x02", [](record_reader& from) { from.flag(); })) << "a flag of 2";
  EXPECT_TRUE(stops("\x80\x80\x80\x80\x10", [](record_reader& from) { from.small_number(); }));
  EXPECT_TRUE(stops("\x7f", [](record_reader& from) { from.list(6); })) << "a list without rows";
  EXPECT_TRUE(stops("\x03", [](record_reader& from) { from.choice(close_reason::admin); }));
}

TEST(codec, every_flipped_bit_of_a_value_and_its_key_is_found) {
  for (const auto& each : samples()) {
    std::string value(seal_bytes + each.body.size(), '\0');
    seal_into(value.data(), table::turns, each.key, each.body);
    ASSERT_EQ(unseal(table::turns, each.key, value), each.body);
    EXPECT_FALSE(unseal(table::inbox, each.key, value)) << "in another table";
    for (size_t bit = 0; bit < 8 * value.size(); ++bit) {
      auto flipped = value;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      EXPECT_FALSE(unseal(table::turns, each.key, flipped)) << each.name << " bit " << bit;
    }
    for (size_t bit = 0; bit < 8 * each.key.size(); ++bit) {
      auto flipped = each.key;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      EXPECT_FALSE(unseal(table::turns, flipped, value)) << each.name << " key bit " << bit;
    }
    for (size_t length = 0; length < value.size(); ++length)
      EXPECT_FALSE(unseal(table::turns, each.key, value.substr(0, length))) << each.name;
  }
}

TEST(codec, random_bodies_never_crash_and_never_grow) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  const auto all = samples();
  for (int i = 0; i < 2'000; ++i) {
    std::string body(random() % 64, '\0');
    for (auto& c : body)
      c = static_cast<char>(random() % 4 == 0 ? random() : random() % 4);
    for (const auto& each : all) {
      const auto again = each.again(each.key, body);
      EXPECT_TRUE(again.starts_with("A record of") || again == body)
          << each.name << ": two bodies mean the same";
    }
  }
}

TEST(keys, are_in_the_order_of_time_and_number) {
  EXPECT_LT(turn_key(some_id, 255), turn_key(some_id, 256));
  EXPECT_LT(inbox_key(hash_of_chat("a"), 255), inbox_key(hash_of_chat("a"), 65536));
  EXPECT_LT(activity_key(some_time, hash_of_chat("z")),
            activity_key(some_time + std::chrono::milliseconds{1}, hash_of_chat("a")));
  EXPECT_EQ(number_at(inbox_key(hash_of_chat("a"), 77), 16), 77u);
  EXPECT_EQ(time_at(archive_key(some_time, some_id), 0), some_time);
  EXPECT_EQ(uuid_at(archive_key(some_time, some_id), 8), some_id);
}

TEST(keys, parts_of_a_message_name_do_not_run_together) {
  const auto name = [](channel via, std::string a, std::string b, std::string c) {
    return hash_of_message({via, std::move(a), std::move(b), std::move(c)});
  };
  EXPECT_NE(name(channel::http, "", "ab", "c"), name(channel::http, "", "a", "bc"));
  EXPECT_NE(name(channel::http, "a", "b", "c"), name(channel::http, "", "ab", "c"));
  EXPECT_NE(name(channel::http, "a", "b", "c"), name(channel::green_api, "a", "b", "c"));
  EXPECT_EQ(name(channel::http, "a", "b", "c"), name(channel::http, "a", "b", "c"));
}

}  // namespace
}  // namespace denidin::storage
