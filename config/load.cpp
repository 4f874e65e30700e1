#include "config/load.hpp"

#include <algorithm>
#include <optional>

#include "config/document.hpp"
#include "config/rules.hpp"
#include "config/values.hpp"

namespace denidin::config {

namespace {

constexpr std::string_view backend_prefix = "topology.llm.backends.";

bool is_of_backend(const key& k) { return k.path.starts_with(backend_prefix); }

std::string_view trimmed(std::string_view text) {
  static constexpr std::string_view space = " \t\r\n";
  const auto start = text.find_first_not_of(space);
  if (start == std::string_view::npos)
    return {};
  return text.substr(start, text.find_last_not_of(space) - start + 1);
}

node text_node(std::string_view text) {
  node result;
  result.is = node::type::text;
  result.text = text;
  return result;
}

class loader {
 public:
  loader(const std::string& name, const environment& env) : name_(name), env_(env) {}

  loaded run(const node& document) {
    all_.found = walk(document, all_.result.errors);
    for (const auto& k : all_keys()) {
      if (!is_of_backend(k))
        for_each_path(k, [&](const std::string& path) { take(k, path, no_backend_); });
    }
    derive();
    add_backends(document);
    auto& routes = settings_.topology.routes;
    for (const char* role : {"godfather", "client", "summary"}) {
      if (routes[role].empty())
        routes[role] = {"main"};
    }
    check_rules(all_);
    add_notes(all_);
    add_values();
    return std::move(all_.result);
  }

 private:
  /// The paths of a key that is not a backend's: its own, or with a star those in the file.
  template <class F>
  void for_each_path(const key& k, F f) const {
    if (k.path.find('*') == std::string_view::npos)
      return f(std::string{k.path});
    for (const auto& [path, at] : all_.found) {
      if (at.what == &k)
        f(path);
    }
  }

  /// Puts one key in its place, from whichever source goes first.
  void take(const key& k, const std::string& path, backend& one) {
    const bool is_in_file = take_from_file(k, path, one);
    if (take_variable(k, path, one) || take_credential(k, path, one))
      return;
    if (!is_in_file)
      take_key_file(k, path, one);
    else if (!k.file_key.empty())
      check_same_as_file(k, path, one);
  }

  /// Also where another source goes before it: what is wrong in the file is said all the same.
  bool take_from_file(const key& k, const std::string& path, backend& one) {
    const auto at = all_.found.find(path);
    if (at == all_.found.end())
      return false;
    const auto& [what, value, written] = at->second;
    const auto result = store(k, *value, settings_, one);
    const auto line = "Line " + std::to_string(value->line) + ": ";
    for (const auto& warning : result.warnings)
      all_.warn(written, line + warning + ".");
    if (!result.error.empty()) {
      all_.failed.insert(path);
      all_.error(written, line + result.error + ".");
      return false;
    }
    if (result.is_none)
      return false;
    all_.sources[path] =
        name_ + ':' + std::to_string(value->line) + (written == path ? "" : " as " + written);
    return true;
  }

  bool take_variable(const key& k, const std::string& path, backend& one) {
    if (k.variable.empty())
      return false;
    const std::string name{k.variable};
    const auto text = env_.variable(name);
    if (!text)
      return false;
    take_text(k, path, one, trimmed(*text), "environment " + name);
    return true;
  }

  bool take_credential(const key& k, const std::string& path, backend& one) {
    if (k.credential.empty())
      return false;
    const auto directory = env_.variable("CREDENTIALS_DIRECTORY");
    if (!directory)
      return false;
    const auto file = *directory + '/' + std::string{k.credential};
    const auto text = env_.read_file(file);
    if (!text && code_of(text.error()) == ec::not_found)
      return false;
    if (text)
      take_text(k, path, one, trimmed(*text), "file " + file);
    else
      fail_outside(path, path, explain(text.error()).message);
    return true;
  }

  void take_key_file(const key& k, const std::string& path, backend& one) {
    if (const auto file = key_file(k, path)) {
      if (const auto text = env_.read_file(*file))
        take_text(k, path, one, trimmed(*text), "file " + *file);
      else
        fail_outside(path, key_file_path(k, path), explain(text.error()).message);
    }
  }

  void check_same_as_file(const key& k, const std::string& path, backend& one) {
    const auto file = key_file(k, path);
    const auto text = file ? env_.read_file(*file) : caf::expected<std::string>{""};
    if (file && !text)
      all_.error(key_file_path(k, path), explain(text.error()).message);
    else if (file && trimmed(*text) != *std::get<place<std::string>>(k.where)(settings_, one))
      all_.error(key_file_path(k, path), "The file " + *file + " holds another value than " +
                                             all_.found.at(path).written + "; keep one of them.");
  }

  static std::string key_file_path(const key& k, const std::string& path) {
    const auto prefix = path.substr(0, path.rfind('.') + 1);
    return prefix + std::string{k.file_key.substr(k.file_key.rfind('.') + 1)};
  }

