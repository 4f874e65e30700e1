#include <atomic>
#include <optional>
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

verification read_notes(const child_report& report) {
  verification result;
  result.crashed = report.crashed;
  record_reader notes{report.output};
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

}  // namespace

caf::expected<verification> verify(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return fail(ec::not_found, "There is no store '" + file.string() + "'.");
  const auto report = run_in_child([&](int output) { write_notes(file, output); });
  if (!report)
    return report.error();
  return read_notes(*report);
}

struct verification_run::state {
  /// While it is there, no page that the child sees is used again; that long and no longer, because
  /// the file grows meanwhile.
  std::optional<transaction> view;
  running_child child;
  std::atomic<bool> is_stopped = false;

  state(transaction from, running_child at_work)
      : view{std::move(from)}, child{std::move(at_work)} {}
};

verification_run::verification_run(std::unique_ptr<state> data) : data_{std::move(data)} {}
verification_run::~verification_run() = default;

caf::expected<std::unique_ptr<verification_run>> verification_run::begin(const store& of) {
  auto view = of.read();
  if (!view)
    return std::move(view.error());
  const auto file = of.data_root() / environment_name;
  auto child = running_child::start([&](int output) { write_notes(file, output); });
  if (!child)
    return std::move(child.error());
  return std::unique_ptr<verification_run>{
      new verification_run{std::make_unique<state>(std::move(*view), std::move(*child))}};
}

verification verification_run::wait() {
  const auto report = data_->child.wait();
  data_->view.reset();
  return read_notes(report);
}

void verification_run::stop() {
  data_->is_stopped = true;
  data_->child.kill();
}

bool verification_run::is_stopped() const { return data_->is_stopped; }

}  // namespace denidin::storage
