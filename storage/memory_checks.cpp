#include "storage/memory_checks.hpp"

#include <algorithm>
#include <utility>

namespace denidin::storage {

namespace {

constexpr size_t scope_bytes = 16;

scope_id scope_at(std::string_view key) { return scope_of_ref(uuid_at(key, 0)); }

}  // namespace

template <class Record>
std::optional<Record> memory_checks::decoded(table of, std::string_view key,
                                             std::string_view body) const {
  auto record = decode<Record>(of, key, body);
  if (record)
    return std::move(*record);
  around_.report(of, key, "The record does not decode.");
  return std::nullopt;
}

void memory_checks::check(table of, std::string_view key, std::string_view body) {
  switch (of) {
    case table::memories:
      if (const auto record = decoded<memory_record>(of, key, body))
        check_memory(key, *record);
      return;
    case table::recallable:
      if (const auto record = decoded<recallable_record>(of, key, body))
        check_recallable(key, *record);
      return;
    case table::models:
      if (const auto record = decoded<embedding_model>(of, key, body))
        if (record->number == 0 || record->dimension == 0)
          around_.report(of, key, "The model has no number or no dimension.");
      return;
    case table::additions:
      if (const auto record = decoded<addition_record>(of, key, body))
        check_addition(key, *record);
      return;
    case table::scopes:
      if (const auto record = decoded<scope_record>(of, key, body))
        check_scope(key, *record);
      return;
    default: return;
  }
}

void memory_checks::check_memory(std::string_view key, const memory_record& found) {
  ++scopes_[scope_at(key)].memories;
  greatest_sequence_ = std::max(greatest_sequence_, found.seq);
  if (found.seq == 0)
    around_.report(table::memories, key, "The memory has no number.");
  check_vector(table::memories, key, found.vector);
}

void memory_checks::check_recallable(std::string_view key, const recallable_record& found) {
  const auto scope = scope_at(key);
  const auto session = uuid_at(key, scope_bytes);
  scopes_.try_emplace(scope);
  const auto body =
      around_.look_up(table::turns, turn_key(session, small_number_at(key, 2 * scope_bytes)));
  const auto said = body ? decode<turn_view>(table::turns, key, *body) : turn_view{};
  if (!body)
    around_.report(table::recallable, key, "The row names a turn that is not there.");
  else if (said &&
           (said->by != found.by || said->is_fallback || said->is_echo || said->text.empty()))
    around_.report(table::recallable, key, "The turn is not what the row says.");
  if (const auto chat = around_.chat_of(session); chat && *chat != scope)
    around_.report(table::recallable, key, "The turn stands in the scope of another chat.");
  check_vector(table::recallable, key, found.vector);
}

void memory_checks::check_vector(table of, std::string_view key, const stored_vector& vector) {
  if (vector.model == 0)
    return;
  const auto [known, is_new] = dimensions_.try_emplace(vector.model, 0);
  if (is_new) {
    const auto at = model_key(vector.model);
    const auto body = around_.look_up(table::models, at);
    const auto model = body ? decode<embedding_model>(table::models, at, *body) : embedding_model{};
    known->second = model ? model->dimension : 0;
  }
  if (known->second != vector.values.size())
    around_.report(of, key, "The vector is of no known model, or not of its dimension.");
}

void memory_checks::check_addition(std::string_view key, const addition_record& found) {
  const bool is_of_turns = found.what == addition_record::kind::turns;
  const uint64_t more = is_of_turns || found.count == 0 ? 0 : found.count - 1;
  greatest_sequence_ = std::max(greatest_sequence_, number_at(key, 0) + more);
  if (found.count == 0 || is_of_turns == found.session.is_none())
    around_.report(table::additions, key, "The addition names nothing.");
}

void memory_checks::check_scope(std::string_view key, const scope_record& found) {
  auto& known = scopes_[scope_at(key)];
  known.has_row = true;
  if (known.memories != found.memories)
    around_.report(table::scopes, key, "The scope has another number of memories than it says.");
  if (!found.name.empty() && scope_of_chat(found.name) != key)
    around_.report(table::scopes, key, "The scope stands under the key of another chat.");
}

void memory_checks::finish() const {
  for (const auto& [scope, known] : scopes_)
    if (!known.has_row)
      around_.report(table::scopes, scope, "The scope has rows but is not listed.");
}

}  // namespace denidin::storage
