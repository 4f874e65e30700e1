#include "storage/records.hpp"

#include <utility>

namespace denidin::storage {

namespace {

void write_session(record_writer& to, const session_info& session) {
  to.id(session.id);
  to.text(session.chat_id);
  to.time(session.created_at);
  to.time(session.last_active);
  to.number(session.turn_count);
  to.number(session.tokens);
}

memory_kind read_kind(record_reader& from) {
  const auto name = from.text_view();
  for (const auto kind :
       {memory_kind::fact, memory_kind::summary, memory_kind::transcript, memory_kind::turn})
    if (name == to_string(kind))
      return kind;
  from.reject();
  return memory_kind::fact;
}

void write_outcome(record_writer& to, const outcome& result) {
  to.choice(result.as);
  to.flag(result.memory_enabled);
  to.flag(result.is_fallback);
  const auto& timing = result.timing;
  for (const auto ms :
       {timing.total, timing.queue, timing.embed, timing.recall, timing.llm, timing.store})
    to.span(ms);
  to.number(result.recalled.size());
  for (const auto& memory : result.recalled) {
    to.text(memory.id);
    to.text(to_string(memory.kind));
    to.ratio(memory.similarity);
  }
}

void read_outcome(record_reader& from, outcome& result) {
  result.as = from.choice(role::blocked);
  result.memory_enabled = from.flag();
  result.is_fallback = from.flag();
  auto& timing = result.timing;
  for (auto* ms :
       {&timing.total, &timing.queue, &timing.embed, &timing.recall, &timing.llm, &timing.store})
    *ms = from.span();
  constexpr size_t least_memory_bytes = 6;
  result.recalled.resize(from.list(least_memory_bytes));
  for (auto& memory : result.recalled) {
    memory.id = from.text();
    memory.kind = read_kind(from);
    memory.similarity = from.ratio();
  }
}

}  // namespace

std::string encode(const format_record& record) {
  record_writer to;
  to.number(record.version);
  to.time(record.created_at);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, format_record& into) {
  into.version = from.small_number();
  into.created_at = from.time();
}

std::string encode(const counters_record& record) {
  record_writer to;
  to.number(record.transaction);
  to.number(record.sequence);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, counters_record& into) {
  into.transaction = from.number();
  into.sequence = from.number();
}

std::string encode(const secret_record& record) {
  record_writer to;
  to.text(record.bytes);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, secret_record& into) { into.bytes = from.text(); }

std::string encode(const orderly_end_record&) { return {}; }
void read(record_reader&, std::string_view, orderly_end_record&) {}

std::string encode(const session_info& record) {
  record_writer to;
  write_session(to, record);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, session_info& into) {
  into.id = from.id();
  into.chat_id = from.text();
  into.created_at = from.time();
  into.last_active = from.time();
  into.turn_count = from.small_number();
  into.tokens = from.number();
}

std::string encode(const activity_record& record) {
  record_writer to;
  to.id(record.session);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, activity_record& into) {
  into.session = from.id();
}

namespace {

/// What a stored turn is to recall.
enum class turn_kind : uint8_t { plain, fallback, echo };

turn_kind kind_of(const turn& what) {
  if (what.is_fallback)
    return turn_kind::fallback;
  return what.is_echo ? turn_kind::echo : turn_kind::plain;
}

}  // namespace

std::string encode(const turn& record) {
  record_writer to;
  to.choice(record.by);
  to.choice(kind_of(record));
  to.number(record.tokens);
  to.time(record.at);
  to.text(record.text);
  to.text(record.message_id);
  to.text(record.sender_name);
  if (!record.quoted.empty())
    to.text(record.quoted);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view key, turn& into) {
  turn_view found;
  read(from, key, found);
  into.order = small_number_at(key, 16);
  into.by = found.by;
  into.is_fallback = found.is_fallback;
  into.is_echo = found.is_echo;
  into.tokens = found.tokens;
  into.at = found.at;
  into.text = found.text;
  into.message_id = found.message_id;
  into.sender_name = found.sender_name;
  into.quoted = found.quoted;
}
void read(record_reader& from, std::string_view, turn_view& into) {
  into.by = from.choice(speaker::assistant);
  const auto kind = from.choice(turn_kind::echo);
  into.is_fallback = kind == turn_kind::fallback;
  into.is_echo = kind == turn_kind::echo;
  into.tokens = from.small_number();
  into.at = from.time();
  into.text = from.text_view();
  into.message_id = from.text_view();
  into.sender_name = from.text_view();
  if (from.is_at_end())
    return;
  into.quoted = from.text_view();
  if (into.quoted.empty())
    from.reject();
}

std::string encode(const archived_record& record) {
  record_writer to;
  write_session(to, record.session);
  to.choice(record.why);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view key, archived_record& into) {
  read(from, key, into.session);
  into.why = from.choice(close_reason::admin);
  into.closed_at = time_at(key, 0);
}

std::string encode(const receipt_record& record) { return encode_receipt(record, record.result); }
std::string encode_receipt(const receipt_record& record, const outcome& result) {
  record_writer to;
  to.number(record.seq);
  to.number(record.text_hash);
  to.choice(record.what);
  if (record.what == receipt_record::state::heard) {
    to.id(result.session_id);
    to.number(record.order);
  }
  if (record.is_answered()) {
    to.id(result.session_id);
    if (record.what == receipt_record::state::answered_by_turn)
      to.number(record.order);
    else
      to.text(result.reply);
    write_outcome(to, result);
  }
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, receipt_record& into) {
  into.seq = from.number();
  into.text_hash = from.number();
  into.what = from.choice(receipt_record::state::heard);
  if (into.what == receipt_record::state::heard) {
    into.result.session_id = from.id();
    into.order = from.small_number();
  }
  if (into.is_answered()) {
    into.result.session_id = from.id();
    if (into.what == receipt_record::state::answered_by_turn)
      into.order = from.small_number();
    else
      into.result.reply = from.text();
    read_outcome(from, into.result);
  }
}

namespace {

/// Whether a message has what records of format 2 have no place for.
bool is_more_than_text(const inbound& message) {
  return message.kind != message_kind::text || message.is_to_us || !message.refers_to.empty() ||
         !message.quoted.empty() || !message.attachment.empty();
}

}  // namespace

std::string encode(const waiting_record& record) {
  return encode_waiting(record.attempts, record.message);
}
std::string encode_waiting(uint32_t attempts, const inbound& message) {
  record_writer to;
  to.number(attempts);
  to.choice(message.via);
  to.text(message.instance);
  to.text(message.chat_id);
  to.text(message.message_id);
  to.text(message.text);
  to.text(message.sender);
  to.text(message.sender_name);
  to.time(message.sent_at);
  to.time(message.received_at);
  if (!is_more_than_text(message))
    return std::move(to).take();
  to.choice(message.kind);
  to.flag(message.is_to_us);
  to.text(message.refers_to);
  to.text(message.quoted);
  to.text(message.attachment);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, waiting_record& into) {
  into.attempts = from.small_number();
  auto& message = into.message;
  message.via = from.choice(channel::green_api);
  message.instance = from.text();
  message.chat_id = from.text();
  message.message_id = from.text();
  message.text = from.text();
  message.sender = from.text();
  message.sender_name = from.text();
  message.sent_at = from.time();
  message.received_at = from.time();
  if (from.is_at_end())
    return;
  message.kind = from.choice(message_kind::own);
  message.is_to_us = from.flag();
  message.refers_to = from.text();
  message.quoted = from.text();
  message.attachment = from.text();
  if (!is_more_than_text(message))
    from.reject();
}

std::string encode(const job_record& record) {
  record_writer to;
  to.number(record.attempts);
  to.time(record.at);
  if (record.kind == job_kind::vectors)
    to.number(record.addition);
  if (record.kind == job_kind::backfill) {
    to.text(record.chat_id);
    to.number(record.done);
    to.number(record.last);
  }
  return std::move(to).take();
}
void read(record_reader& from, std::string_view key, job_record& into) {
  constexpr size_t kind_at = 8;
  if (key.size() > kind_at) {
    const auto kind = static_cast<uint8_t>(key[kind_at]);
    if (kind > static_cast<uint8_t>(job_kind::backfill))
      return from.reject();
    into.kind = static_cast<job_kind>(kind);
  }
  into.attempts = from.small_number();
  into.at = from.time();
  if (into.kind == job_kind::vectors)
    into.addition = from.number();
  if (into.kind == job_kind::backfill) {
    into.chat_id = from.text();
    into.done = from.small_number();
    into.last = from.small_number();
  }
}

std::string encode(const enrolment_record& record) {
  record_writer to;
  to.text(record.chat_id);
  to.time(record.at);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, enrolment_record& into) {
  into.chat_id = from.text();
  into.at = from.time();
}

std::string encode(const outbox_totals_record& record) {
  record_writer to;
  to.number(record.unknown);
  to.number(record.dead);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, outbox_totals_record& into) {
  into.unknown = from.number();
  into.dead = from.number();
}

std::string encode(const outgoing& record) {
  record_writer to;
  to.number(record.reply);
  to.number(record.part);
  to.number(record.parts);
  to.choice(record.via);
  to.text(record.instance);
  to.text(record.chat_id);
  to.text(record.text);
  to.text(record.quotes);
  to.time(record.created_at);
  to.choice(record.state);
  to.number(record.attempts);
  to.text(record.reason);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view key, outgoing& into) {
  into.seq = number_at(key, 0);
  into.reply = from.number();
  into.part = from.small_number();
  into.parts = from.small_number();
  into.via = from.choice(channel::green_api);
  into.instance = from.text();
  into.chat_id = from.text();
  into.text = from.text();
  into.quotes = from.text();
  into.created_at = from.time();
  into.state = from.choice(send_state::dead);
  into.attempts = from.small_number();
  into.reason = from.text();
}

std::string encode(const sent_record& record) {
  record_writer to;
  to.number(record.seq);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, sent_record& into) { into.seq = from.number(); }

}  // namespace denidin::storage
