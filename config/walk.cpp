#include "config/walk.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "config/suggest.hpp"

namespace denidin::config {

namespace {

/// A key that may still be meant, and what of its path is left.
struct candidate {
  const key* what;
  std::string_view rest;
};

std::string_view head_of(std::string_view path) { return path.substr(0, path.find('.')); }

std::string_view tail_of(std::string_view path) {
  const auto dot = path.find('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
}

std::string at_line(const node& value) { return "Line " + std::to_string(value.line) + ": "; }

/// Compares values, not spellings: 1000 and 1000.0 are the same.
bool is_same(const node& a, const node& b) {
  return a.is == b.is && a.flag == b.flag && a.text == b.text &&
         (a.is != node::type::number || a.number == b.number) &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), is_same) &&
         std::equal(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
                    [](const auto& x, const auto& y) {
                      return x.first == y.first && is_same(x.second, y.second);
                    });
}

class walker {
 public:
  explicit walker(std::vector<finding>& errors) : errors_(errors) {}

  occurrences run(const node& document) {
    std::vector<candidate> all;
    for (const auto& k : all_keys()) {
      all.push_back({&k, k.path});
      for (const auto synonym : k.synonyms)
        all.push_back({&k, synonym});
    }
    visit(document, {}, all);
    return std::move(found_);
  }

 private:
  void visit(const node& section, const std::string& path, const std::vector<candidate>& known) {
    std::unordered_map<std::string_view, std::vector<candidate>> by_name;
    for (const auto& c : known)
      by_name[head_of(c.rest)].push_back({c.what, tail_of(c.rest)});
    std::unordered_map<std::string_view, size_t> lines;
    for (const auto& [name, value] : section.members) {
      const auto own_path = path + (path.empty() ? "" : ".") + printable(name);
      if (const auto [first, is_new] = lines.emplace(name, value.line); !is_new) {
        errors_.push_back({own_path, at_line(value) + "this key already stands in line " +
                                         std::to_string(first->second) + "; keep one of them."});
        continue;
      }
      auto meant = by_name.find(name);
      const bool by_star = meant == by_name.end() || name == "*";
      if (by_star)
        meant = by_name.find("*");
      if (meant == by_name.end()) {
        unknown(own_path, name, value);
        continue;
      }
      const auto& keys = meant->second;
      const auto leaf =
          std::find_if(keys.begin(), keys.end(), [](const candidate& c) { return c.rest.empty(); });
      if (leaf != keys.end())
        add(*leaf->what, own_path, value);
      else if (value.is == node::type::object)
        visit(value, own_path, keys);
      else if (by_star && nearest_key(own_path).is_near)
        unknown(own_path, name, value);
      else
        errors_.push_back({own_path, at_line(value) + "must be an object that holds " +
                                         names_in(keys) + ", but is " +
                                         std::string{to_string(value.is)} + "."});
    }
  }

  static std::string names_in(const std::vector<candidate>& known) {
    std::string result;
    std::set<std::string_view> seen;
    for (const auto& c : known) {
      if (const auto name = head_of(c.rest); name != "*" && seen.insert(name).second)
        result += (result.empty() ? "" : ", ") + std::string{name};
    }
    return result.empty() ? "one object per name" : result;
  }

  void add(const key& k, const std::string& own_path, const node& value) {
    // a path with a star is written in one way only: no synonym has one
    const bool has_star = k.path.find('*') != std::string_view::npos;
    const auto path = has_star ? own_path : std::string{k.path};
    const auto [at, is_new] = found_.emplace(path, occurrence{&k, &value, own_path});
    const auto says_nothing = [&](const node& what) {
      return k.can_be_none && what.is == node::type::null;
    };
    if (!is_new && says_nothing(*at->second.value))
      at->second = {&k, &value, own_path};
    else if (!is_new && !says_nothing(value) && !is_same(*at->second.value, value))
      errors_.push_back({own_path, at_line(value) + "means the same as " + at->second.written +
                                       " in line " + std::to_string(at->second.value->line) +
                                       ", but has another value; keep one of them."});
  }

  void unknown(const std::string& path, std::string_view name, const node& value) {
    // looking through all keys is dear, and nobody reads a hundred suggestions
    static constexpr size_t most_suggestions = 100;
    auto message = at_line(value) + "this key is not known";
    if (name.find('.') != std::string_view::npos) {
      message +=
          "; a dot in a key's path stands for objects inside objects: "
          "{\"http\": {\"listen\": …}}";
    } else if (suggested_ < most_suggestions) {
      ++suggested_;
      const auto nearest = nearest_key(path);
      if (nearest.is_near)
        message += "; did you mean " + nearest.path + "?";
      else if (!nearest.path.empty())
        message += "; the nearest known key is " + nearest.path;
    }
    if (message.back() != '?')
      message += '.';
    errors_.push_back({path, message});
  }

  std::vector<finding>& errors_;
  occurrences found_;
  size_t suggested_ = 0;
};

}  // namespace

occurrences walk(const node& document, std::vector<finding>& errors) {
  return walker{errors}.run(document);
}

}  // namespace denidin::config
