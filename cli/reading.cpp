#include "cli/reading.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include "cli/offline.hpp"
#include "messages/text.hpp"

namespace denidin::cli {

namespace {

using simdjson::dom::element;

constexpr size_t longest_shown = 80;  // code points of one text in a table

/// Where the next page begins: some lists say it with a word, some with a number. Empty: nowhere.
std::string next_of(const element& page) {
  auto next = text_at(page, "/next");
  if (const auto number = count_at(page, "/next"); next.empty() && number > 0)
    next = std::to_string(number);
  return next;
}

std::string time_text(const element& in, std::string_view pointer, size_t length) {
  auto text = text_at(in, pointer).substr(0, length);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

}  // namespace

caf::expected<json_answer> reader::get(const std::string& path, const std::string& query,
                                       const from_store& instead) {
  if (!store_) {
    auto answer = daemon_.get(path, query);
    if (answer || code_of(answer.error()) != ec::unreachable)
      return answer;
    auto store = open_store_instead(settings_, daemon_.address());
    if (!store)
      return store.error();
    store_ = std::move(*store);
  }
  auto body = instead(*store_);
  if (!body)
    return body.error();
  return json_answer::parse(std::move(*body), "the store");
}

exit_code print_list(const config::settings& of, const listing& what, uint32_t limit, bool json) {
  reader source{of};
  table rows{what.header};
  std::string list, next;
  uint32_t left = limit;
  do {
    // Of a list that is sifted, a page may hold any number of those that are meant.
    const auto size = what.fits ? what.page_size : std::min(left, what.page_size);
    const auto query = what.query + (what.query.empty() ? "" : "&") +
                       "limit=" + std::to_string(size) + '&' + what.cursor + '=' +
                       percent_encode(next);
    const auto page = source.get(what.path, query, [&](const storage::store& in) {
      return what.from_store(in, next, size);
    });
    if (!page)
      return complain(page.error(), json);
    const auto members = items_at(page->root(), '/' + what.key);
    next = members.empty() ? std::string{} : next_of(page->root());
    for (const auto& member : members) {
      if (what.fits && !what.fits(member))
        continue;
      if (left == 0) {
        next = "more";
        break;
      }
      list += (list.empty() ? "" : ",\n") + simdjson::minify(member);
      rows.add(what.row(member));
      --left;
    }
  } while (left > 0 && !next.empty());
  if (json)
    std::cout << "{\"" << what.key << "\":[" << list << "]}\n";
  else if (list.empty())
    std::cout << what.none << '\n';
  else
    std::cout << rows.text();
  if (!next.empty())
    std::cerr << (what.fits ? "There may be more" : "There are more") << "; --limit "
              << uint64_t{limit} * 10 << " shows more of them.\n";
  return exit_code::ok;
}

std::string shortened(std::string text) {
  for (auto& c : text)
    if (c == '\n' || c == '\r' || c == '\t')
      c = ' ';
  const auto shown = first_code_points(text, longest_shown);
  return shown.size() < text.size() ? std::string{shown} + "…" : text;
}

std::string minute_text(const element& in, std::string_view pointer) {
  return time_text(in, pointer, 16);
}

std::string second_text(const element& in, std::string_view pointer) {
  return time_text(in, pointer, 19);
}

}  // namespace denidin::cli
