#include <algorithm>
#include <chrono>
#include <iostream>
#include <set>
#include <utility>

#include <boost/json.hpp>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/offline.hpp"
#include "cli/python_sessions.hpp"
#include "storage/jobs.hpp"
#include "storage/keys.hpp"

namespace denidin::cli {

namespace {

namespace json = boost::json;

/// What became of the sessions; their sum is `found`, unless it was ended by an error.
struct import_report {
  uint64_t found = 0, imported = 0, already_there = 0, empty = 0, unusable = 0;
  uint64_t turns = 0;  ///< of the imported ones
  uint64_t skipped_roles = 0, skipped_blank = 0;
  std::vector<import_remark> remarks;

  uint64_t skipped() const { return skipped_roles + skipped_blank; }
  bool is_complete() const {
    return skipped() == 0 && std::none_of(remarks.begin(), remarks.end(),
                                          [](const auto& each) { return each.is_loss; });
  }
};

/// Says on standard error how far it is, at most once a second.
class progress {
 public:
  progress(const char* verb, uint64_t total) : verb_{verb}, total_{total} {}

  void show(uint64_t done) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < std::chrono::seconds{1})
      return;
    shown_ = now;
    std::cerr << verb_ << ' ' << done << " of " << total_ << " sessions\n" << std::flush;
  }

 private:
  const char* verb_;
  uint64_t total_;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

/// Brings sessions into the store, many in one commit.
class importer {
 public:
  /// Without a store nothing is there yet and nothing is written.
  importer(storage::store* into, bool dry_run, import_report& report)
      : store_{into}, is_dry_{dry_run}, report_{report} {}

  /// Takes one session, and commits when there are enough of them.
  caf::error add(python_session session) {
    take_notes(session);
    if (!session.is_usable) {
      ++report_.unusable;
      return {};
    }
    if (session.turns.empty()) {
      ++report_.empty;
      return {};
    }
    for (const auto& turn : session.turns)
      bytes_ += turn.text.size();
    waiting_.push_back({std::move(session)});
    // A commit waits for the disk, so it takes many; but it holds all of their pages in memory.
    constexpr size_t most_sessions = 64, most_bytes = size_t{8} << 20;
    return waiting_.size() < most_sessions && bytes_ < most_bytes ? caf::error{} : flush();
  }

  /// Commits what was added.
  caf::error flush() {
    auto error = is_dry_ ? look_up() : commit();
    waiting_.clear();
    bytes_ = 0;
    return error;
  }

 private:
  enum class fate { imported, there, there_in_part };
  struct entry {
    python_session from;
    fate became = fate::imported;
  };

  void take_notes(python_session& session) {
    report_.skipped_roles += session.skipped_roles;
    report_.skipped_blank += session.skipped_blank;
    std::move(session.remarks.begin(), session.remarks.end(), std::back_inserter(report_.remarks));
  }

  /// Of a session that is there: whether it has as many turns as this one, or none any more.
  static caf::expected<fate> compare(const storage::transaction& txn, const python_session& with) {
    const auto& id = with.session.id;
    const auto newest = static_cast<uint32_t>(with.turns.size());
    const auto has_first = txn.has(storage::table::turns, storage::turn_key(id, 1));
    const auto has_last = txn.has(storage::table::turns, storage::turn_key(id, newest));
    if (!has_first || !has_last)
      return has_first ? has_last.error() : has_first.error();
    return *has_first && !*has_last ? fate::there_in_part : fate::there;
  }

  static caf::error write(storage::write_transaction& txn, entry& what) {
    const auto& from = what.from;
    const auto added =
        storage::import_session(txn, from.session, from.session.last_active, from.turns);
    if (!added)
      return added.error();
    const auto became = *added ? caf::expected<fate>{fate::imported} : compare(txn, from);
    if (!became)
      return became.error();
    what.became = *became;
    return {};
  }

  caf::error commit() {
    std::vector<storage::change> changes;
    for (auto& each : waiting_)
      changes.emplace_back([&each](auto& txn) { return write(txn, each); });
    std::vector<const storage::change*> pointers;
    for (const auto& each : changes)
      pointers.push_back(&each);
    const auto result = store_->apply(pointers);
    caf::error first;
    for (size_t n = 0; n < waiting_.size(); ++n) {
      if (!result.errors[n])
        count(waiting_[n]);
      else if (!first)
        first = result.errors[n];
    }
    return first;
  }

  /// What `commit` would do.
  caf::error look_up() {
    for (auto& each : waiting_) {
      const auto& session = each.from.session;
      const auto is_first = seen_.emplace(session.id, each.from.turns.size());
      if (!is_first.second) {
        each.became =
            each.from.turns.size() > is_first.first->second ? fate::there_in_part : fate::there;
      } else if (store_ != nullptr) {
        const auto txn = store_->read();
        if (!txn)
          return txn.error();
        const auto known = storage::is_session_known(*txn, session, session.last_active);
        if (!known)
          return known.error();
        const auto became = *known ? compare(*txn, each.from) : caf::expected<fate>{fate::imported};
        if (!became)
          return became.error();
        each.became = *became;
      }
      count(each);
    }
    return {};
  }

