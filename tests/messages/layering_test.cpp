// The rules of docs/architecture.md that the compiler does not check, over every file of the tree.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace denidin {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

/// A file with its path relative to the root, so that the rules can be tried on made-up ones.
struct source {
  std::string path;
  std::string text;

  std::string folder() const { return path.substr(0, path.find('/')); }
  bool is_header() const { return path.ends_with(".hpp"); }
};

struct include {
  std::string name;
  bool is_ours = false;  ///< in quotes
};

const std::map<std::string, std::set<std::string>> may_include{
    {"messages", {"messages"}},
    {"config", {"messages", "config"}},
    {"storage", {"messages", "storage"}},
    {"net", {"messages", "net"}},
    {"actors", {"messages", "config", "storage", "net", "actors"}},
    {"cli", {"messages", "config", "storage", "net", "actors", "cli"}},
    {"tests", {"messages", "config", "storage", "net", "actors", "cli", "tests"}},
    {"bench", {"messages", "config", "storage", "net", "actors", "cli", "tests", "bench"}},
};

std::vector<include> includes_of(const source& file) {
  static const std::regex directive{R"re([ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"].*)re"};
  std::vector<include> found;
  std::istringstream lines{file.text};
  std::smatch parts;
  for (std::string line; std::getline(lines, line);)
    if (line.find('#') != std::string::npos && std::regex_match(line, parts, directive))
      found.push_back({parts[2], parts[1] == "\""});
  return found;
}

/// The text without `//` comments, which may name what the code must not use.
std::string code_of_file(const source& file) {
  static const std::regex comment{R"(//.*)"};
  return std::regex_replace(file.text, comment, "");
}

std::vector<std::string> wrong_directions(const source& file) {
  std::vector<std::string> wrong;
  const auto& allowed = may_include.at(file.folder());
  for (const auto& [name, is_ours] : includes_of(file))
    if (is_ours && !allowed.contains(name.substr(0, name.find('/'))))
      wrong.push_back(file.path + " includes " + name);
  return wrong;
}

std::vector<std::string> exposed_networking(const source& file) {
  std::vector<std::string> wrong;
  if (file.is_header() && file.folder() != "net")
    for (const auto& [name, is_ours] : includes_of(file))
      if (name.starts_with("boost/beast") || name.starts_with("boost/asio"))
        wrong.push_back(file.path + " includes " + name);
  return wrong;
}

std::vector<std::string> shared_state(const source& file) {
  static const std::regex forbidden{
      R"(std::(recursive_|shared_|timed_)*mutex\b|\bthread_local\b|std::(cout|cerr)\b)"};
  std::vector<std::string> wrong;
  if (file.folder() == "actors") {
    const auto code = code_of_file(file);
    for (std::sregex_iterator it{code.begin(), code.end(), forbidden}, end; it != end; ++it)
      wrong.push_back(file.path + " uses " + it->str());
  }
  return wrong;
}

std::vector<std::string> machine_paths(const source& file) {
  static const std::regex path{R"(/(home|root|Users|work)/[A-Za-z0-9_.-]+)"};
  std::vector<std::string> wrong;
  for (std::sregex_iterator it{file.text.begin(), file.text.end(), path}, end; it != end; ++it)
    wrong.push_back(file.path + " holds " + it->str());
  return wrong;
}

/// A header is guarded; a source includes the header of its own name first, which proves that the
/// header stands alone. `exists` tells whether a path is in the tree.
template <class Exists>
std::vector<std::string> wrong_openings(const source& file, Exists exists) {
  if (file.is_header()) {
    if (file.text.find("#pragma once") == std::string::npos)
      return {file.path + " lacks #pragma once"};
    return {};
  }
  const auto own = file.path.substr(0, file.path.rfind('.')) + ".hpp";
  const auto includes = includes_of(file);
  if (exists(own) && (includes.empty() || includes.front().name != own))
    return {file.path + " does not include " + own + " first"};
  return {};
}

