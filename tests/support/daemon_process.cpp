#include "tests/support/daemon_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "messages/errors.hpp"
#include "net/http_client.hpp"

namespace denidin::test {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// A port that nobody listens on at the moment.
uint16_t free_port() {
  const auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  const auto found = ::bind(fd, reinterpret_cast<sockaddr*>(&place), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&place), &size) == 0;
  ::close(fd);
  if (!found)
    throw std::runtime_error("no free port on 127.0.0.1");
  return ntohs(place.sin_port);
}

/// This process's environment without what DeniDin reads from it.
std::vector<std::string> clean_environment() {
  std::vector<std::string> result;
  for (auto** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view entry{*variable};
    if (!entry.starts_with("DENIDIN_") && !entry.starts_with("OPENAI_") &&
        !entry.starts_with("CREDENTIALS_DIRECTORY="))
      result.emplace_back(entry);
  }
  return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Starts `denidin` reading from `in`, its output appended to the two files (which may be the
/// same).
pid_t spawn(const std::vector<std::string>& arguments, const fs::path& directory,
            const fs::path& in, const fs::path& out, const fs::path& err) {
  std::vector<std::string> words{std::string{DENIDIN_BINARY_DIR} + "/cli/denidin"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto variables = clean_environment();
  const auto argv = pointers_to(words);
  const auto envp = pointers_to(variables);
  const auto parent = ::getpid();
  const auto pid = ::fork();
  if (pid < 0)
    throw std::runtime_error("fork failed");
  if (pid > 0)
    return pid;
  // between fork and exec only what is safe in the child of a process with threads
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(127);
  // a listening socket of the test would stay open in the daemon after the test closed it
  ::close_range(STDERR_FILENO + 1, ~0u, 0);
  const auto append = O_WRONLY | O_CREAT | O_APPEND;
  ::dup2(::open(in.c_str(), O_RDONLY), STDIN_FILENO);
  ::dup2(::open(out.c_str(), append, 0600), STDOUT_FILENO);
  ::dup2(::open(err.c_str(), append, 0600), STDERR_FILENO);
  if (::chdir(directory.c_str()) == 0)
    ::execve(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status); }

http_response response_of(net::http_result&& result) {
  if (result.error)
    return {0, explain(result.error).message, {}};
  return {result.answer.status, std::move(result.answer.body),
          std::move(result.answer.retry_after)};
}

json::object message_body(const std::string& chat, const std::string& text,
                          const std::string& message_id) {
  json::object body{{"chat_id", chat}, {"text", text}};
  if (!message_id.empty())
    body["message_id"] = message_id;
  return body;
}

}  // namespace

json::value http_response::json() const { return boost::json::parse(body); }

std::string http_response::error_code() const {
  boost::system::error_code error;
  const auto value = boost::json::parse(body, error);
  const auto* code = error ? nullptr : value.find_pointer("/error/code", error);
  return code != nullptr && code->is_string() ? std::string{code->as_string()} : std::string{};
}

run_result run_denidin(const std::vector<std::string>& arguments, const fs::path& directory,
                       const std::string& input) {
  const temporary_directory files;
  std::ofstream{files / "in", std::ios::binary} << input;
  const auto pid = spawn(arguments, directory, files / "in", files / "out", files / "err");
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {exit_code_of(status), read_file(files / "out"), read_file(files / "err")};
}

struct daemon_process::client {
  net::event_loop loop{1};
  net::http_client http{loop, {}};
};

daemon_process::daemon_process(json::object config) : client_(new client), port_(free_port()) {
  write_config(std::move(config));
  start();
}

daemon_process::~daemon_process() {
  if (pid_ > 0)
    kill9();
}

void daemon_process::launch() {
  const auto log_file = directory_ / "daemon.log";
  pid_ = spawn({"serve", "--config", config_file()}, directory_.path(), "/dev/null", log_file,
               log_file);
}

void daemon_process::start() {
  launch();
  const auto ready = wait_until([&] { return !is_running() || get("/readyz").status == 200; });
  if (ready && pid_ > 0)
    return;
  kill9();
  throw std::runtime_error("the daemon did not become ready:\n" + log());
}

void daemon_process::kill9() {
  signal(SIGKILL);
  reap();
}

int daemon_process::terminate() {
  signal(SIGTERM);
  return wait_for_exit();
}

void daemon_process::signal(int number) {
  if (pid_ > 0)
    ::kill(pid_, number);
}

int daemon_process::wait_for_exit() {
  int code = 0;
  const auto ended = wait_until(
      [&] {
        int status = 0;
        if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) != pid_)
          return false;
        code = exit_code_of(status);
        pid_ = -1;
        return true;
      },
      2 * patience);
  if (!ended)
    throw std::runtime_error("the daemon does not end:\n" + log());
  return code;
}

