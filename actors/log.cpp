#include "actors/log.hpp"

#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <boost/json.hpp>

namespace denidin::actors::log {

namespace {

struct output {
  std::shared_ptr<spdlog::logger> logger;
  std::atomic<level> least = level::info;
  std::atomic<bool> content = false;
  bool json = false;
};

output& sink() {
  static output instance;
  return instance;
}

struct tag_key {
  std::array<uint8_t, 32> bytes{};
  tag_key() { RAND_bytes(bytes.data(), static_cast<int>(bytes.size())); }
};

tag_key& key() {
  static tag_key instance;
  return instance;
}

std::string_view name_of(level how) {
  switch (how) {
    case level::debug: return "DEBUG";
    case level::warn: return "WARN";
    case level::error: return "ERROR";
    case level::info: break;
  }
  return "INFO";
}

level level_of(std::string_view name) {
  if (name == "DEBUG")
    return level::debug;
  if (name == "WARN")
    return level::warn;
  return name == "ERROR" ? level::error : level::info;
}

spdlog::level::level_enum as_spdlog(level how) {
  return static_cast<spdlog::level::level_enum>(static_cast<int>(how) + SPDLOG_LEVEL_DEBUG);
}

/// `2026-01-21 10:00:00.123`, local time as people read logs.
std::string now_text() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     ms.count() % 1000);
}

std::string as_text(level how, std::string_view who, std::string_view message,
                    std::span<const field> fields) {
  auto line = fmt::format("{} {:<5} [{}] {}", now_text(), name_of(how), who, message);
  for (const auto& [name, value] : fields) {
    const bool is_quoted = value.size() > 1 && value.front() == '"' && value.back() == '"';
    const bool bare = is_quoted || value.find_first_of(" =\"") == std::string::npos;
    line.append(" ").append(name).append(bare ? "=" : "=\"").append(value).append(bare ? "" : "\"");
  }
  return line;
}

std::string as_json(level how, std::string_view who, std::string_view message,
                    std::span<const field> fields) {
  boost::json::object line{
      {"time", now_text()}, {"level", name_of(how)}, {"actor", who}, {"message", message}};
  for (const auto& [name, value] : fields)
    line[name] = value;
  return boost::json::serialize(line);
}

}  // namespace

caf::error open(const config::settings& settings) {
  auto& out = sink();
  out.least = level_of(settings.log.level);
  out.content = settings.log.content;
  if (out.logger)
    return {};
  out.json = settings.log.format == "json";
  const auto& path = settings.log.file;
  try {
    spdlog::sink_ptr target;
    if (path.empty())
      target = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
      target = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    out.logger = std::make_shared<spdlog::logger>("denidin", target);
    out.logger->set_pattern("%v");
    out.logger->set_level(spdlog::level::trace);
    out.logger->flush_on(spdlog::level::trace);
  } catch (const spdlog::spdlog_ex&) {
    return fail(ec::io_failed,
                "The log file '" + path + "' cannot be written. Check log.file and its folder.",
                "log.file");
  }
  return {};
}

void write(level how, std::string_view who, std::string_view message,
           std::span<const field> fields) {
  auto& out = sink();
  if (!out.logger || how < out.least.load(std::memory_order_relaxed))
    return;
  const auto line =
      out.json ? as_json(how, who, message, fields) : as_text(how, who, message, fields);
  out.logger->log(as_spdlog(how), spdlog::string_view_t{line});
}

void content(std::string_view who, std::string_view what, std::string_view tag,
             std::string_view text) {
  if (!sink().content.load(std::memory_order_relaxed))
    return;
  // One event is one line, whatever was written: a JSON string has no line breaks.
  info(
      who, what,
      {{"chat", std::string{tag}}, {"content", boost::json::serialize(boost::json::string(text))}});
}

void set_key(const std::array<uint8_t, 32>& bytes) { key().bytes = bytes; }

std::string chat_tag(std::string_view chat_id) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  const auto& secret = key().bytes;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(chat_id.data()), chat_id.size(), digest.data(),
       &length);
  std::string text;
  for (size_t i = 0; i < 8; ++i)
    fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
  return text;
}

field reason(const caf::error& error) {
  const auto what = explain(error);
  return {"code", std::string{to_string(what.code)}};
}

}  // namespace denidin::actors::log