std::string read(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Every C++ file of the tree.
const std::vector<source>& tree() {
  static const auto files = [] {
    std::vector<source> found;
    const fs::path root{DENIDIN_SOURCE_DIR};
    for (const auto& [folder, allowed] : may_include) {
      if (!fs::exists(root / folder))
        continue;
      for (const auto& entry : fs::recursive_directory_iterator{root / folder}) {
        const auto extension = entry.path().extension();
        if (entry.is_regular_file() && (extension == ".hpp" || extension == ".cpp"))
          found.push_back({fs::relative(entry.path(), root).string(), read(entry.path())});
      }
    }
    return found;
  }();
  return files;
}

template <class Rule>
std::vector<std::string> violations(Rule rule) {
  std::vector<std::string> all;
  for (const auto& file : tree())
    std::ranges::move(rule(file), std::back_inserter(all));
  return all;
}

TEST(layering, the_tree_is_found) {
  EXPECT_TRUE(std::ranges::any_of(
      tree(), [](const source& file) { return file.path == "messages/interfaces.hpp"; }));
}

TEST(layering, includes_point_downwards) {
  EXPECT_THAT(violations(wrong_directions), IsEmpty());
  EXPECT_THAT(wrong_directions({"storage/a.cpp",
                                "#include \"storage/a.hpp\"\n#include \"messages/types.hpp\"\n"
                                "#include <net/if.h>\n  # include \"net/http.hpp\"\n"
                                "#include \"a.hpp\"\n// #include \"cli/b.hpp\"\n"}),
              ElementsAre("storage/a.cpp includes net/http.hpp", "storage/a.cpp includes a.hpp"));
}

// A source with CAF takes 2 s to compile, one with Beast and TLS 17 s.
TEST(layering, beast_and_asio_stay_out_of_headers_outside_net) {
  EXPECT_THAT(violations(exposed_networking), IsEmpty());
  EXPECT_THAT(exposed_networking({"actors/a.hpp", "#include <boost/asio/post.hpp>\n"}),
              ElementsAre("actors/a.hpp includes boost/asio/post.hpp"));
}

// Its functions are not inline: a second source would define them twice.
TEST(layering, hnswlib_is_included_at_most_once) {
  const auto users = violations([](const source& file) {
    std::vector<std::string> found;
    for (const auto& [name, is_ours] : includes_of(file))
      if (name.starts_with("hnswlib"))
        found.push_back(file.path);
    return found;
  });
  EXPECT_LE(users.size(), 1u) << testing::PrintToString(users);
}

TEST(layering, actors_share_no_state_and_do_not_print) {
  EXPECT_THAT(violations(shared_state), IsEmpty());
  EXPECT_THAT(shared_state({"actors/a.cpp",
                            "// no std::mutex here\nstd::shared_mutex m;\n"
                            "thread_local int n;\nstd::cout << n;\n"}),
              ElementsAre("actors/a.cpp uses std::shared_mutex", "actors/a.cpp uses thread_local",
                          "actors/a.cpp uses std::cout"));
}

TEST(layering, no_path_of_a_machine) {
  EXPECT_THAT(violations(machine_paths), IsEmpty());
  // in two pieces, or this file would break its own rule
  EXPECT_THAT(machine_paths({"cli/a.cpp",
                             "\"/ho"
                             "me/dana/x\" \"/var/lib/denidin\""}),
              ElementsAre("cli/a.cpp holds /ho"
                          "me/dana"));
}

TEST(layering, headers_are_guarded_and_stand_alone) {
  EXPECT_THAT(violations([](const source& file) {
                return wrong_openings(file, [](const std::string& path) {
                  return fs::exists(fs::path{DENIDIN_SOURCE_DIR} / path);
                });
              }),
              IsEmpty());
  const auto always = [](const std::string&) { return true; };
  EXPECT_THAT(wrong_openings({"net/a.hpp", "int a;\n"}, always),
              ElementsAre("net/a.hpp lacks #pragma once"));
  EXPECT_THAT(wrong_openings({"net/a.cpp", "#include <string>\n#include \"net/a.hpp\"\n"}, always),
              ElementsAre("net/a.cpp does not include net/a.hpp first"));
}

}  // namespace
}  // namespace denidin
