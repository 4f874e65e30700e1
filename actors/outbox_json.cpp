#include "actors/outbox_json.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "storage/outbox.hpp"

namespace denidin::actors {

namespace json = boost::json;

caf::expected<std::string> write_outbox_page(const storage::transaction& txn, uint64_t after,
                                             size_t limit, wall_time now) {
  auto rows = storage::list_outbox(txn, after, limit);
  if (!rows)
    return std::move(rows.error());
  json::array parts;
  for (const auto& row : *rows) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - row.created_at).count();
    json::object part{{"id", row.seq},
                      {"channel", to_string(row.via)},
                      {"chat_id", row.chat_id},
                      {"state", to_string(row.state)},
                      {"part", row.part},
                      {"parts", row.parts},
                      {"text", row.text},
                      {"created_at", to_string(row.created_at)},
                      {"age_s", std::max<int64_t>(0, age)},
                      {"attempts", row.attempts},
                      {"reason", nullptr}};
    if (!row.reason.empty())
      part["reason"] = row.reason;
    if (!row.quotes.empty())
      part["quotes"] = row.quotes;
    parts.push_back(std::move(part));
  }
  json::object page{{"parts", std::move(parts)}, {"next", nullptr}};
  if (rows->size() == limit)
    page["next"] = rows->back().seq;
  return json::serialize(page);
}

}  // namespace denidin::actors
