#include "actors/builtin_model.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "actors/phrases.hpp"
#include "actors/tokens.hpp"
#include "messages/text.hpp"
#include "storage/recall/words.hpp"

namespace denidin::actors {

namespace {

using recall::is_common;
using recall::is_mainly_hebrew;
using recall::stem;
using recall::without_prefix;
using recall::word_reader;

constexpr size_t most_quotes = 3;
constexpr size_t longest_quote = 300;  // code points

/// What the last message is about: its words without the common ones. Two spellings of a word may
/// stand for one topic.
class topics {
 public:
  explicit topics(std::string_view text) {
    std::string word;
    for (word_reader words{text}; words.next(word);) {
      if (!is_informative(word) || !known_.try_emplace(std::string{stem(word)}, count_).second)
        continue;
      if (const auto bare = without_prefix(word); !bare.empty() && !is_common(std::string{bare}))
        known_.try_emplace(std::string{bare}, count_);
      ++count_;
    }
  }

  size_t count() const { return count_; }

  /// Calls `found(topic)` for each word of a text that is about one.
  template <class Found>
  void each_in(std::string_view text, Found found) const {
    std::string word, key;
    for (word_reader words{text}; words.next(word);) {
      auto hit = known_.find(key.assign(stem(word)));
      if (hit == known_.end())
        if (const auto bare = without_prefix(word); !bare.empty())
          hit = known_.find(key.assign(bare));
      if (hit != known_.end())
        found(hit->second);
    }
  }

 private:
  static bool is_informative(const std::string& word) {
    const bool is_single_byte = word.size() == 1;
    return !is_single_byte && !is_common(word);
  }

  std::unordered_map<std::string, size_t> known_;
  size_t count_ = 0;
};

bool ends_with_question_mark(std::string_view text) {
  const auto end = trimmed(text);
  return end.ends_with('?') || end.ends_with("؟") || end.ends_with("？");
}

/// A question and nothing else: it tells nobody anything.
bool is_only_a_question(std::string_view text) {
  return ends_with_question_mark(text) && text.find_first_of(".!\n") == text.npos;
}

bool is_question(std::string_view text) {
  if (ends_with_question_mark(text))
    return true;
  // As word_reader gives them: Hebrew without final forms.
  static const std::unordered_set<std::string> opening{
      "what", "who", "whom", "whose", "when", "where", "why", "how", "which", "מה",
      "מי",   "מתי", "איפה", "היכנ",  "למה",  "מדוע",  "איכ", "כמה", "האמ",   "איזה"};
  std::string first;
  word_reader{text}.next(first);
  return opening.contains(first);
}

/// The earlier turns that share most with the message, best first; of equals the newer one.
std::vector<std::string_view> fitting_turns(const std::vector<chat_message>& messages,
                                            std::string_view question) {
  const topics wanted{question};
  struct candidate {
    std::string_view text;
    std::vector<size_t> about;
    double score = 0;
  };
  std::vector<candidate> candidates;
  std::vector<size_t> turns_with(wanted.count()), last_turn_with(wanted.count());
  size_t turns = 0;
  for (size_t n = messages.size() - 1; wanted.count() > 0 && n-- > 0;) {
    const auto& message = messages[n];
    if (message.by != chat_message::author::user || is_only_a_question(message.text))
      continue;
    ++turns;
    candidate next{message.text, {}};
    wanted.each_in(message.text, [&](size_t topic) {
      if (std::exchange(last_turn_with[topic], turns) == turns)
        return;
      ++turns_with[topic];
      next.about.push_back(topic);
    });
    if (!next.about.empty() && message.text != question)
      candidates.push_back(std::move(next));
  }
  for (auto& each : candidates)
    for (const auto topic : each.about)
      each.score += std::log1p(static_cast<double>(turns) / static_cast<double>(turns_with[topic]));
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  std::vector<std::string_view> best;
  for (const auto& each : candidates) {
    if (best.size() == most_quotes || each.score * 2 < candidates.front().score)
      break;
    if (std::find(best.begin(), best.end(), each.text) == best.end())
      best.push_back(each.text);
  }
  return best;
}

/// The recalled memories of the system message: they were chosen because they fit.
std::vector<std::string_view> recalled(const std::vector<chat_message>& messages) {
  constexpr std::string_view title = "RECALLED MEMORIES", relevance = ", relevance ";
  std::vector<std::string_view> found;
  if (messages.empty() || messages.front().by != chat_message::author::system)
    return found;
  std::string_view rest = messages.front().text;
  // The block stands last, and its title begins a line; a memory cannot, it is listed with a dash.
  const auto at = rest.rfind("\n" + std::string{title});
  if (at == rest.npos && !rest.starts_with(title))
    return found;
  rest.remove_prefix(at == rest.npos ? 0 : at + 1);
  while (!rest.empty() && found.size() < most_quotes) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto details = line.rfind(relevance);
    if (!line.starts_with("- ") || details == line.npos)
      continue;
    const auto opening = line.rfind(" (", details);
    if (opening != line.npos && opening >= 2)
      found.push_back(line.substr(2, opening - 2));
  }
  return found;
}

void quote(std::string& reply, const char* introduction,
           const std::vector<std::string_view>& texts) {
  if (texts.empty())
    return;
  reply += introduction;
  for (const auto text : texts) {
    const auto whole = trimmed(text);
    const auto shown = first_code_points(whole, longest_quote);
    reply.append("\n“").append(shown).append(shown.size() < whole.size() ? "…”" : "”");
  }
  reply += "\n\n";
}

}  // namespace

completion builtin_reply(const chat_request& request, std::string_view locale) {
  const auto& messages = request.messages;
  const std::string_view question = messages.empty() ? std::string_view{} : messages.back().text;
  const auto& say = phrases_of(is_mainly_hebrew(question) ? "he" : locale);
  const auto turns =
      messages.empty() ? std::vector<std::string_view>{} : fitting_turns(messages, question);
  auto memories = recalled(messages);
  // A turn of this conversation may have been recalled as well.
  std::erase_if(memories, [&](std::string_view memory) {
    return std::find(turns.begin(), turns.end(), memory) != turns.end();
  });
  completion answer;
  quote(answer.text, say.builtin_earlier, turns);
  quote(answer.text, say.builtin_memories, memories);
  if (answer.text.empty())
    answer.text =
        std::string{is_question(question) ? say.builtin_not_found : say.builtin_received} + "\n\n";
  answer.text += say.builtin_no_model;
  answer.usage = token_usage{request.estimated_tokens, estimate_tokens(answer.text)};
  return answer;
}

}  // namespace denidin::actors
