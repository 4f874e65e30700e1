#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <memory>

#include <boost/json.hpp>

#include "actors/strict_body.hpp"
#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/daemon_client.hpp"
#include "cli/offline.hpp"
#include "messages/text.hpp"

namespace denidin::cli {

namespace {

namespace json = boost::json;
using simdjson::dom::element;

constexpr uint32_t page_size = 1'000;
constexpr size_t longest_shown = 80;  // code points of one text in a table

/// A text as one short line.
std::string shortened(std::string text) {
  for (auto& c : text)
    if (c == '\n' || c == '\r' || c == '\t')
      c = ' ';
  const auto shown = first_code_points(text, longest_shown);
  return shown.size() < text.size() ? std::string{shown} + "…" : text;
}

/// `2026-01-21 10:00` of an RFC 3339 time.
std::string minute_text(const element& memory) {
  auto text = text_at(memory, "/created_at").substr(0, 16);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

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

/// Pages of memories, from the daemon or, where none runs, from the store.
class memory_source {
 public:
  memory_source(const config::settings& of, const memory_options& options)
      : settings_(of), options_(options), daemon_(of) {}

  caf::expected<json_answer> page(const std::string& before, uint32_t limit) {
    if (!store_) {
      auto answer =
          daemon_.get("/v1/memories", scope_query(options_) + "&limit=" + std::to_string(limit) +
                                          "&before=" + percent_encode(before));
      if (answer || code_of(answer.error()) != ec::unreachable)
        return answer;
      auto store = open_store_instead(settings_, daemon_.address());
      if (!store)
        return store.error();
      store_ = std::move(*store);
    }
    auto body = cli::list_memories(*store_, settings_, options_.chat_id, before, limit);
    if (!body)
      return body.error();
    return json_answer::parse(std::move(*body), "the store");
  }

 private:
  const config::settings& settings_;
  const memory_options& options_;
  daemon_client daemon_;
  std::unique_ptr<storage::store> store_;
};

void print_found(const std::vector<element>& memories, bool explained) {
  std::vector<std::string> header{"SIMILARITY", "ID", "KIND", "CREATED (UTC)"};
  if (explained)
    header.insert(header.end(), {"LEXICAL", "VECTOR", "NEIGHBOURS", "SCORE"});
  header.emplace_back("TEXT");
  table rows{std::move(header)};
  for (const auto& memory : memories) {
    std::vector<std::string> row{fraction_text(memory, "/similarity"), text_at(memory, "/id"),
                                 text_at(memory, "/kind"), minute_text(memory)};
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
  memory_source source{*settings, options};
  table rows{{"ID", "KIND", "CREATED (UTC)", "TEXT"}};
  std::string list, next;
  uint32_t left = options.limit;
  do {
    const auto page = source.page(next, std::min(left, page_size));
    if (!page)
      return complain(page.error(), options.json);
    const auto memories = items_at(page->root(), "/memories");
    for (const auto& memory : memories) {
      list += (list.empty() ? "" : ",\n") + simdjson::minify(memory);
      rows.add({text_at(memory, "/id"), text_at(memory, "/kind"), minute_text(memory),
                shortened(text_at(memory, "/text"))});
    }
    left -= std::min<uint32_t>(left, static_cast<uint32_t>(memories.size()));
    next = memories.empty() ? std::string{} : text_at(page->root(), "/next");
  } while (left > 0 && !next.empty());
  if (options.json)
    std::cout << "{\"memories\":[" << list << "]}\n";
  else if (list.empty())
    std::cout << "No memories.\n";
  else
    std::cout << rows.text();
  if (!next.empty())
    std::cerr << "There are more; --limit " << uint64_t{options.limit} * 10
              << " shows more of them.\n";
  return exit_code::ok;
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
