#include <utility>

#include <unistd.h>

#include "storage/backup.hpp"
#include "storage/child_process.hpp"
#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/files.hpp"
#include "storage/inspection.hpp"

namespace denidin::storage {

namespace {

constexpr size_t most_listed = 100;

/// What the child sends: its findings as they come, and how far it is.
enum class note : uint8_t { found, progress };

void write_notes(const std::filesystem::path& file, int output) {
  uint64_t damaged = 0;
  const auto send = [&](record_writer&& line) {
    if (!write_all(output, std::move(line).take()))
      ::_exit(1);
  };
  inspect(file, {.found =
                     [&](const damage& one) {
                       const bool is_listed = ++damaged <= most_listed;
                       record_writer line;
                       line.choice(note::found);
                       for (const auto& part : {one.table, one.key, one.what})
                         line.text(is_listed ? part : std::string{});
                       send(std::move(line));
                     },
                 .progress =
                     [&](uint64_t records) {
                       record_writer line;
                       line.choice(note::progress);
                       line.number(records);
                       send(std::move(line));
                     }});
}

}  // namespace

caf::expected<verification> verify(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return fail(ec::not_found, "There is no store '" + file.string() + "'.");
  const auto report = run_in_child([&](int output) { write_notes(file, output); });
  if (!report)
    return report.error();
  verification result;
  result.crashed = report->crashed;
  record_reader notes{report->output};
  // The last one is cut off if the child died while it wrote it.
  while (notes.is_sound() && !notes.complete()) {
    if (notes.choice(note::progress) == note::progress) {
      const auto records = notes.number();
      if (notes.is_sound())
        result.records = records;
      continue;
    }
    damage one{notes.text(), notes.text(), notes.text()};
    if (!notes.is_sound())
      break;
    ++result.damaged;
    if (result.found.size() < most_listed)
      result.found.push_back(std::move(one));
  }
  return result;
}

caf::expected<verification> verify_live(const store& of) {
  // While this view is there, no page that the child sees is used again.
  const auto view = of.read();
  if (!view)
    return view.error();
  return verify(of.data_root() / environment_name);
}

}  // namespace denidin::storage
