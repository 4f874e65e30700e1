#include "storage/recall/graph_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "storage/files.hpp"

namespace denidin::recall {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view magic{"denidin-graph-1\0", 16};
constexpr size_t crc_bytes = 4;
constexpr const char* ending = ".hnsw";

constexpr uint64_t most_bytes = uint64_t{1} << 30;  ///< of all files

/// A node takes at least: seq, session, order, checksum.
constexpr size_t least_node_bytes = 1 + 16 + 1 + 1;

/// One row in so many may be gone, or have got another vector, for the links to be of use.
constexpr size_t rows_per_change = 16;

std::string name_of_scope(const index_order& of) {
  return of.all ? "all" : storage::to_hex(of.scope.view());
}

std::string_view scope_bytes(const index_order& of) {
  static constexpr std::array<char, 16> none{};
  return of.all ? std::string_view{none.data(), none.size()} : of.scope.view();
}

uint32_t checksum_of(std::span<const int8_t> vector) {
  return storage::crc32c({reinterpret_cast<const char*>(vector.data()), vector.size()});
}

std::string little_endian(uint32_t value) {
  std::string bytes;
  for (unsigned shift = 0; shift < 32; shift += 8)
    bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string body_of(const graph_order& order, const neighbour_graph& graph) {
  storage::record_writer body;
  body.text(scope_bytes(order.of));
  body.number(order.of.model);
  body.number(order.rows.dimension());
  const auto rows = graph.rows_by_node();
  body.number(rows.size());
  for (const auto row : rows) {
    // One that is gone keeps its place under a name that no row has.
    const bool is_gone = row == vector_rows::none;
    const auto ref = is_gone ? storage::memory_ref{} : order.refs[row];
    body.number(ref.seq);
    body.id(ref.session);
    body.number(ref.order);
    body.number(is_gone ? 0 : checksum_of(order.rows[row]));
  }
  graph.write(body);
  return std::move(body).take();
}

caf::error write_file(const fs::path& file, std::string_view head, std::string_view body) {
  const fs::path unfinished = file.string() + ".new";
  const auto give_up = [&](std::string_view what) {
    auto error = storage::system_failure(ec::store_failed, what, unfinished, errno);
    ::unlink(unfinished.c_str());
    return error;
  };
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  const storage::file_descriptor opened{::open(unfinished.c_str(), flags, 0600)};
  if (!opened.is_open())
    return give_up("Cannot create");
  if (!storage::write_all(opened.number(), head) || !storage::write_all(opened.number(), body) ||
      ::fsync(opened.number()) != 0)
    return give_up("Cannot write");
  if (::rename(unfinished.c_str(), file.c_str()) != 0 ||
      !storage::sync_directory(file.parent_path()))
    return give_up("Cannot give its name to");
  return {};
}

/// Files of the same scope that are not `kept`, what a crash left, and the oldest beyond the bound.
void remove_unused(const fs::path& kept, const std::string& scope) {
  std::multimap<fs::file_time_type, fs::path> others;
  uint64_t bytes = 0;
  std::error_code failed;
  for (fs::directory_iterator it{kept.parent_path(), failed}, end; !failed && it != end;
       it.increment(failed)) {
    const auto& path = it->path();
    std::error_code ignored;
    const auto size = it->file_size(ignored);
    if (ignored || path == kept)
      bytes += ignored ? 0 : size;
    else if (path.extension() == ".new" || path.filename().string().starts_with(scope + '-'))
      fs::remove(path, ignored);
    else if (path.extension() == ending) {
      bytes += size;
      others.emplace(it->last_write_time(ignored), path);
    }
  }
  for (const auto& [time, path] : others) {
    if (bytes <= most_bytes)
      return;
    std::error_code ignored;
    bytes -= std::min<uint64_t>(bytes, fs::file_size(path, ignored));
    fs::remove(path, ignored);
  }
}

caf::error unusable(const fs::path& file, const std::string& why) {
  return fail(ec::store_damaged, "The index file '" + file.filename().string() + "' " + why);
}

/// Which row of the order each node of the file stands for; `changed` counts those that are gone
/// and those with another vector.
std::vector<uint32_t> match(storage::record_reader& from, const graph_order& order,
                            size_t& changed) {
  std::map<storage::memory_ref, uint32_t> known;
  for (uint32_t row = 0; row < order.refs.size(); ++row)
    known.emplace(order.refs[row], row);
  std::vector<uint32_t> rows(from.list(least_node_bytes), vector_rows::none);
  for (auto& row : rows) {
    storage::memory_ref ref;
    ref.seq = from.number();
    ref.session = from.id();
    ref.order = from.small_number();
    const auto checksum = from.small_number();
    // Taken out of the list: a name that comes twice must not have one row at two places.
    if (const auto found = known.extract(ref))
      row = found.mapped();
    if (row == vector_rows::none || checksum_of(order.rows[row]) != checksum)
      ++changed;
  }
  return rows;
}

}  // namespace

fs::path graph_file_of(const fs::path& data_root, const index_order& of) {
  return data_root / "index" / (name_of_scope(of) + '-' + std::to_string(of.model) + ending);
}

caf::error write_graph(const fs::path& data_root, const graph_order& order,
                       const neighbour_graph& graph) {
  const auto file = graph_file_of(data_root, order.of);
  if (!storage::make_directories(file.parent_path()))
    return storage::system_failure(ec::store_failed, "Cannot create", file.parent_path(), errno);
  const auto body = body_of(order, graph);
  auto error = write_file(file, std::string{magic} + little_endian(storage::crc32c(body)), body);
  if (!error)
    remove_unused(file, name_of_scope(order.of));
  return error;
}

caf::expected<std::unique_ptr<neighbour_graph>> read_graph(const fs::path& data_root,
                                                           const graph_order& order) {
  const auto file = graph_file_of(data_root, order.of);
  const storage::file_descriptor opened{::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (!opened.is_open() && errno == ENOENT)
    return std::unique_ptr<neighbour_graph>{};
  if (!opened.is_open())
    return storage::system_failure(ec::store_failed, "Cannot read", file, errno);
  std::error_code unknown;
  const auto size = fs::file_size(file, unknown);
  bool failed = static_cast<bool>(unknown) || size > most_bytes;
  std::string whole;
  if (!failed)
    whole = storage::read_at(opened.number(), 0, size, failed);
  if (failed)
    return unusable(file, "cannot be read.");
  const std::string_view content{whole};
  if (!content.starts_with(magic) || content.size() < magic.size() + crc_bytes)
    return unusable(file, "is none, or of another version.");
  const auto body = content.substr(magic.size() + crc_bytes);
  if (content.substr(magic.size(), crc_bytes) != little_endian(storage::crc32c(body)))
    return unusable(file, "is damaged: its checksum does not fit.");
  storage::record_reader from{body};
  const bool is_ours = from.text_view() == scope_bytes(order.of) &&
                       from.number() == order.of.model && from.number() == order.rows.dimension();
  if (!is_ours)
    return unusable(file, "was made for another scope, model or dimension.");
  size_t changed = 0;
  const auto rows = match(from, order, changed);
  if (from.is_sound() && changed > rows.size() / rows_per_change)
    return unusable(file, "was made for other rows.");
  auto graph = neighbour_graph::read(from, order.rows, rows);
  if (!graph || !from.complete())
    return unusable(file, "is damaged: its links do not add up.");
  return graph;
}

}  // namespace denidin::recall
