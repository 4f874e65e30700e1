#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait_until.hpp"

namespace denidin::test {

/// What the daemon answered to one HTTP request.
struct http_response {
  unsigned status = 0;  ///< 0: no answer; `body` then says why
  std::string body;
  std::string retry_after;

  /// The body as JSON; throws where it is none.
  boost::json::value json() const;
  /// A member of the body, by path: `at("error", "code")`. Throws where it is absent.
  template <class... Keys>
  boost::json::value at(Keys... keys) const {
    auto value = json();
    // in parentheses: braces would make an array of it
    ((value = boost::json::value(value.at(keys))), ...);
    return value;
  }
  /// `error.code` of a refusal; empty where there is none.
  std::string error_code() const;
};

/// How a program ended: its exit code, or minus the signal that killed it.
struct run_result {
  int exit_code = 0;
  std::string out, err;
};

/// Runs the real `denidin` with these arguments and this standard input in `directory` and waits
/// for its end. No variable of this process's environment that DeniDin reads reaches it.
run_result run_denidin(const std::vector<std::string>& arguments,
                       const std::filesystem::path& directory, const std::string& input = {});

/// The real daemon, `denidin serve`, in a temporary directory of its own; it dies with the test.
class daemon_process {
 public:
  /// Writes the configuration and starts. `config` may leave out `http.listen` (a free port is
  /// taken) and `data_root` (`data` inside the directory). Throws `std::runtime_error` with the log
  /// when the daemon does not become ready.
  explicit daemon_process(boost::json::object config);
  ~daemon_process();
  daemon_process(const daemon_process&) = delete;
  daemon_process& operator=(const daemon_process&) = delete;

  /// Starts it again and waits until it is ready; throws as the constructor.
  void start();
  /// As `start`, without waiting.
  void launch();
  /// SIGKILL, and waits for its death.
  void kill9();
  /// SIGTERM; the exit code, or minus the signal that killed it.
  int terminate();
  /// Only the signal.
  void signal(int number);
  /// Waits for its end by itself; as `terminate`.
  int wait_for_exit();
  bool is_running();
  pid_t pid() const { return pid_; }

  /// Replaces the configuration file; takes effect by SIGHUP or the next start. `http.listen` and
  /// `data_root` are filled in as they were.
  void write_config(boost::json::object config);
  /// Replaces the configuration file by this very text.
  void write_config_text(std::string_view text);

  http_response get(const std::string& target);
  http_response post(const std::string& target, const boost::json::value& body);
  http_response remove(const std::string& target);  ///< `DELETE`
  http_response post_text(const std::string& target, std::string body);
  /// Starts a request and does not wait; any number may be under way.
  std::future<http_response> post_later(const std::string& target, const boost::json::value& body);
  /// One turn over `POST /v1/messages`.
  http_response say(const std::string& chat, const std::string& text,
                    const std::string& message_id = {});
  std::future<http_response> say_later(const std::string& chat, const std::string& text,
                                       const std::string& message_id = {});
  /// As `say` with `async`: answered after T1.
  http_response say_async(const std::string& chat, const std::string& text,
                          const std::string& message_id);
  /// The active session of a chat, as `GET /v1/sessions/{chat_id}` shows it.
  boost::json::value session(const std::string& chat);
  /// `role: text` of each message in the active session; empty where there is none.
  std::vector<std::string> history(const std::string& chat);

  /// A value of `/metrics` by its full name with labels, e.g. `denidin_sessions_active`; none if
  /// absent.
  std::optional<double> metric(std::string_view name);
  /// Everything on standard output and standard error since the first start.
  std::string log() const;
  /// Sent as `Authorization: Bearer` with every request from now on; empty: none.
  void use_token(std::string token);

  std::string url() const;
  uint16_t port() const { return port_; }
  const std::filesystem::path& directory() const { return directory_.path(); }
  std::filesystem::path data_root() const { return directory_ / "data"; }
  std::filesystem::path config_file() const { return directory_ / "denidin.json"; }

 private:
  struct client;
  std::future<http_response> call(const std::string& method, const std::string& target,
                                  std::string body);
  int reap();

  temporary_directory directory_;
  std::unique_ptr<client> client_;
  uint16_t port_ = 0;
  std::string token_;
  pid_t pid_ = -1;
};

}  // namespace denidin::test
