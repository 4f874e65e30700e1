#include "actors/memory_json.hpp"

#include <boost/json.hpp>

#include "actors/plain_json.hpp"
#include "actors/strict_body.hpp"

namespace denidin::actors {

namespace {

namespace json = boost::json;
using simdjson::dom::element;

caf::error take_scope(const element& value, bool& is_shared) {
  std::string scope;
  is_shared = take_string(value, scope) && scope == "shared";
  return is_shared ? caf::error{} : wrong_field("scope", "\"shared\"");
}

caf::error take_kind(const element& value, memory_kind& into) {
  std::string name;
  if (take_string(value, name))
    for (const auto kind : {memory_kind::fact, memory_kind::summary, memory_kind::transcript})
      if (name == to_string(kind)) {
        into = kind;
        return {};
      }
  return wrong_field("kind", "fact, summary or transcript");
}

caf::error take_count(const element& value, std::optional<uint32_t>& into) {
  uint64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS || number < 1 || number > 1'000)
    return wrong_field("top_k", "a whole number from 1 to 1000");
  into = static_cast<uint32_t>(number);
  return {};
}

caf::error take_similarity(const element& value, std::optional<double>& into) {
  double number = 0;
  if (value.get(number) != simdjson::SUCCESS || !(number >= 0 && number <= 1))
    return wrong_field("min_similarity", "a number from 0 to 1");
  into = number;
  return {};
}

/// Where a memory comes from: a session, and in it a turn.
json::object source_of(const uuid& session, uint32_t order) {
  json::object source{{"session_id", nullptr}, {"order", nullptr}};
  if (!session.is_none())
    source["session_id"] = to_string(session);
  if (order > 0)
    source["order"] = order;
  return source;
}

json::object object_of(const storage::memory& what) {
  auto source = source_of(what.session, what.ref.order);
  if (!what.session.is_none() && !what.ref.is_turn()) {
    source["turns"] = what.turns;
    source["first_at"] = to_string(what.first_at);
    source["last_at"] = to_string(what.last_at);
  }
  return {{"id", to_string(what.ref)},
          {"text", what.text},
          {"kind", to_string(what.kind)},
          {"created_at", to_string(what.created_at)},
          {"source", std::move(source)}};
}

}  // namespace

caf::expected<posted_memory> read_memory(simdjson::dom::parser& parser, std::string& body) {
  posted_memory result;
  bool is_shared = false;
  const auto error = read_fields(
      parser, body,
      {{"chat_id", [&](auto& value) { return take_id(value, "chat_id", result.chat_id); }},
       {"scope", [&](auto& value) { return take_scope(value, is_shared); }},
       {"text", [&](auto& value) { return take_text(value, "text", result.text); }, true},
       {"kind", [&](auto& value) { return take_kind(value, result.kind); }}});
  if (error)
    return error;
  if (auto wrong = check_scope(!result.chat_id.empty(), is_shared))
    return wrong;
  return result;
}

caf::expected<posted_question> read_question(simdjson::dom::parser& parser, std::string& body) {
  posted_question result;
  const auto error = read_fields(
      parser, body,
      {{"chat_id", [&](auto& value) { return take_id(value, "chat_id", result.chat_id); }, true},
       {"query", [&](auto& value) { return take_text(value, "query", result.query); }, true},
       {"top_k", [&](auto& value) { return take_count(value, result.top_k); }},
       {"min_similarity",
        [&](auto& value) { return take_similarity(value, result.min_similarity); }},
       {"explain", [&](auto& value) { return take_flag(value, "explain", result.explains); }}});
  if (error)
    return error;
  return result;
}

caf::error check_scope(bool has_chat, bool is_shared) {
  if (has_chat && is_shared)
    return fail(ec::invalid_field, "Give either 'chat_id' or 'scope', not both.", "scope");
  if (!has_chat && !is_shared)
    return fail(ec::missing_field, "'chat_id' is required, or 'scope' with the value shared.",
                "chat_id");
  return {};
}

std::string write_memory(const storage::memory& what) { return write_plainly(object_of(what)); }

std::string write_memories(const storage::memory_page& page) {
  json::array rows;
  rows.reserve(page.rows.size());
  for (const auto& row : page.rows)
    rows.push_back(object_of(row));
  json::object body{{"memories", std::move(rows)}, {"next", nullptr}};
  if (page.next != 0)
    body["next"] = to_string(storage::memory_ref{page.next, {}, 0});
  return write_plainly(body);
}

std::string write_recalled(const recall_answer& found, bool explains) {
  json::array rows;
  rows.reserve(found.memories.size());
  for (const auto& memory : found.memories) {
    json::object row{{"id", memory.id},
                     {"text", memory.text},
                     {"similarity", memory.similarity},
                     {"kind", to_string(memory.kind)},
                     {"created_at", to_string(memory.at)},
                     {"source", source_of(memory.session, memory.order)}};
    if (explains)
      row["explain"] = {{"lexical", memory.why.lexical},
                        {"vector", memory.why.vector},
                        {"neighbours", memory.why.neighbours},
                        {"score", memory.why.score}};
    rows.push_back(std::move(row));
  }
  return write_plainly(json::object{{"memories", std::move(rows)}});
}

std::optional<uint64_t> parse_before(const std::string& name) {
  if (name.empty())
    return 0;
  const auto ref = storage::parse_memory_ref(name);
  return ref && !ref->is_turn() ? std::optional{ref->seq} : std::nullopt;
}

}  // namespace denidin::actors
