#include <array>
#include <cstdio>
#include <iostream>

#include <boost/json.hpp>

#include "actors/strict_body.hpp"
#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/daemon_client.hpp"
#include "cli/offline.hpp"
#include "cli/reading.hpp"

namespace denidin::cli {

namespace {

namespace json = boost::json;
using simdjson::dom::element;

std::string fraction_text(const element& in, std::string_view pointer) {
  const auto number = number_at(in, pointer);
  if (!number)
    return "-";
  std::array<char, 340> text{};
  std::snprintf(text.data(), text.size(), "%.2f", *number);
  return text.data();
}

/// An error in what the command line names; none is `{}`.
caf::error check(const memory_options& options) {
  return options.shared ? caf::error{} : actors::check_id(options.chat_id, "chat_id");
}

std::string scope_query(const memory_options& options) {
  return options.shared ? "scope=shared" : "chat_id=" + percent_encode(options.chat_id);
}

std::string whose(const memory_options& options) {
  return options.shared ? "everybody" : terminal_safe(options.chat_id);
}

void print_found(const std::vector<element>& memories, bool explained) {
  std::vector<std::string> header{"SIMILARITY", "ID", "KIND", "CREATED (UTC)"};
  if (explained)
    header.insert(header.end(), {"LEXICAL", "VECTOR", "NEIGHBOURS", "SCORE"});
  header.emplace_back("TEXT");
  table rows{std::move(header)};
  for (const auto& memory : memories) {
    std::vector<std::string> row{fraction_text(memory, "/similarity"), text_at(memory, "/id"),
                                 text_at(memory, "/kind"), minute_text(memory, "/created_at")};
    if (explained)
      for (const auto* part : {"lexical", "vector", "neighbours", "score"})
        row.push_back(fraction_text(memory, std::string{"/explain/"} + part));
    row.push_back(shortened(text_at(memory, "/text")));
    rows.add(std::move(row));
  }
  std::cout << (memories.empty() ? "Nothing found.\n" : rows.text());
}

}  // namespace

exit_code list_memories(const memory_list_options& options) {
  if (const auto error = check(options))
    return complain(error, options.json);
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  listing memories;
  memories.path = "/v1/memories";
  memories.query = scope_query(options);
  memories.cursor = "before";
  memories.key = "memories";
  memories.page_size = 1'000;
  memories.from_store = [&](const storage::store& in, const std::string& before, size_t limit) {
    return list_memories(in, *settings, options.chat_id, before, limit);
  };
  memories.header = {"ID", "KIND", "CREATED (UTC)", "TEXT"};
  memories.row = [](const element& memory) -> std::vector<std::string> {
    return {text_at(memory, "/id"), text_at(memory, "/kind"), minute_text(memory, "/created_at"),
            shortened(text_at(memory, "/text"))};
  };
  memories.none = "No memories.";
  return print_list(*settings, memories, options.limit, options.json);
}

exit_code add_memory(const memory_text_options& options) {
  if (const auto error = check(options))
    return complain(error, options.json);
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  json::object body{{"text", options.text}};
  if (options.shared)
    body["scope"] = "shared";
  else
    body["chat_id"] = options.chat_id;
  const auto added = daemon_client{*settings}.post("/v1/memories", json::serialize(body));
  if (!added)
    return complain(added.error(), options.json);
  if (options.json)
    std::cout << added->body() << '\n';
  else
    std::cout << "Remembered for " << whose(options) << ": "
              << terminal_safe(text_at(added->root(), "/id")) << '\n';
  return exit_code::ok;
}

exit_code forget_memory(const memory_text_options& options) {
  if (const auto error = check(options))
    return complain(error, options.json);
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  const auto gone = daemon_client{*settings}.remove("/v1/memories/" + percent_encode(options.text),
                                                    scope_query(options));
  if (!gone)
    return complain(gone.error(), options.json);
  if (options.json)
    std::cout << gone->body() << '\n';
  else
    std::cout << "Forgotten: " << terminal_safe(text_at(gone->root(), "/id")) << '\n';
  return exit_code::ok;
}

exit_code search_memories(const memory_search_options& options) {
  if (const auto error = actors::check_id(options.chat_id, "chat_id"))
    return complain(error, options.json);
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  json::object body{{"chat_id", options.chat_id}, {"query", options.query}};
  if (options.top_k)
    body["top_k"] = *options.top_k;
  if (options.min_similarity)
    body["min_similarity"] = *options.min_similarity;
  if (options.explain)
    body["explain"] = true;
  const auto found = daemon_client{*settings}.post("/v1/recall", json::serialize(body));
  if (!found)
    return complain(found.error(), options.json);
  if (options.json)
    std::cout << found->body() << '\n';
  else
    print_found(items_at(found->root(), "/memories"), options.explain);
  return exit_code::ok;
}

}  // namespace denidin::cli
