#include "config/show.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace denidin::config {

namespace {

/// Columns do not grow beyond this for the sake of one long value.
constexpr size_t widest_value = 40;

std::string quoted(const std::string& text) {
  return boost::json::serialize(boost::json::value(text));
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string findings_json(const std::vector<finding>& findings) {
  std::string result;
  for (const auto& f : findings)
    result += std::string{result.empty() ? "" : ","} + "{\"path\":" + quoted(f.path) +
              ",\"message\":" + quoted(f.message) + '}';
  return '[' + result + ']';
}

}  // namespace

std::string show_text(const loaded& config) {
  size_t path_width = 0, value_width = 0;
  for (const auto& v : config.values) {
    path_width = std::max(path_width, v.path.size());
    if (v.value.size() <= widest_value)
      value_width = std::max(value_width, v.value.size());
  }
  std::string result;
  for (const auto& v : config.values)
    result +=
        padded(v.path, path_width) + "  " + padded(v.value, value_width) + "  " + v.source + '\n';
  return result;
}

std::string show_json(const loaded& config) {
  // `value` is JSON already: taken as it stands, 0.7 stays 0.7
  std::string values;
  for (const auto& v : config.values)
    values += std::string{values.empty() ? "" : ",\n"} + quoted(v.path) + ":{\"value\":" + v.value +
              ",\"source\":" + quoted(v.source) + '}';
  return "{\"file\":" + quoted(config.file) + ",\"ok\":" + (config.ok() ? "true" : "false") +
         ",\n\"values\":{\n" + values + "},\n\"errors\":" + findings_json(config.errors) +
         ",\n\"warnings\":" + findings_json(config.warnings) +
         ",\n\"notes\":" + findings_json(config.notes) + "}\n";
}

std::string show_findings(const loaded& config) {
  std::string result;
  const auto add = [&](const std::string& kind, const std::vector<finding>& findings) {
    for (const auto& f : findings)
      result += kind + ": " + f.path + ": " + f.message + '\n';
  };
  add("error", config.errors);
  add("warning", config.warnings);
  add("note", config.notes);
  return result;
}

}  // namespace denidin::config
