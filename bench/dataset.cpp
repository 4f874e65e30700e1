#include "bench/dataset.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include <simdjson.h>

namespace denidin::bench {

namespace {

std::string text_of(simdjson::dom::element line, const char* key) {
  std::string_view text;
  if (line[key].get(text) == simdjson::SUCCESS)
    return std::string{text};
  int64_t number = 0;
  return line[key].get(number) == simdjson::SUCCESS ? std::to_string(number) : std::string{};
}

}  // namespace

std::map<std::string, conversation> read_dataset(const std::string& path) {
  std::ifstream in{path};
  if (!in)
    throw std::runtime_error("The dataset '" + path + "' cannot be read.");
  std::map<std::string, conversation> all;
  simdjson::dom::parser parser;
  size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    simdjson::dom::element root;
    if (parser.parse(line).get(root) != simdjson::SUCCESS)
      throw std::runtime_error("Line " + std::to_string(number) + " of '" + path + "' is no JSON.");
    auto& into = all[text_of(root, "conversation")];
    const auto type = text_of(root, "type");
    if (type == "turn") {
      into.turns.push_back(
          {{std::stoll(text_of(root, "session")), std::stoll(text_of(root, "order"))},
           text_of(root, "speaker"),
           text_of(root, "time"),
           text_of(root, "text")});
    } else if (type == "question") {
      asked question{text_of(root, "id"), text_of(root, "category"), text_of(root, "text"), {}};
      simdjson::dom::array evidence;
      if (root["evidence"].get(evidence) == simdjson::SUCCESS)
        for (auto each : evidence)
          question.evidence.emplace(int64_t{each.at(0)}, int64_t{each.at(1)});
      into.questions.push_back(std::move(question));
    }
  }
  for (auto& [name, each] : all) {
    std::stable_sort(each.turns.begin(), each.turns.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    std::set<place> known;
    for (const auto& turn : each.turns)
      known.insert(turn.at);
    for (auto& question : each.questions)
      std::erase_if(question.evidence, [&](const place& at) { return !known.contains(at); });
    std::erase_if(each.questions, [](const asked& question) { return question.evidence.empty(); });
  }
  return all;
}

wall_time time_of(const std::string& text) {
  int year = 2024, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second);
  return std::chrono::sys_days{std::chrono::year{year} / month / day} + std::chrono::hours{hour} +
         std::chrono::minutes{minute} + std::chrono::seconds{second};
}

}  // namespace denidin::bench
