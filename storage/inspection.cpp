#include "storage/inspection.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "storage/child_process.hpp"
#include "storage/conversations.hpp"
#include "storage/environment.hpp"
#include "storage/memory_checks.hpp"
#include "storage/page_count.hpp"
#include "storage/records.hpp"

namespace denidin::storage {

namespace {

class inspection {
 public:
  explicit inspection(const inspection_listener& listener)
      : listener_{listener},
        memories_{{.look_up = [this](table of, std::string_view key) { return sound(of, key); },
                   .chat_of = [this](const uuid& session) { return chat_of(session); },
                   .report = [this](table of, std::string_view key,
                                    std::string_view what) { report(of, key, what); }}} {}

  void run(const std::filesystem::path& file);

 private:
  bool open(const std::filesystem::path& file);
  void report(table of, std::string_view key, std::string_view what) const {
    report(std::string{name_of(of)}, key, what);
  }
  void report(const std::string& where, std::string_view key, std::string_view what) const {
    listener_.found({where, to_hex(key), std::string{what}});
  }

  MDB_dbi handle(table of) const { return tables_[static_cast<size_t>(of)]; }
  std::optional<std::string_view> raw(table of, std::string_view key) const;
  std::optional<std::string_view> sound(table of, std::string_view key) const;
  template <class Record>
  std::optional<Record> look_up(table of, std::string_view key) const;
  template <class Record>
  std::optional<Record> decoded(table of, std::string_view key, std::string_view body) const;

  void read_table(table of);
  void check_record(table of, std::string_view key, std::string_view body);
  void check_meta(std::string_view row, std::string_view body);
  void check_session(std::string_view key, const session_info& session);
  void check_activity(std::string_view key, const activity_record& row);
  void check_turn(std::string_view key, const turn& found);
  void check_archived(std::string_view key, const archived_record& closed);
  void check_receipt(std::string_view key, const receipt_record& receipt);
  void check_waiting(std::string_view key, const waiting_record& waiting);
  void check_dead(std::string_view key, const waiting_record& dead);
  void check_job(std::string_view key, const job_record& job);
  void check_outgoing(std::string_view key, const outgoing& row);
  void check_sent(std::string_view key, const sent_record& row);
  void check_turns_of_sessions();
  std::optional<chat_hash> chat_of(const uuid& session) const;
  void check_counts();

  /// What a session row says of its turns, and what its turns say.
  struct tally {
    std::optional<table> said_by;
    std::string key;
    chat_hash chat;
    uint64_t turns_said = 0, tokens_said = 0;
    uint64_t turns = 0, tokens = 0;
  };

