#include "actors/commands.hpp"

#include <algorithm>

#include "messages/text.hpp"

namespace denidin::actors {

namespace {

struct description {
  command what;
  std::string_view word;
  bool takes_argument;
  bool for_everybody;
};

// In the order of /help.
constexpr description all[]{
    {command::reset, "/reset", false, true},   {command::remember, "/remember", true, true},
    {command::share, "/share", true, false},   {command::memories, "/memories", true, true},
    {command::forget, "/forget", true, true},  {command::search, "/search", true, true},
    {command::status, "/status", false, true}, {command::help, "/help", false, true},
};

const description* find(command what) {
  const auto* found = std::find_if(std::begin(all), std::end(all),
                                   [&](const description& each) { return each.what == what; });
  return found == std::end(all) ? nullptr : found;
}

/// The bytes up to the first white space.
std::string_view first_word(std::string_view text) {
  size_t end = 0;
  while (end < text.size()) {
    const auto next = first_of(text.substr(end));
    if (is_white_space(next.code))
      break;
    end += next.bytes;
  }
  return text.substr(0, end);
}

std::string lower(std::string word) {
  for (auto& c : word)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return word;
}

}  // namespace

std::string_view word_of(command what) {
  const auto* known = find(what);
  return known ? known->word : std::string_view{};
}

parsed_command parse_command(std::string_view text) {
  const auto whole = trimmed(text);
  // Most messages end here; a mark may stand inside the word, but not before it any more.
  if (!whole.starts_with('/'))
    return {};
  const auto written = first_word(whole);
  const auto word = lower(plain(written));
  const auto* known = std::find_if(std::begin(all), std::end(all),
                                   [&](const description& each) { return each.word == word; });
  if (known == std::end(all))
    return {};
  const auto argument = trimmed(whole.substr(written.size()));
  if (!argument.empty() && !known->takes_argument)
    return {};
  return {known->what, std::string{argument}};
}

bool allowed(command what, role as) {
  const auto* known = find(what);
  if (!known || as == role::blocked)
    return false;
  return known->for_everybody || as == role::godfather || as == role::admin;
}

std::vector<command> offered_to(role as) {
  std::vector<command> offered;
  for (const auto& each : all)
    if (allowed(each.what, as))
      offered.push_back(each.what);
  return offered;
}

}  // namespace denidin::actors
