#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/cli/working_directory.hpp"
#include "tests/support/scripted_server.hpp"

namespace denidin::cli {

using test::scripted_answer;
using test::scripted_request;

inline scripted_answer reply(std::string body, unsigned status = 200) {
  scripted_answer answer;
  answer.status = status;
  answer.body = std::move(body);
  return answer;
}

inline scripted_answer refusal(unsigned status, const std::string& code,
                               const std::string& message) {
  return reply(R"({"error":{"code":")" + code + R"(","message":")" + message + "\"}}", status);
}

/// A daemon that answers each `METHOD path?query` from a table, in turn, and remembers what it was
/// asked.
class scripted_daemon : public testing::Test, public working_directory {
 protected:
  scripted_daemon()
      : server_(0, [this](const scripted_request& request) { return serve(request); }) {
    configure_memory(server_.port());
  }

  void answer(const std::string& request, scripted_answer with) {
    const std::lock_guard lock{mutex_};
    answers_[request].push_back(std::move(with));
  }
  std::vector<scripted_request> requests() {
    const std::lock_guard lock{mutex_};
    return requests_;
  }
  std::vector<std::string> posted() {
    std::vector<std::string> bodies;
    for (const auto& request : requests())
      if (request.method == "POST")
        bodies.push_back(request.body);
    return bodies;
  }
  uint16_t port() const { return server_.port(); }

 private:
  scripted_answer serve(const scripted_request& request) {
    const std::lock_guard lock{mutex_};
    requests_.push_back(request);
    auto name = request.method + ' ' + request.path;
    if (!request.query.empty())
      name += '?' + request.query;
    const auto found = answers_.find(name);
    if (found == answers_.end() || found->second.empty())
      return refusal(404, "not_found", "Nothing was scripted for " + name + ".");
    auto next = found->second.front();
    if (found->second.size() > 1)
      found->second.erase(found->second.begin());
    return next;
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<scripted_answer>> answers_;
  std::vector<scripted_request> requests_;
  test::scripted_server server_;
};

}  // namespace denidin::cli