  const inspection_listener& listener_;
  environment_ptr env_;
  lmdb_transaction_ptr txn_;
  table_handles tables_{};
  uint64_t records_ = 0;
  std::map<uuid, tally> sessions_;
  uint64_t waiting_receipts_ = 0, waiting_messages_ = 0;
  uint64_t greatest_sequence_ = 0;
  std::optional<counters_record> counters_;
  std::optional<outbox_totals_record> outbox_totals_;
  uint64_t unknown_parts_ = 0, dead_parts_ = 0;
  std::optional<outgoing> last_part_;
  memory_checks memories_;
};

bool inspection::open(const std::filesystem::path& file) {
  const auto tell = [&](const caf::error& error) {
    report("file", {}, explain(error).message);
    return false;
  };
  if (const auto shape = look_at_environment(file); !shape)
    return tell(shape.error());
  auto env = open_environment(file, MDB_RDONLY | MDB_NOLOCK, 0);
  if (!env)
    return tell(env.error());
  env_ = std::move(*env);
  mdb_env_set_assert(env_.get(), [](MDB_env*, const char*) { give_up_in_child(); });
  auto txn = begin(env_.get(), true);
  if (!txn)
    return tell(txn.error());
  txn_ = std::move(*txn);
  auto tables = open_tables(txn_.get(), false);
  if (!tables)
    return tell(tables.error());
  tables_ = *tables;
  return true;
}

void inspection::run(const std::filesystem::path& file) {
  if (!open(file))
    return;
  for (size_t i = 0; i < tables_.size(); ++i) {
    if (tables_[i] == no_table)
      continue;
    read_table(static_cast<table>(i));
    listener_.progress(records_);
  }
  check_turns_of_sessions();
  memories_.finish();
  check_counts();
  if (const auto wrong = find_wrong_pages(env_.get(), txn_.get(), tables_))
    report("pages", {}, *wrong);
}

// -- records --------------------------------------------------------------------------------------

std::optional<std::string_view> inspection::raw(table of, std::string_view key) const {
  auto wanted = to_lmdb(key);
  MDB_val value{};
  if (mdb_get(txn_.get(), handle(of), &wanted, &value) != MDB_SUCCESS)
    return std::nullopt;
  return from_lmdb(value);
}

/// The record under a key; none also where it is damaged, which its own table's turn reports.
std::optional<std::string_view> inspection::sound(table of, std::string_view key) const {
  const auto value = raw(of, key);
  return value ? unseal(of, key, *value) : std::nullopt;
}

template <class Record>
std::optional<Record> inspection::look_up(table of, std::string_view key) const {
  const auto body = sound(of, key);
  if (!body)
    return std::nullopt;
  auto record = decode<Record>(of, key, *body);
  return record ? std::optional<Record>{std::move(*record)} : std::nullopt;
}

template <class Record>
std::optional<Record> inspection::decoded(table of, std::string_view key,
                                          std::string_view body) const {
  auto record = decode<Record>(of, key, body);
  if (record)
    return std::move(*record);
  report(of, key, "The record does not decode.");
  return std::nullopt;
}

void inspection::read_table(table of) {
  MDB_stat figures{};
  MDB_cursor* raw_cursor = nullptr;
  int code = mdb_stat(txn_.get(), handle(of), &figures);
  if (code == MDB_SUCCESS)
    code = mdb_cursor_open(txn_.get(), handle(of), &raw_cursor);
  const cursor_ptr cursor{raw_cursor};
  const uint64_t expected = figures.ms_entries;
  uint64_t seen = 0;
  std::string last;
  MDB_val key{}, value{};
  while (code == MDB_SUCCESS && seen <= expected) {
    code = mdb_cursor_get(raw_cursor, &key, &value, seen == 0 ? MDB_FIRST : MDB_NEXT);
    if (code != MDB_SUCCESS)
      break;
    const auto name = from_lmdb(key);
    const auto stored = from_lmdb(value);
    ++records_;
    // Pages that are linked in a circle would be read for ever.
    if (seen++ > 0 && name <= last)
      return report(of, name, "The keys are not in order; the table was read up to here.");
    last = name;
    const auto again = raw(of, name);
    if (!again || again->data() != stored.data())
      report(of, name, "The record is not found under its key.");
    if (const auto body = unseal(of, name, stored))
      check_record(of, name, *body);
    else
      report(of, name, "The version or the checksum of the record does not fit.");
  }
  if (code != MDB_SUCCESS && code != MDB_NOTFOUND)
    report(of, last,
           std::string{"The table cannot be read behind this key: "} + mdb_strerror(code) + '.');
  else if (seen != expected)
    report(of, last, "The table has another number of records than it says.");
}

void inspection::check_record(table of, std::string_view key, std::string_view body) {
  switch (of) {
    case table::meta: return check_meta(key, body);
    case table::sessions:
      if (const auto record = decoded<session_info>(of, key, body))
        check_session(key, *record);
      return;
    case table::activity:
      if (const auto record = decoded<activity_record>(of, key, body))
        check_activity(key, *record);
      return;
    case table::turns:
      if (const auto record = decoded<turn>(of, key, body))
        check_turn(key, *record);
      return;
    case table::archive:
      if (const auto record = decoded<archived_record>(of, key, body))
        check_archived(key, *record);
      return;
    case table::receipts:
      if (const auto record = decoded<receipt_record>(of, key, body))
        check_receipt(key, *record);
      return;
    case table::inbox:
      if (const auto record = decoded<waiting_record>(of, key, body))
        check_waiting(key, *record);
      return;
    case table::jobs:
      if (const auto record = decoded<job_record>(of, key, body))
        check_job(key, *record);
      return;
    case table::dead:
      if (const auto record = decoded<waiting_record>(of, key, body))
        check_dead(key, *record);
      return;
    case table::rollout:
      if (const auto record = decoded<enrolment_record>(of, key, body))
        if (hash_of_chat(record->chat_id) != key)
          report(of, key, "The enrolment stands under the key of another chat.");
      return;
    case table::memories:
    case table::recallable:
    case table::models:
    case table::additions:
    case table::scopes: return memories_.check(of, key, body);
    case table::outbox:
      if (const auto record = decoded<outgoing>(of, key, body))
        check_outgoing(key, *record);
      return;
    case table::sent:
      if (const auto record = decoded<sent_record>(of, key, body))
        check_sent(key, *record);
      return;
    case table::count_: return;
  }
}

void inspection::check_meta(std::string_view row, std::string_view body) {
  if (row == format_row) {
    if (const auto format = decoded<format_record>(table::meta, row, body))
      if (format->version > store_format)
        report(table::meta, row, "The store was written by a newer version.");
  } else if (row == counters_row) {
    counters_ = decoded<counters_record>(table::meta, row, body);
  } else if (row == log_key_row) {
    decoded<secret_record>(table::meta, row, body);
  } else if (row == orderly_end_row) {
    decoded<orderly_end_record>(table::meta, row, body);
  } else if (row == outbox_row) {
    outbox_totals_ = decoded<outbox_totals_record>(table::meta, row, body);
  } else {
    report(table::meta, row, "The row is not known.");
  }
}

// -- tables against each other --------------------------------------------------------------------

void inspection::check_session(std::string_view key, const session_info& session) {
  const auto chat = hash_of_chat(session.chat_id);
  if (chat != key)
    report(table::sessions, key, "The session stands under the key of another chat.");
  const auto row =
      look_up<activity_record>(table::activity, activity_key(session.last_active, chat));
  if (!row || row->session != session.id)
    report(table::sessions, key, "The active session has no row in 'activity'.");
  auto& known = sessions_[session.id];
  if (known.said_by)
    report(table::sessions, key, "Two sessions have the same id.");
  known.said_by = table::sessions;
  known.key = key;
  known.chat = chat;
  known.turns_said = session.turn_count;
  known.tokens_said = session.tokens;
}

void inspection::check_activity(std::string_view key, const activity_record& row) {
  const auto session =
      key.size() == 24 ? look_up<session_info>(table::sessions, key.substr(8)) : std::nullopt;
  if (!session || session->id != row.session || session->last_active != time_at(key, 0))
    report(table::activity, key, "The row names no active session.");
}

void inspection::check_turn(std::string_view key, const turn& found) {
  auto& known = sessions_[uuid_at(key, 0)];
  if (found.order != ++known.turns) {
    report(table::turns, key, "A turn before this one is missing.");
    known.turns = found.order;
  }
  known.tokens += found.tokens;
}

void inspection::check_archived(std::string_view key, const archived_record& closed) {
  if (uuid_at(key, 8) != closed.session.id)
    report(table::archive, key, "The session stands under the key of another one.");
  auto& known = sessions_[closed.session.id];
  if (known.said_by)
    report(table::archive, key, "Two sessions have the same id.");
  known.said_by = table::archive;
  known.key = key;
  known.chat = hash_of_chat(closed.session.chat_id);
  known.turns_said = closed.session.turn_count;
  known.tokens_said = closed.session.tokens;
}

std::optional<chat_hash> inspection::chat_of(const uuid& session) const {
  const auto known = sessions_.find(session);
  if (known == sessions_.end() || !known->second.said_by)
    return std::nullopt;
  return known->second.chat;
}

void inspection::check_turns_of_sessions() {
  for (const auto& [id, known] : sessions_) {
    if (!known.said_by)
      report(table::turns, turn_prefix(id), "The turns belong to no session.");
    else if (known.turns != known.turns_said || known.tokens != known.tokens_said)
      report(*known.said_by, known.key, "The session has other turns than it says.");
  }
}

void inspection::check_receipt(std::string_view key, const receipt_record& receipt) {
  using state = receipt_record::state;
  greatest_sequence_ = std::max(greatest_sequence_, receipt.seq);
  waiting_receipts_ += receipt.what == state::waiting;
  if (receipt.what != state::answered_by_turn && receipt.what != state::heard)
    return;
  // The turns of a session that is not there any more were removed with it, the newest first.
  const auto& session = receipt.result.session_id;
  const auto known = sessions_.find(session);
  if (known != sessions_.end() && known->second.said_by &&
      receipt.order <= known->second.turns_said &&
      !look_up<turn>(table::turns, turn_key(session, receipt.order)))
    report(table::receipts, key,
           "The turn that the message became, or that answered it, is missing.");
}

void inspection::check_waiting(std::string_view key, const waiting_record& waiting) {
  const auto& message = waiting.message;
  const auto seq = number_at(key, 16);
  greatest_sequence_ = std::max(greatest_sequence_, seq);
  ++waiting_messages_;
  if (inbox_key(hash_of_chat(message.chat_id), seq) != key)
    report(table::inbox, key, "The message stands under the key of another chat.");
  const auto receipt = look_up<receipt_record>(
      table::receipts,
      receipt_key(day_of(message.received_at), hash_of_message(message_key::of(message))));
  if (!receipt || receipt->what != receipt_record::state::waiting || receipt->seq != seq)
    report(table::inbox, key, "The waiting message has no receipt that says so.");
}

void inspection::check_dead(std::string_view key, const waiting_record& dead) {
  const auto& message = dead.message;
  const auto seq = number_at(key, 0);
  greatest_sequence_ = std::max(greatest_sequence_, seq);
  // Its receipt may be gone: receipts are kept for days, dead letters until somebody looks. What
  // could not be read never had one.
  const auto receipt = look_up<receipt_record>(
      table::receipts,
      receipt_key(day_of(message.received_at), hash_of_message(message_key::of(message))));
  if (receipt && receipt->seq == seq && receipt->what != receipt_record::state::dead)
    report(table::dead, key, "The receipt of the message put aside says otherwise.");
}

void inspection::check_job(std::string_view key, const job_record& job) {
  constexpr size_t ref_at = 9;
  greatest_sequence_ = std::max(greatest_sequence_, job.addition);
  if (job.kind == job_kind::summary) {
    if (!raw(table::archive, archive_key(job.at, uuid_at(key, ref_at))))
      report(table::jobs, key, "The session to be summarised is not in 'archive'.");
  } else if (time_at(key, 0) != wall_time{}) {
    report(table::jobs, key, "The job stands under a time; there may be another one.");
  }
}

void inspection::check_outgoing(std::string_view key, const outgoing& row) {
  greatest_sequence_ = std::max(greatest_sequence_, row.seq);
  unknown_parts_ += row.state == send_state::unknown;
  dead_parts_ += row.state == send_state::dead;
  if (outbox_key(row.seq) != key || row.part == 0 || row.part > row.parts ||
      row.reply + row.part - 1 != row.seq)
    report(table::outbox, key, "The row is not the part of the reply that it says.");
  const auto same = [&](const outgoing& other) {
    return other.parts == row.parts && other.via == row.via && other.instance == row.instance &&
           other.chat_id == row.chat_id;
  };
  if (last_part_ && last_part_->reply == row.reply && !same(*last_part_))
    report(table::outbox, key, "The parts of the reply disagree on where it goes.");
  last_part_ = row;
}

void inspection::check_sent(std::string_view key, const sent_record& row) {
  constexpr size_t key_bytes = 20;
  greatest_sequence_ = std::max(greatest_sequence_, row.seq);
  if (key.size() != key_bytes || row.seq == 0)
    report(table::sent, key, "The row names nothing that was sent.");
}

void inspection::check_counts() {
  if (waiting_receipts_ != waiting_messages_)
    report(table::receipts, {},
           "The number of receipts of waiting messages is not that of the messages.");
  for (const auto row : {format_row, counters_row, log_key_row})
    if (!raw(table::meta, row))
      report(table::meta, row, "The row is missing.");
  const auto totals = outbox_totals_.value_or(outbox_totals_record{});
  if (totals.unknown < unknown_parts_ || totals.dead < dead_parts_)
    report(table::meta, outbox_row, "More sends are unknown, or given up, than were ever counted.");
  if (counters_ &&
      counters_->sequence < std::max(greatest_sequence_, memories_.greatest_sequence()))
    report(table::meta, counters_row, "The sequence is behind numbers that were given out.");
}

}  // namespace

void inspect(const std::filesystem::path& file, const inspection_listener& listener) {
  inspection{listener}.run(file);
}

}  // namespace denidin::storage
