#include "actors/recall_question.hpp"

#include <functional>
#include <utility>

#include "actors/roles.hpp"
#include "messages/text.hpp"

namespace denidin::actors {

recall_request question_of(const config::settings& settings, role as, std::string chat_id,
                           const std::string& query, wall_time now) {
  const auto& longterm = settings.longterm;
  recall_request question;
  question.chat_id = std::move(chat_id);
  // A group's role is never the godfather's: what one person may see all members would.
  question.sees_all = longterm.godfather_sees_all && sees_everything(as);
  // A model sees no more of it either.
  question.query = first_code_points(query, settings.limits.input_chars);
  question.top_k = longterm.top_k;
  question.min_similarity = longterm.min_similarity;
  question.now = now;
  return question;
}

const recall_actor& recall_of(const std::vector<recall_actor>& pool, const std::string& chat_id) {
  return pool[std::hash<std::string>{}(chat_id) % pool.size()];
}

}  // namespace denidin::actors
