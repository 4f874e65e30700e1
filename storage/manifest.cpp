#include "storage/manifest.hpp"

#include <cerrno>
#include <cstdio>
#include <regex>

#include <fcntl.h>
#include <simdjson.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "messages/version.hpp"
#include "storage/directory.hpp"
#include "storage/files.hpp"
#include "storage/records.hpp"

namespace denidin::storage {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kind = "denidin-backup";
constexpr uint64_t manifest_format = 1;

/// Back from the form of `to_string(wall_time)`; none if it is not one.
std::optional<wall_time> parse_time(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0, length = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &year, &month, &day, &hour,
                  &minute, &second, &ms, &length) != 7 ||
      static_cast<size_t>(length) != text.size())
    return std::nullopt;
  const auto date = std::chrono::year{year} / month / day;
  if (!date.ok())
    return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + std::chrono::milliseconds{ms};
}

caf::error unusable(const fs::path& file, std::string_view why) {
  return fail(ec::store_damaged,
              "The manifest '" + file.string() + "' " + std::string{why} + ". Use another backup.");
}

}  // namespace

std::string backup_name(wall_time taken_at, uint64_t transaction_id) {
  std::string time;
  for (const char c : to_string(taken_at))
    if (c != '-' && c != ':')
      time += c;
  return "denidin-" + time + '-' + std::to_string(transaction_id);
}

bool is_backup_name(const std::string& name) {
  static const std::regex form{R"(denidin-\d{8}T\d{6}\.\d{3}Z-\d{1,20})"};
  return std::regex_match(name, form);
}

std::string write_manifest(const backup_info& info) {
  return boost::json::serialize(boost::json::object{{"kind", kind},
                                                    {"manifest_format", manifest_format},
                                                    {"store_format", store_format},
                                                    {"written_by", version},
                                                    {"store", info.store},
                                                    {"taken_at", to_string(info.taken_at)},
                                                    {"transaction_id", info.transaction_id},
                                                    {"file", environment_name},
                                                    {"bytes", info.bytes},
                                                    {"sha256", info.sha256}}) +
         '\n';
}

caf::expected<backup_info> read_manifest(const fs::path& directory) {
  const auto file = directory / manifest_name;
  const file_descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!opened.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR)
      return fail(ec::not_found, "'" + directory.string() +
                                     "' is no backup: it holds no manifest.json. Name a directory "
                                     "that 'denidin backup' wrote.");
    return system_failure(ec::store_failed, "Cannot read", file, errno);
  }
  constexpr size_t more_than_a_manifest = 64 * 1024;
  bool failed = false;
  const auto text = read_at(opened.number(), 0, more_than_a_manifest, failed);
  if (failed)
    return system_failure(ec::store_failed, "Cannot read", file, errno);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view found_kind, taken_at, sha256;
  uint64_t format = 0, stored = 0;
  backup_info info;
  if (parser.parse(simdjson::padded_string{text}).get(root) != simdjson::SUCCESS)
    return unusable(file, "is not valid JSON");
  if (root["kind"].get(found_kind) != simdjson::SUCCESS || found_kind != kind ||
      root["manifest_format"].get(format) != simdjson::SUCCESS ||
      root["store_format"].get(stored) != simdjson::SUCCESS)
    return unusable(file, "is not one of a DeniDin backup");
  if (format > manifest_format || stored > store_format)
    return fail(ec::store_newer, "The backup '" + directory.string() +
                                     "' was written by a newer version. Use that version, or "
                                     "restore an older backup.");
  if (root["taken_at"].get(taken_at) != simdjson::SUCCESS ||
      root["transaction_id"].get(info.transaction_id) != simdjson::SUCCESS ||
      root["bytes"].get(info.bytes) != simdjson::SUCCESS ||
      root["sha256"].get(sha256) != simdjson::SUCCESS)
    return unusable(file, "lacks a field");
  const auto time = parse_time(std::string{taken_at});
  if (!time)
    return unusable(file, "has no valid taken_at");
  if (std::string_view store; root["store"].get(store) == simdjson::SUCCESS)
    info.store = store;
  info.directory = directory;
  info.taken_at = *time;
  info.sha256 = sha256;
  return info;
}

}  // namespace denidin::storage