  void count(const entry& what) {
    if (what.became == fate::imported) {
      ++report_.imported;
      report_.turns += what.from.turns.size();
      return;
    }
    ++report_.already_there;
    if (what.became == fate::there_in_part)
      report_.remarks.push_back({what.from.directory,
                                 "is in the store with fewer turns than here; what came since it "
                                 "was imported is not added"});
  }

  storage::store* store_;
  bool is_dry_;
  import_report& report_;
  std::vector<entry> waiting_;
  size_t bytes_ = 0;
  std::map<uuid, size_t> seen_;  ///< of a dry run: turns by session
};

/// Keys are named where they look like keys: anything else could be what somebody wrote.
std::string name_of_key(const std::string& key) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return key.size() <= 64 && std::all_of(key.begin(), key.end(), is_plain) ? key : "?";
}

void add_unknown_keys(const python_session_reader& from, import_report& to) {
  for (const auto& [where, files] : from.unknown_keys())
    to.remarks.push_back({where.first,
                          "has the unknown key '" + name_of_key(where.second) + "' in " +
                              counted(files, "file", "files"),
                          false});
}

json::object to_json(const import_report& report, const import_options& options) {
  json::array problems;
  for (const auto& each : report.remarks)
    // Names of files need not be UTF-8.
    problems.push_back({{"path", terminal_safe(each.path)},
                        {"reason", terminal_safe(each.reason)},
                        {"lost", each.is_loss}});
  return {{"path", terminal_safe(options.path)},
          {"dry_run", options.dry_run},
          {"sessions",
           {{"found", report.found},
            {"imported", report.imported},
            {"already_there", report.already_there},
            {"empty", report.empty},
            {"unusable", report.unusable}}},
          {"turns", report.turns},
          {"skipped_messages", report.skipped()},
          {"problems", std::move(problems)}};
}

void print(const import_report& report, const import_options& options) {
  std::cout << counted(report.found, "session", "sessions") << " found in "
            << terminal_safe(options.path) << ".\n"
            << (options.dry_run ? "Would import " : "Imported ") << report.imported << " with "
            << counted(report.turns, "turn", "turns") << "; " << report.already_there
            << " already there, " << report.empty << " empty, " << report.unusable
            << " unusable.\n";
  if (report.skipped() > 0)
    std::cout << counted(report.skipped(), "message", "messages")
              << " skipped: " << report.skipped_roles << " of other roles than user and assistant, "
              << report.skipped_blank << " without text.\n";
  constexpr size_t most = 50;
  const auto& remarks = report.remarks;
  if (!remarks.empty())
    std::cout << '\n';
  for (size_t n = 0; n < std::min(most, remarks.size()); ++n)
    std::cout << terminal_safe(remarks[n].path) << ": " << terminal_safe(remarks[n].reason)
              << ".\n";
  if (remarks.size() > most)
    std::cout << "and " << remarks.size() - most << " more; --json has all of them.\n";
}

/// None for a dry run where there is no store yet.
caf::expected<std::unique_ptr<storage::store>> open_target(const config::settings& settings,
                                                           bool dry_run) {
  const auto has_memory = settings.memory_system.enabled;
  auto opened = open_store(settings, has_memory && !dry_run);
  if (opened || code_of(opened.error()) != ec::not_found)
    return opened;
  if (dry_run)
    return std::unique_ptr<storage::store>{};
  return fail(ec::config_invalid,
              "The memory is off, and there is no store in '" + settings.data_root +
                  "' yet. Set feature_flags.enable_memory_system to true, then import.",
              "feature_flags.enable_memory_system");
}

caf::error run(const python_session_list& found, python_session_reader& reader,
               storage::store* into, bool dry_run, import_report& report) {
  report.found = found.directories.size();
  report.remarks = found.remarks;
  importer work{into, dry_run, report};
  progress shown{dry_run ? "read" : "imported", report.found};
  for (size_t n = 0; n < found.directories.size(); ++n) {
    shown.show(n);
    if (auto error = work.add(reader.read(found.directories[n])))
      return error;
  }
  if (auto error = work.flush())
    return error;
  add_unknown_keys(reader, report);
  std::stable_partition(report.remarks.begin(), report.remarks.end(),
                        [](const auto& each) { return each.is_loss; });
  return {};
}

}  // namespace

exit_code import_sessions(const import_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  const auto found = find_python_sessions(options.path);
  if (!found)
    return complain(found.error(), options.json);
  const auto store = open_target(*settings, options.dry_run);
  if (!store)
    return complain_of_files(store.error(), options.json);
  python_session_reader reader{options.path};
  import_report report;
  if (const auto error = run(*found, reader, store->get(), options.dry_run, report)) {
    const auto code = complain_of_files(error, options.json);
    std::cerr << "denidin: " << counted(report.imported, "session was", "sessions were")
              << " imported before that. Import again to go on.\n";
    return code;
  }
  if (options.json)
    std::cout << json::serialize(to_json(report, options)) << '\n';
  else
    print(report, options);
  return report.is_complete() ? exit_code::ok : exit_code::finding;
}

}  // namespace denidin::cli
