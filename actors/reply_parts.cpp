#include "actors/reply_parts.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <utf8proc.h>

#include "messages/text.hpp"

namespace denidin::actors {

namespace {

/// Where a part may end, from the worst place to the best.
enum class place : uint8_t { anywhere, word, sentence, line, paragraph };
constexpr size_t places = 5;

/// A part has to be at least one `fullness`th full for a cut at a better place than anywhere. Less
/// would make many messages of one; more would cut paragraphs that fit a message of their own.
constexpr size_t fullness = 4;

/// A grapheme cluster, or a code point of one that is longer than a part.
struct cluster {
  std::string_view bytes;
  size_t units = 0;  ///< of UTF-16
  bool is_white = true;
  place after = place::anywhere;  ///< what a cut right behind it is; says nothing of a white one
};

cluster measured(std::string_view bytes) {
  cluster result{bytes};
  while (!bytes.empty()) {
    const auto next = first_of(bytes);
    result.units += next.code > 0xFFFF ? 2 : 1;
    result.is_white = result.is_white && is_white_space(next.code);
    bytes.remove_prefix(next.bytes);
  }
  return result;
}

void append(std::vector<cluster>& to, std::string_view bytes, size_t limit) {
  const auto whole = measured(bytes);
  if (whole.units <= limit)
    return void(to.push_back(whole));
  for (; !bytes.empty(); bytes.remove_prefix(to.back().bytes.size()))
    to.push_back(measured(bytes.substr(0, first_of(bytes).bytes)));
}

std::vector<cluster> clusters_of(std::string_view text, size_t limit) {
  std::vector<cluster> result;
  size_t begin = 0;
  char32_t before = 0;
  utf8proc_int32_t state = 0;
  for (size_t at = 0; at < text.size();) {
    const auto next = first_of(text.substr(at));
    if (at > 0 &&
        utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(before),
                                         static_cast<utf8proc_int32_t>(next.code), &state)) {
      append(result, text.substr(begin, at - begin), limit);
      begin = at;
    }
    before = next.code;
    at += next.bytes;
  }
  append(result, text.substr(begin), limit);
  return result;
}

/// Whether the code point ends a sentence where white space follows.
bool ends_sentence(char32_t code) {
  return code == '.' || code == '!' || code == '?' || code == 0x2026 /* … */ ||
         code == 0x61F /* ؟ */ || code == 0x5C3 /* ׃ */;
}

/// Whether the code point ends a sentence whatever follows: 。！？
bool ends_dense_sentence(char32_t code) {
  return code == 0x3002 || code == 0xFF01 || code == 0xFF1F;
}

/// Brackets and quotes behind the end of a sentence belong to it, and so do marks of direction.
bool is_closing(char32_t code) {
  if (code == '"' || code == '\'' || is_invisible_mark(code))
    return true;
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code));
  return category == UTF8PROC_CATEGORY_PE || category == UTF8PROC_CATEGORY_PF;
}

/// Finds for each visible cluster what a cut behind it is.
void rate(std::vector<cluster>& clusters) {
  enum class sentence : uint8_t { open, ended, ended_densely } so_far = sentence::open;
  cluster* last = nullptr;  // the visible one before
  bool is_spaced = false;   // white space stands behind it
  size_t breaks = 0;
  for (auto& each : clusters) {
    const auto code = first_of(each.bytes).code;
    if (each.is_white) {
      is_spaced = true;
      breaks += is_line_break(code) ? 1 : 0;
      continue;
    }
    const bool is_end = ends_sentence(code) || ends_dense_sentence(code);
    const bool goes_on = !is_spaced && (is_end || is_closing(code));
    const bool ended =
        is_spaced ? so_far != sentence::open : so_far == sentence::ended_densely && !goes_on;
    if (last)
      last->after = breaks > 1   ? place::paragraph
                    : breaks > 0 ? place::line
                    : ended      ? place::sentence
                    : is_spaced  ? place::word
                                 : place::anywhere;
    if (is_end)
      so_far = ends_dense_sentence(code) ? sentence::ended_densely : sentence::ended;
    else if (!goes_on)
      so_far = sentence::open;
    last = &each;
    is_spaced = false;
    breaks = 0;
  }
  if (last)
    last->after = place::paragraph;
}

/// Where the part that begins at a cluster ends: behind a visible cluster, or at the end of all.
/// `begin` itself where white space alone would fill the part.
size_t end_of_part(const std::vector<cluster>& clusters, size_t begin, size_t limit) {
  std::array<size_t, places> last{};
  last.fill(begin);
  size_t units = 0, at = begin;
  for (; at < clusters.size() && units + clusters[at].units <= limit; ++at) {
    const auto& each = clusters[at];
    units += each.units;
    if (each.is_white)
      continue;
    last[static_cast<size_t>(place::anywhere)] = at + 1;
    if (units >= (limit + fullness - 1) / fullness)
      last[static_cast<size_t>(each.after)] = at + 1;
  }
  if (at == clusters.size())
    return at;
  const auto best = std::find_if(last.rbegin(), last.rend(), [&](auto end) { return end > begin; });
  return best == last.rend() ? begin : *best;
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto next = first_of(text);
    append_utf8(result, next.code);
    text.remove_prefix(next.bytes);
  }
  return result;
}

}  // namespace

std::vector<std::string> reply_parts(std::string_view text, size_t limit) {
  // Every code point has a part that it fits.
  limit = std::max<size_t>(limit, 2);
  const auto valid = valid_utf8(text);
  if (valid.empty())
    return {};
  auto clusters = clusters_of(valid, limit);
  rate(clusters);

  std::vector<std::string> parts;
  for (size_t at = 0; at < clusters.size();) {
    const auto end = end_of_part(clusters, at, limit);
    std::string part;
    for (; at < end; ++at)
      part += clusters[at].bytes;
    if (!trimmed(part).empty())
      parts.push_back(std::move(part));
    while (at < clusters.size() && clusters[at].is_white)
      ++at;
  }
  return parts;
}

}  // namespace denidin::actors