  /// The file that the partner key names, if it does.
  std::optional<std::string> key_file(const key& k, const std::string& path) const {
    if (k.file_key.empty())
      return std::nullopt;
    const auto at = all_.found.find(key_file_path(k, path));
    if (at == all_.found.end())
      return std::nullopt;
    settings unused;
    backend none;
    const auto checked = store(*at->second.what, *at->second.value, unused, none);
    if (!checked.error.empty() || checked.is_none)
      return std::nullopt;
    return at->second.value->text;
  }

  void take_text(const key& k, const std::string& path, backend& one, std::string_view text,
                 const std::string& source) {
    const auto result = store(k, text_node(text), settings_, one);
    if (!result.error.empty())
      fail_outside(path, path, "From " + source + ": " + result.error + ".");
    else if (result.is_none)
      fail_outside(path, path, "From " + source + ": it is empty; write the value or remove it.");
    else
      all_.sources[path] = source;
  }

  void fail_outside(const std::string& path, std::string at, std::string message) {
    all_.failed.insert(path);
    all_.error(std::move(at), std::move(message));
  }

  void derive() {
    auto& ai = settings_.ai;
    if (!all_.is_set("ai.provider"))
      ai.provider = all_.is_set("ai.api_key") || all_.is_set("ai.base_url") ? "openai" : "builtin";
    auto& embedding = settings_.embedding;
    const bool own_url = all_.is_set("ai.embedding.base_url");
    const bool own_key = all_.is_set("ai.embedding.api_key");
    if (!all_.is_set("ai.embedding.provider"))
      embedding.provider = own_url || own_key ? "openai" : ai.provider;
    if (!own_url)
      embedding.base_url = ai.base_url;
    // as for a backend: a key never goes to another server than its own unasked
    if (!own_key && embedding.base_url == ai.base_url)
      embedding.api_key = ai.api_key;
  }

  void add_backends(const node& document) {
    std::vector<std::string> names{"main"};
    const auto* section = &document;
    for (const char* name : {"topology", "llm", "backends"})
      section = section ? section->find(name) : nullptr;
    if (section) {
      for (const auto& [name, value] : section->members) {
        if (!is_backend_name(name))
          all_.error(std::string{backend_prefix} + printable(name),
                     "Line " + std::to_string(value.line) +
                         ": a backend's name must be 1 to 64 letters, digits, - or _.");
        else if (std::find(names.begin(), names.end(), name) == names.end())
          names.push_back(name);
      }
    }
    for (const auto& name : names)
      settings_.topology.backends.push_back(make_backend(name));
  }

  static bool is_backend_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    });
  }

  backend make_backend(const std::string& name) {
    const auto& ai = settings_.ai;
    backend one;
    one.name = name;
    one.provider = ai.provider;
    one.base_url = ai.base_url;
    one.model = ai.model;
    one.max_tokens_field = ai.max_tokens_field;
    one.temperature = ai.temperature;
    one.max_tokens = ai.max_tokens;
    for (const auto& k : all_keys()) {
      if (is_of_backend(k))
        take(k, with_name(k.path, name), one);
    }
    const auto own = [&](const char* key) {
      return all_.is_set(std::string{backend_prefix} + name + '.' + key);
    };
    if (!own("provider") && (own("base_url") || own("api_key")))
      one.provider = "openai";
    // a key is for the server it was made for: it never goes to another one unasked
    if (!own("api_key") && one.base_url == ai.base_url)
      one.api_key = ai.api_key;
    return one;
  }

  void add_values() {
    for (const auto& k : all_keys()) {
      if (is_of_backend(k)) {
        for (auto& one : settings_.topology.backends)
          add_value(k, with_name(k.path, one.name), one);
      } else {
        for_each_path(k, [&](const std::string& path) {
          if (k.no_effect.empty() || all_.found.contains(path))
            add_value(k, path, no_backend_);
        });
      }
    }
  }

  void add_value(const key& k, const std::string& path, backend& one) {
    const auto set = all_.sources.find(path);
    provenance result{.path = path, .value = to_json(k, settings_, one), .source = "default"};
    if (k.secret && result.value != "null")
      result.value = "\"********\"";
    if (set != all_.sources.end())
      result.source = set->second;
    else if (path == "ai.provider" || (!k.inherits.empty() && result.value != "null"))
      result.source = "derived";
    if (std::holds_alternative<std::monostate>(k.where) && set != all_.sources.end()) {
      const auto& value = *all_.found.at(path).value;
      result.value = value.raw.empty() ? '"' + std::string{to_string(value.is)} + '"' : value.raw;
    }
    all_.result.values.push_back(std::move(result));
  }

  const std::string& name_;
  const environment& env_;
  draft all_;
  settings& settings_ = all_.result.effective;
  backend no_backend_;
};

}  // namespace

loaded parse(std::string_view text, const std::string& name, const environment& env) {
  std::vector<finding> errors;
  const auto document = read_document(text, name, errors);
  auto result = loader{name, env}.run(document);
  if (!errors.empty())
    result.errors = std::move(errors);  // the rest would be about a file that nobody has read
  result.file = name;
  return result;
}

loaded load(const std::string& file, const environment& env) {
  if (file.empty())
    return parse("{}", file, env);
  const auto text = env.read_file(file);
  if (text)
    return parse(*text, file, env);
  auto result = parse("{}", file, env);
  result.errors = {{file, explain(text.error()).message}};
  return result;
}

}  // namespace denidin::config
