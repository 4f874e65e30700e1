#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/log.hpp"
#include "actors/topology.hpp"
#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "config/show.hpp"
#include "messages/version.hpp"

namespace denidin::cli {

namespace {

namespace log = actors::log;

/// Limits and defaults of the process, before there is a second thread.
void prepare_process() {
  ::umask(077);
  // A core file would hold conversations and keys. Of one byte none is written, nor given to a
  // handler behind a pipe, which takes no notice of 0 (core(5)).
  const rlimit no_core{1, 1};
  ::setrlimit(RLIMIT_CORE, &no_core);
  // Every caller and every model call is a socket.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  ::signal(SIGPIPE, SIG_IGN);
  // The store's file became shorter than it was, or its disk cannot be read.
  struct sigaction lost {};
  lost.sa_handler = [](int) {
    constexpr std::string_view why =
        "denidin: The store cannot be read any more, so the daemon stops. Run 'denidin verify'.\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, why.data(), why.size());
    ::_exit(static_cast<int>(exit_code::io));
  };
  ::sigaction(SIGBUS, &lost, nullptr);
}

/// The signals that the daemon listens to; blocked in every thread and taken by `sigwait`.
sigset_t control_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP})
    sigaddset(&signals, signal);
  return signals;
}

void log_findings(const config::loaded& config) {
  for (const auto& warning : config.warnings)
    log::warn("config", warning.message, {{"key", warning.path}});
  for (const auto& note : config.notes)
    log::info("config", note.message, {{"key", note.path}});
}

std::string address_of(const config::settings& settings, uint16_t port) {
  const auto& http = settings.http;
  auto host = http.address;
  if (host == "0.0.0.0" || host == "::")
    host = "localhost";
  else if (host.find(':') != std::string::npos)
    host = "[" + host + "]";
  return (http.tls_certificate.empty() ? "http://" : "https://") + host + ":" +
         std::to_string(port);
}

/// Tells a person at the terminal how to talk to the daemon.
void greet(const config::loaded& config, uint16_t port) {
  const auto& settings = config.effective;
  const auto address = address_of(settings, port);
  std::cout << "DeniDin " << version << " is ready on " << address << " (memory "
            << (settings.memory_system.enabled ? "on" : "off") << ").\n";
  if (const auto& green = settings.green_api; green.is_on())
    std::cout << "WhatsApp: instance " << green.instance_id << ", "
              << (green.mode == "poll" ? "asked at " + green.api_url
                                       : std::string{"delivered to /webhooks/green-api"})
              << "; 'denidin status' shows its account.\n";
  if (settings.ai.provider == "builtin")
    std::cout << "No model is configured: the built-in provider answers, by quoting what it "
                 "remembers.\n";
  const std::string token =
      settings.http.api_token.empty() ? "" : "-H 'Authorization: Bearer <http.api_token>' ";
  std::cout << "Talk to it:\n"
            << "  curl -s " << address << "/v1/messages " << token
            << "-d '{\"chat_id\":\"me\",\"text\":\"My name is Dana.\"}'\n"
            << "  "
            << (::access("build/release/cli/denidin", X_OK) == 0 ? "build/release/cli/" : "")
            << "denidin chat" << (config.file.empty() ? "" : " --config " + config.file) << "\n"
            << std::flush;
}

/// Serves until SIGTERM or SIGINT; SIGHUP reloads.
void wait_for_end(actors::topology& house, const sigset_t& signals) {
  for (;;) {
    int signal = 0;
    if (::sigwait(&signals, &signal) != 0)
      continue;
    if (signal == SIGHUP) {
      house.reload();
      continue;
    }
    log::info("serve", "Stopping: new messages are refused, those under way are finished.");
    // Whoever asks twice does not want to wait; a reload at this point is nobody's wish to end it.
    ::signal(SIGHUP, SIG_IGN);
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    return;
  }
}

}  // namespace

int serve(const serve_options& options) {
  prepare_process();
  const auto signals = control_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto config = load_config(common_options{options.config});
  if (!config.ok()) {
    std::cerr << config::show_findings(config) << "denidin: The configuration " << name_of(config)
              << " is not valid; nothing was started.\n";
    return static_cast<int>(exit_code::config);
  }
  if (auto error = log::open(config.effective))
    return static_cast<int>(complain(error, false));
  log_findings(config);

  actors::topology::options how;
  how.load = [options] { return load_config(common_options{options.config}); };
  how.end_process = [](int code) { std::_Exit(code); };
  auto house = actors::topology::start(config, std::move(how));
  if (!house) {
    log::error("serve", explain(house.error()).message, {log::reason(house.error())});
    return static_cast<int>(exit_code_of(code_of(house.error())));
  }
  log::info("serve", "Ready.",
            {{"version", std::string{version}},
             {"port", std::to_string((*house)->port())},
             {"memory", config.effective.memory_system.enabled ? "on" : "off"},
             {"provider", config.effective.ai.provider},
             {"channel", config.effective.green_api.is_on()
                             ? "green_api " + config.effective.green_api.mode
                             : std::string{"none"}}});
  greet(config, (*house)->port());
  wait_for_end(**house, signals);
  const auto unfinished = (*house)->stop();
  if (unfinished > 0)
    log::warn("serve", "Messages were not finished in time; the next start answers them.",
              {{"unfinished", std::to_string(unfinished)}});
  log::info("serve", "Stopped.");
  return static_cast<int>(exit_code::ok);
}

}  // namespace denidin::cli