int daemon_process::reap() {
  int status = 0;
  if (pid_ > 0)
    ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return exit_code_of(status);
}

bool daemon_process::is_running() {
  int status = 0;
  if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_)
    pid_ = -1;
  return pid_ > 0;
}

void daemon_process::write_config(json::object config) {
  if (!config.contains("http"))
    config["http"] = json::object{};
  auto& http = config["http"].as_object();
  if (!http.contains("listen"))
    http["listen"] = "127.0.0.1:" + std::to_string(port_);
  if (!config.contains("data_root"))
    config["data_root"] = data_root().string();
  write_config_text(json::serialize(config));
}

void daemon_process::write_config_text(std::string_view text) {
  std::ofstream file{config_file(), std::ios::binary | std::ios::trunc};
  file << text;
  if (!file.flush())
    throw std::runtime_error("cannot write " + config_file().string());
}

std::future<http_response> daemon_process::call(const std::string& method,
                                                const std::string& target, std::string body) {
  net::http_call call;
  call.method = method;
  call.to.host = "127.0.0.1";
  call.to.port = port_;
  const auto mark = target.find('?');
  call.to.path = target.substr(0, mark);
  if (mark != std::string::npos)
    call.query = target.substr(mark + 1);
  if (!token_.empty())
    call.headers.emplace_back("Authorization", "Bearer " + token_);
  call.body = std::move(body);
  call.first_byte_timeout = call.total_timeout = 4 * patience;
  auto promise = std::make_shared<std::promise<http_response>>();
  client_->http.start(std::move(call), [promise](net::http_result result) {
    promise->set_value(response_of(std::move(result)));
  });
  return promise->get_future();
}

http_response daemon_process::get(const std::string& target) {
  return call("GET", target, {}).get();
}

http_response daemon_process::remove(const std::string& target) {
  return call("DELETE", target, {}).get();
}

http_response daemon_process::post_text(const std::string& target, std::string body) {
  return call("POST", target, std::move(body)).get();
}

std::future<http_response> daemon_process::post_later(const std::string& target,
                                                      const json::value& body) {
  return call("POST", target, json::serialize(body));
}

http_response daemon_process::post(const std::string& target, const json::value& body) {
  return post_later(target, body).get();
}

std::future<http_response> daemon_process::say_later(const std::string& chat,
                                                     const std::string& text,
                                                     const std::string& message_id) {
  return post_later("/v1/messages", message_body(chat, text, message_id));
}

http_response daemon_process::say(const std::string& chat, const std::string& text,
                                  const std::string& message_id) {
  return say_later(chat, text, message_id).get();
}

http_response daemon_process::say_async(const std::string& chat, const std::string& text,
                                        const std::string& message_id) {
  auto body = message_body(chat, text, message_id);
  body["async"] = true;
  return post("/v1/messages", body);
}

json::value daemon_process::session(const std::string& chat) {
  const auto answer = get("/v1/sessions/" + chat);
  return answer.status == 200 ? answer.json() : json::value{};
}

std::vector<std::string> daemon_process::history(const std::string& chat) {
  std::vector<std::string> result;
  const auto shown = session(chat);
  if (!shown.is_object())
    return result;
  for (const auto& message : shown.at("messages").as_array())
    result.push_back(std::string{message.at("role").as_string()} + ": " +
                     std::string{message.at("text").as_string()});
  return result;
}

std::optional<double> daemon_process::metric(std::string_view name) {
  const auto all = get("/metrics").body;
  for (size_t start = 0; start < all.size();) {
    const auto end = std::min(all.find('\n', start), all.size());
    const auto line = std::string_view{all}.substr(start, end - start);
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ')
      return std::stod(std::string{line.substr(name.size() + 1)});
    start = end + 1;
  }
  return std::nullopt;
}

std::string daemon_process::log() const { return read_file(directory_ / "daemon.log"); }

void daemon_process::use_token(std::string token) { token_ = std::move(token); }

std::string daemon_process::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

}  // namespace denidin::test
