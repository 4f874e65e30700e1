#include "actors/phrases.hpp"

#include <initializer_list>

namespace denidin::actors {

namespace {

constexpr phrases english{
    .fallback_timeout =
        "Sorry, I'm having trouble connecting to my AI service. Please try again later.",
    .fallback_busy = "I'm currently at capacity. Please try again in a minute.",
    .fallback_error = "Sorry, I encountered an error processing your request. Please try again.",

    .reset_done = "🔄 Conversation history cleared. Starting fresh!",
    .not_available = "This command is not available to you.",
    .memory_disabled = "Memory system is disabled",
    .store_failed = "❌ Failed to store memory. Please try again.",
    .remembered = "✅ Remembered: ",
    .shared = "✅ Shared with everyone: ",
    .no_memories = "No memories yet.",
    .forgotten = "🗑️ Forgotten: ",
    .no_such_memory = "There is no such memory. /memories lists them with their numbers.",
    .nothing_found = "Nothing found.",

    .only_text = "Sorry, I can only read text so far. Please write it to me.",
    .unreadable = "Sorry, your message did not reach me in full. Please send it again.",

    .builtin_no_model =
        "(No AI model is configured; I can only quote what stands in this conversation and in "
        "memory.)",
    .builtin_earlier = "Earlier in this conversation:",
    .builtin_memories = "From memory:",
    .builtin_not_found = "I find nothing about that in what I can see.",
    .builtin_received = "I have received your message.",

    .help_title = "Commands:",
    .help_lines = {"", "/reset – start a new conversation",
                   "/status – the state of this conversation", "/help – this list",
                   "/remember <text> – remember a text",
                   "/share <text> – remember a text for everyone",
                   "/memories [how many] – list what is remembered, newest first",
                   "/forget <number or id> – forget one of the listed memories",
                   "/search <text> – show what is remembered about something"},
    .status_session = "Conversation: {} old, {} messages",
    .status_no_session = "Conversation: none yet",
    .status_tokens = "Tokens: {} of {} used",
    .status_memories = "Memories: {}",
    .status_role = "Role: {}",
    .role_names = {"client", "godfather", "admin", "blocked"},
    .days_hours = "{} d {} h",
    .hours_minutes = "{} h {} min",
    .minutes = "{} min",
};

// A line that begins with a Latin letter would be laid out from left to right: the mark in front
// (U+200F) keeps the list in the direction of the language.
constexpr phrases hebrew{
    .fallback_timeout =
        "סליחה, יש לי כרגע בעיה בחיבור לשירות הבינה המלאכותית. נסו שוב מאוחר יותר, בבקשה.",
    .fallback_busy = "אני בעומס מלא כרגע. נסו שוב בעוד דקה, בבקשה.",
    .fallback_error = "סליחה, אירעה שגיאה בטיפול בבקשה שלכם. נסו שוב, בבקשה.",

    .reset_done = "🔄 היסטוריית השיחה נוקתה. מתחילים מחדש!",
    .not_available = "הפקודה הזאת אינה זמינה עבורכם.",
    .memory_disabled = "מערכת הזיכרון כבויה",
    .store_failed = "❌ השמירה בזיכרון נכשלה. נסו שוב, בבקשה.",
    .remembered = "✅ נשמר בזיכרון: ",
    .shared = "✅ נשמר עבור כולם: ",
    .no_memories = "עדיין אין זיכרונות.",
    .forgotten = "🗑️ נשכח: ",
    .no_such_memory = "אין זיכרון כזה. הפקודה /memories מציגה את הזיכרונות עם המספרים שלהם.",
    .nothing_found = "לא נמצא דבר.",

    .only_text = "סליחה, בינתיים אני יודע לקרוא רק טקסט. כתבו לי, בבקשה.",
    .unreadable = "סליחה, ההודעה שלכם לא הגיעה אליי במלואה. שלחו אותה שוב, בבקשה.",

    .builtin_no_model =
        "(לא הוגדר מודל בינה מלאכותית, לכן אפשר רק לצטט מתוך השיחה הזאת ומתוך הזיכרון.)",
    .builtin_earlier = "נאמר קודם בשיחה הזאת:",
    .builtin_memories = "מתוך הזיכרון:",
    .builtin_not_found = "לא מצאתי על כך דבר במה שמונח לפניי.",
    .builtin_received = "ההודעה שלכם התקבלה.",

    .help_title = "פקודות:",
    .help_lines = {"", "\u200f/reset – התחלת שיחה חדשה", "\u200f/status – מצב השיחה הזאת",
                   "\u200f/help – הרשימה הזאת", "\u200f/remember <טקסט> – לזכור טקסט",
                   "\u200f/share <טקסט> – לזכור טקסט עבור כולם",
                   "\u200f/memories [כמה] – מה שנשמר בזיכרון, מהחדש לישן",
                   "\u200f/forget <מספר או מזהה> – לשכוח פריט מהרשימה",
                   "\u200f/search <טקסט> – מה שנשמר בזיכרון בנושא מסוים"},
    .status_session = "שיחה: נמשכת {}, {} הודעות",
    .status_no_session = "שיחה: עדיין אין",
    .status_tokens = "אסימונים: נוצלו {} מתוך {}",
    .status_memories = "זיכרונות: {}",
    .status_role = "תפקיד: {}",
    .role_names = {"לקוח", "סנדק", "מנהל", "חסום"},
    .days_hours = "{} ימים ו־{} שעות",
    .hours_minutes = "{} שעות ו־{} דקות",
    .minutes = "{} דקות",
};

/// Puts the values where the `{}` stand, in order.
std::string fill(std::string_view form, std::initializer_list<std::string> values) {
  std::string result;
  for (const auto& value : values) {
    const auto at = form.find("{}");
    result += form.substr(0, at);
    result += value;
    form.remove_prefix(at + 2);
  }
  return result.append(form);
}

std::string age_in_words(const phrases& say, std::chrono::milliseconds age) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(age).count();
  const auto two = [](const char* form, auto high, auto low) {
    return fill(form, {std::to_string(high), std::to_string(low)});
  };
  if (minutes >= 24 * 60)
    return two(say.days_hours, minutes / (24 * 60), minutes / 60 % 24);
  if (minutes >= 60)
    return two(say.hours_minutes, minutes / 60, minutes % 60);
  return fill(say.minutes, {std::to_string(minutes)});
}

}  // namespace

std::string phrases::help(role as) const {
  std::string result = help_title;
  for (const auto what : offered_to(as))
    result.append("\n").append(help_lines[static_cast<size_t>(what)]);
  return result;
}

std::string phrases::usage(command what) const { return help_lines[static_cast<size_t>(what)]; }

std::string phrases::status(std::chrono::milliseconds age, uint64_t tokens_used, uint64_t budget,
                            uint32_t turns, uint64_t memories, role as) const {
  auto result = turns == 0
                    ? std::string{status_no_session}
                    : fill(status_session, {age_in_words(*this, age), std::to_string(turns)});
  result += '\n';
  result += fill(status_tokens, {std::to_string(tokens_used), std::to_string(budget)});
  result += '\n';
  result += fill(status_memories, {std::to_string(memories)});
  result += '\n';
  result += fill(status_role, {role_names[static_cast<size_t>(as)]});
  return result;
}

const phrases& phrases_of(std::string_view locale) { return locale == "he" ? hebrew : english; }

}  // namespace denidin::actors
