#include "bench/report_table.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "actors/plain_json.hpp"

namespace denidin::bench {

namespace {

namespace json = boost::json;

struct goal {
  std::string_view scenario, name, text;
};

constexpr std::array goals{
    goal{"P1", "ratios.added_p50_to_commit_p50", "<= 6"},
    goal{"P1", "ratios.p99_to_p50", "<= 3"},
    goal{"P2", "added_ms.p50", "<= 2"},
    goal{"P2", "added_ms.p99", "<= 8"},
    goal{"P3", "ratios.throughput_to_echo", ">= 0.05"},
    goal{"P3", "ratios.cpu_to_echo_cpu", "<= 20"},
    goal{"P4", "added_ms.p99", "<= 250"},
    goal{"P4", "steady_per_s", ">= 2000"},
    goal{"P5", "ratios.time_last_to_first", "<= 1.2"},
    goal{"P5", "ratios.cpu_last_to_first", "<= 1.2"},
    goal{"P6", "ratios.p99_with_to_without", "<= 1.1"},
    goal{"P7", "refused_ms.p99", "<= 5"},
    goal{"P7", "ratios.accepted_p99_to_normal", "<= 3"},
    goal{"P8", "bytes_per_session", "<= 3072"},
    goal{"P9", "ready_ms.p50", "<= 2000"},
    goal{"P9", "stop_ms.p50", "<= 1000"},
};

using row = std::array<std::string, 3>;

class table {
 public:
  explicit table(const json::object& report) {
    if (const auto* scenario = report.if_contains("scenario"); scenario && scenario->is_string())
      scenario_ = scenario->as_string();
    add_members("", report);
  }

  std::string write() const {
    std::array<size_t, 2> widths{};
    for (const auto& each : rows_)
      for (size_t i = 0; i < widths.size(); ++i)
        widths[i] = std::max(widths[i], each[i].size());
    std::string text;
    for (const auto& [name, wanted, value] : rows_)
      text += padded(name, widths[0]) + padded(wanted, widths[1]) + value + '\n';
    return text;
  }

 private:
  static std::string padded(std::string text, size_t width) {
    text.resize(width + 2, ' ');
    return text;
  }

  void add_members(const std::string& prefix, const json::object& of) {
    for (const auto& [key, value] : of)
      add(prefix + std::string{key}, value);
  }

  void add(const std::string& name, const json::value& value) {
    if (const auto* object = value.if_object())
      return add_members(name + ".", *object);
    if (const auto* array = value.if_array()) {
      for (size_t i = 0; i < array->size(); ++i)
        add(name + "." + std::to_string(i), (*array)[i]);
      return;
    }
    rows_.push_back({name, goal_of(name),
                     value.is_null()     ? "-"
                     : value.is_string() ? std::string{value.as_string()}
                                         : actors::write_plainly(value)});
  }

  std::string goal_of(std::string_view name) const {
    const auto found = std::find_if(goals.begin(), goals.end(), [&](const auto& each) {
      return each.scenario == scenario_ && each.name == name;
    });
    return std::string{found == goals.end() ? std::string_view{} : found->text};
  }

  std::string scenario_;
  std::vector<row> rows_{{"figure", "goal", "value"}};
};

}  // namespace

std::string write_table(const json::object& report) { return table{report}.write(); }

}  // namespace denidin::bench
