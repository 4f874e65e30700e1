#include "bench/recall.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <vector>

#include "bench/dataset.hpp"
#include "bench/loaded_conversation.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::bench {

namespace {

namespace json = boost::json;

constexpr std::array<size_t, 4> turn_cuts{5, 10, 25, 50};
constexpr std::array<size_t, 2> session_cuts{5, 10};
constexpr std::array<size_t, 2> token_budgets{720, 1400};

// The defaults of memory.longterm.
constexpr size_t injected = 5;
constexpr double threshold = 0.7;

double rounded(double value) { return std::round(1000 * value) / 1000; }

/// Means over questions.
struct tally {
  size_t questions = 0;
  std::array<double, 4> recall{}, hit{};
  std::array<double, 2> sessions{}, at_tokens{};

  void add(const asked& question, const std::vector<found_turn>& found) {
    ++questions;
    const auto share = [&](size_t first) {
      size_t seen = 0;
      for (size_t i = 0; i < std::min(first, found.size()); ++i)
        seen += question.evidence.count(found[i].at);
      return static_cast<double>(seen) / static_cast<double>(question.evidence.size());
    };
    for (size_t i = 0; i < turn_cuts.size(); ++i) {
      recall[i] += share(turn_cuts[i]);
      hit[i] += share(turn_cuts[i]) > 0 ? 1 : 0;
    }
    std::set<int64_t> wanted, seen;
    for (const auto& each : question.evidence)
      wanted.insert(each.first);
    std::vector<int64_t> order;
    for (const auto& each : found)
      if (seen.insert(each.at.first).second)
        order.push_back(each.at.first);
    for (size_t i = 0; i < session_cuts.size(); ++i) {
      size_t met = 0;
      for (size_t n = 0; n < std::min(session_cuts[i], order.size()); ++n)
        met += wanted.count(order[n]);
      sessions[i] += static_cast<double>(met) / static_cast<double>(wanted.size());
    }
    for (size_t i = 0; i < token_budgets.size(); ++i) {
      size_t spent = 0, fitting = 0;
      while (fitting < found.size() && spent + found[fitting].tokens <= token_budgets[i])
        spent += found[fitting++].tokens;
      at_tokens[i] += share(fitting);
    }
  }

  template <class Values, class Cuts>
  json::object means(const Values& values, const Cuts& cuts) const {
    json::object result;
    for (size_t i = 0; i < cuts.size(); ++i)
      result[std::to_string(cuts[i])] =
          rounded(values[i] / static_cast<double>(std::max<size_t>(questions, 1)));
    return result;
  }
  json::object turns() const {
    return {{"recall", means(recall, turn_cuts)}, {"hit", means(hit, turn_cuts)}};
  }
};

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0
                        : values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

/// What the threshold lets through: of a conversation's own questions, of those about other
/// conversations, and of nonsense.
struct threshold_tally {
  size_t own = 0, answered = 0, own_silent = 0, lines = 0, evidence_lines = 0;
  size_t foreign = 0, foreign_silent = 0, nonsense = 0, nonsense_silent = 0;

  void add_own(const asked& question, const std::vector<found_turn>& found) {
    ++own;
    size_t met = 0;
    for (const auto& each : found)
      met += question.evidence.count(each.at);
    lines += found.size();
    evidence_lines += met;
    answered += met > 0;
    own_silent += found.empty();
  }
  json::object figures() const {
    const auto share = [](size_t part, size_t whole) {
      return rounded(static_cast<double>(part) / static_cast<double>(std::max<size_t>(whole, 1)));
    };
    return {{"own_with_evidence", share(answered, own)},
            {"own_silent", share(own_silent, own)},
            {"evidence_among_lines", share(evidence_lines, lines)},
            {"foreign_silent", share(foreign_silent, foreign)},
            {"nonsense_silent", share(nonsense_silent, nonsense)}};
  }
};

/// Fifty lines that mean nothing: letters at random, keys pressed in a row, digits.
std::vector<std::string> nonsense() {
  std::mt19937 random{20260121};
  const std::string rows[] = {
      "qwertyuiop", "asdfghjkl", "zxcvbnm", "קראטוןםפשדגכעיחלך", "abcdefghijklmnopqrstuvwxyz",
      "0123456789"};
  std::vector<std::string> lines;
  for (size_t i = 0; i < 50; ++i) {
    const auto& letters = rows[i % std::size(rows)];
    const size_t unit = i % std::size(rows) == 3 ? 2 : 1;
    std::string line;
    for (auto words = 1 + random() % 6; words-- > 0;) {
      line += line.empty() ? "" : " ";
      for (auto n = 2 + random() % 8; n-- > 0;)
        line += letters.substr(unit * (random() % (letters.size() / unit)), unit);
    }
    lines.push_back(line + (random() % 2 ? "?" : ""));
  }
  return lines;
}

void ask_all_else(loaded_conversation& one, const std::string& name,
                  const std::map<std::string, conversation>& dataset, threshold_tally& into) {
  for (const auto& question : dataset.at(name).questions)
    into.add_own(question, one.ask(question.text, injected, threshold));
  for (const auto& [other, each] : dataset) {
    if (other == name)
      continue;
    for (const auto& question : each.questions) {
      ++into.foreign;
      into.foreign_silent += one.ask(question.text, injected, threshold).empty();
    }
  }
  for (const auto& line : nonsense()) {
    ++into.nonsense;
    into.nonsense_silent += one.ask(line, injected, threshold).empty();
  }
}

}  // namespace

json::object run_recall(const recall_options& options) {
  const auto dataset = read_dataset(options.dataset);
  const test::temporary_directory place_for_store;
  storage::store::options how;
  how.data_root = place_for_store / "data";
  auto opened = storage::store::open(std::move(how));
  if (!opened)
    throw std::runtime_error(explain(opened.error()).message);
  const std::shared_ptr<storage::store> store = std::move(*opened);
  embedding_source vectors{options.embedder, options.model};
  tally all, after;
  std::map<std::string, tally> by_category;
  threshold_tally at_threshold;
  std::vector<double> times;
  for (const auto& [name, each] : dataset) {
    std::cerr << name << ": " << each.turns.size() << " turns, " << each.questions.size()
              << " questions\n";
    loaded_conversation one{store, name, each, vectors};
    const auto ask_all = [&](auto note) {
      for (const auto& question : each.questions) {
        const auto begin = std::chrono::steady_clock::now();
        const auto found = one.ask(question.text, turn_cuts.back());
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
                .count());
        note(question, found);
      }
    };
    ask_all([&](const auto& question, const auto& found) {
      all.add(question, found);
      by_category[question.category].add(question, found);
    });
    ask_all_else(one, name, dataset, at_threshold);
    one.transfer();
    ask_all([&](const auto& question, const auto& found) { after.add(question, found); });
  }
  json::object categories;
  for (const auto& [name, each] : by_category)
    categories[name] = json::object{{"questions", each.questions}, {"turns", each.turns()}};
  return {{"turns", all.turns()},
          {"sessions", {{"recall", all.means(all.sessions, session_cuts)}}},
          {"evidence_at_tokens", all.means(all.at_tokens, token_budgets)},
          {"by_category", std::move(categories)},
          {"after_transfer",
           {{"turns", after.turns()},
            {"evidence_at_tokens", after.means(after.at_tokens, token_budgets)}}},
          {"at_threshold", at_threshold.figures()},
          {"questions", all.questions},
          {"ms", {{"p50", quantile(times, 0.5)}, {"p99", quantile(times, 0.99)}}}};
}

}  // namespace denidin::bench
