// Graphs of neighbours: what they find, how they grow, and that no file of one can do harm.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "storage/recall/graph_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::recall {
namespace {

namespace fs = std::filesystem;

constexpr size_t dimension = 24;

/// Vectors in clusters, as those of texts are.
class clustered {
 public:
  std::vector<float> make() {
    auto vector = centres_[random_() % centres_.size()];
    for (auto& each : vector)
      each += 0.4F * normal_(random_);
    return normalised(std::move(vector));
  }
  static std::vector<float> normalised(std::vector<float> vector) {
    float length = 0;
    for (const auto each : vector)
      length += each * each;
    for (auto& each : vector)
      each /= std::sqrt(length);
    return vector;
  }

 private:
  std::vector<std::vector<float>> centres() {
    std::vector<std::vector<float>> made(30, std::vector<float>(dimension));
    for (auto& centre : made)
      for (auto& each : centre)
        each = normal_(random_);
    return made;
  }
  std::mt19937 random_{20'240'101};
  std::normal_distribution<float> normal_;
  std::vector<std::vector<float>> centres_ = centres();
};

storage::memory_ref ref_of(size_t n) {
  // As mixed as a scope is: memories and turns.
  storage::memory_ref ref;
  if (n % 2 == 0) {
    ref.seq = n + 1;
  } else {
    ref.session.bytes[3] = static_cast<uint8_t>(n >> 8);
    ref.order = static_cast<uint32_t>(n);
  }
  return ref;
}

class neighbour_graphs : public testing::Test {
 protected:
  graph_order order_of(size_t rows) {
    graph_order order;
    order.of.model = 3;
    order.of.scope.bytes.fill('s');
    for (size_t n = 0; n < rows; ++n) {
      order.rows.add(storage::quantised(3, vectors_.make()));
      order.refs.push_back(ref_of(n));
    }
    return order;
  }
  static std::unique_ptr<neighbour_graph> built(const graph_order& order) {
    auto graph = std::make_unique<neighbour_graph>(order.rows);
    while (!graph->extend(100)) {
    }
    return graph;
  }
  /// The share of the five rows nearest to some questions that a graph finds.
  double recall_of(const neighbour_graph& graph, const vector_rows& rows, int questions = 200) {
    int met = 0;
    for (int i = 0; i < questions; ++i) {
      const auto asked = rows.packed(vectors_.make());
      std::vector<near_row> exact, found;
      rows.scan(asked, exact);
      graph.nearest(asked, 64, found);
      std::sort(exact.begin(), exact.end(),
                [](const auto& a, const auto& b) { return a.cosine > b.cosine; });
      for (int n = 0; n < 5; ++n)
        met += std::any_of(found.begin(), found.end(),
                           [&](const auto& each) { return each.row == exact[n].row; });
    }
    return met / (5.0 * questions);
  }
  std::string content() const {
    std::ifstream in{file_, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  void write(const std::string& what) const {
    std::ofstream{file_, std::ios::binary | std::ios::trunc} << what;
  }
  static mode_t mode_of(const fs::path& path) {
    struct stat about {};
    EXPECT_EQ(::stat(path.c_str(), &about), 0);
    return about.st_mode & 07777;
  }
  /// What reading the file comes to: `used`, `none`, or the code of the error.
  std::string outcome(const graph_order& order) const {
    const auto read = read_graph(root_.path(), order);
    if (!read)
      return std::string{to_string(code_of(read.error()))};
    return *read ? "used" : "none";
  }

  clustered vectors_;
  test::temporary_directory root_;
  fs::path file_ = root_ / "index/73737373737373737373737373737373-3.hnsw";
};

TEST_F(neighbour_graphs, a_graph_finds_nearly_all_that_a_scan_finds) {
  const auto order = order_of(3'000);
  const auto graph = built(order);
  EXPECT_EQ(graph->size(), 3'000u);
  EXPECT_GE(recall_of(*graph, order.rows), 0.99);
}

TEST_F(neighbour_graphs, its_cosines_are_those_of_a_scan) {
  const auto order = order_of(500);
  const auto asked = order.rows.packed(vectors_.make());
  std::vector<near_row> found;
  built(order)->nearest(asked, 20, found);
  ASSERT_EQ(found.size(), 20u);
  for (const auto& each : found)
    EXPECT_EQ(each.cosine, order.rows.cosine(each.row, asked));
}

TEST_F(neighbour_graphs, it_grows_by_what_came_since_and_leaves_the_old_one_as_it_was) {
  auto order = order_of(1'000);
  const auto old = built(order);
  for (size_t n = 1'000; n < 1'500; ++n)
    order.rows.add(storage::quantised(3, vectors_.make()));
  const auto grown = neighbour_graph::grown_from(*old, order.rows);
  EXPECT_FALSE(grown->extend(499));
  EXPECT_TRUE(grown->extend(1));
  EXPECT_EQ(old->size(), 1'000u);
  EXPECT_FALSE(old->holds(1'200));
  EXPECT_TRUE(grown->holds(1'200));
  EXPECT_GE(recall_of(*grown, order.rows), 0.99);
}

TEST_F(neighbour_graphs, an_empty_one_finds_nothing) {
  const auto order = order_of(10);
  std::vector<near_row> found;
  neighbour_graph{order.rows}.nearest(order.rows.packed(vectors_.make()), 5, found);
  EXPECT_TRUE(found.empty());
}

TEST_F(neighbour_graphs, what_was_written_is_read_for_rows_in_another_order) {
  const auto order = order_of(1'200);
  const auto graph = built(order);
  ASSERT_FALSE(write_graph(root_.path(), order, *graph));
  EXPECT_EQ(graph_file_of(root_.path(), order.of), file_);
  EXPECT_EQ(mode_of(file_), 0600u);
  EXPECT_EQ(mode_of(file_.parent_path()), 0700u);
  // As after a start: memories first, then turns.
  graph_order later;
  later.of = order.of;
  for (const size_t first : {1, 0})
    for (size_t n = first; n < 1'200; n += 2) {
      storage::stored_vector vector;
      const auto packed = order.rows[static_cast<uint32_t>(n)];
      std::memcpy(&vector.scale, packed.data(), sizeof(float));
      vector.values.assign(packed.begin() + sizeof(float), packed.end());
      later.rows.add(vector);
      later.refs.push_back(order.refs[n]);
    }
  const auto read = read_graph(root_.path(), later);
  ASSERT_TRUE(read);
  ASSERT_TRUE(*read);
  EXPECT_EQ((*read)->size(), 1'200u);
  EXPECT_GE(recall_of(**read, later.rows), 0.99);
}

TEST_F(neighbour_graphs, rows_that_are_gone_are_not_found_and_hardly_missed) {
  auto order = order_of(2'000);
  ASSERT_FALSE(write_graph(root_.path(), order, *built(order)));
  // One in 25 was forgotten; other rows have their numbers now.
  graph_order later;
  later.of = order.of;
  for (uint32_t n = 0; n < 2'000; ++n)
    if (n % 25 != 0) {
      const auto packed = order.rows[n];
      storage::stored_vector vector;
      std::memcpy(&vector.scale, packed.data(), sizeof(float));
      vector.values.assign(packed.begin() + sizeof(float), packed.end());
      later.rows.add(vector);
      later.refs.push_back(order.refs[n]);
    }
  auto read = read_graph(root_.path(), later);
  ASSERT_TRUE(read);
  ASSERT_TRUE(*read);
  EXPECT_EQ((*read)->size(), 1'920u);
  EXPECT_GE(recall_of(**read, later.rows), 0.99);
  std::vector<near_row> found;
  (*read)->nearest(later.rows.packed(vectors_.make()), 2'000, found);
  EXPECT_EQ(found.size(), 1'920u);
  // And again from a file that knows them as gone.
  ASSERT_FALSE(write_graph(root_.path(), later, **read));
  EXPECT_EQ(outcome(later), "used");
}

TEST_F(neighbour_graphs, no_file_is_no_error) { EXPECT_EQ(outcome(order_of(10)), "none"); }

TEST_F(neighbour_graphs, a_file_of_other_rows_scope_model_or_dimension_is_refused) {
  const auto order = order_of(200);
  ASSERT_FALSE(write_graph(root_.path(), order, *built(order)));
  EXPECT_EQ(outcome(order), "used");
  auto other = order_of(200);
  EXPECT_EQ(outcome(other), "store_damaged") << "the same names with other vectors";
  other = order;
  other.of.model = 4;
  fs::copy_file(file_, graph_file_of(root_.path(), other.of));
  EXPECT_EQ(outcome(other), "store_damaged");
  other = order;
  other.of.scope.bytes.fill('t');
  fs::copy_file(file_, graph_file_of(root_.path(), other.of));
  EXPECT_EQ(outcome(other), "store_damaged");
  other = order;
  other.of.all = true;
  fs::copy_file(file_, graph_file_of(root_.path(), other.of));
  EXPECT_EQ(outcome(other), "store_damaged");
  other = order;
  other.rows = {};
  const std::vector<float> shorter = clustered::normalised(std::vector<float>(dimension - 1, 1.0F));
  for (size_t n = 0; n < 200; ++n)
    other.rows.add(storage::quantised(3, shorter));
  EXPECT_EQ(outcome(other), "store_damaged");
}

TEST_F(neighbour_graphs, a_damaged_file_is_refused_wherever_the_damage_is) {
  const auto order = order_of(100);
  ASSERT_FALSE(write_graph(root_.path(), order, *built(order)));
  const auto sound = content();
  for (size_t length = 0; length < sound.size(); length += length < 100 ? 1 : 41) {
    write(sound.substr(0, length));
    ASSERT_EQ(outcome(order), "store_damaged") << "cut to " << length;
  }
  write(sound + '\0');
  EXPECT_EQ(outcome(order), "store_damaged");
  for (size_t at = 0; at < sound.size(); at += at < 100 ? 1 : 13) {
    auto flipped = sound;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
    write(flipped);
    ASSERT_EQ(outcome(order), "store_damaged") << "byte " << at;
  }
  ASSERT_FALSE(write_graph(root_.path(), order, *built(order)));
  EXPECT_EQ(outcome(order), "used");
}

TEST_F(neighbour_graphs, even_with_a_checksum_that_fits_it_does_no_harm) {
  const auto order = order_of(100);
  ASSERT_FALSE(write_graph(root_.path(), order, *built(order)));
  const auto sound = content();
  constexpr size_t head = 20;
  int refused = 0, used = 0;
  for (size_t at = head; at < sound.size(); at += at < head + 60 ? 1 : 11) {
    auto body = sound.substr(head);
    body[at - head] = static_cast<char>(body[at - head] ^ (1 << at % 8));
    const auto crc = storage::crc32c(body);
    auto file = sound.substr(0, head - 4);
    for (unsigned shift = 0; shift < 32; shift += 8)
      file += static_cast<char>(crc >> shift);
    write(file + body);
    auto read = read_graph(root_.path(), order);
    ++(read ? used : refused);
    if (!read)
      continue;
    // Whatever it links: every row that it finds is one.
    ASSERT_TRUE(*read);
    (*read)->extend(SIZE_MAX);
    std::vector<near_row> found;
    (*read)->nearest(order.rows.packed(vectors_.make()), 10, found);
    for (const auto& each : found)
      ASSERT_LT(each.row, 100u);
  }
  EXPECT_GT(refused, 20);
  EXPECT_GT(used, 20);
}

TEST_F(neighbour_graphs, a_new_file_takes_the_place_of_those_of_other_models_and_of_leftovers) {
  auto order = order_of(50);
  const auto graph = built(order);
  ASSERT_FALSE(write_graph(root_.path(), order, *graph));
  auto other = order;
  other.of.scope.bytes.fill('t');
  ASSERT_FALSE(write_graph(root_.path(), other, *graph));
  std::ofstream{file_.string() + ".new"} << "what a crash left";
  order.of.model = 4;
  ASSERT_FALSE(write_graph(root_.path(), order, *graph));
  EXPECT_FALSE(fs::exists(file_));
  EXPECT_FALSE(fs::exists(file_.string() + ".new"));
  EXPECT_TRUE(fs::exists(graph_file_of(root_.path(), order.of)));
  EXPECT_TRUE(fs::exists(graph_file_of(root_.path(), other.of)));
}

TEST_F(neighbour_graphs, what_cannot_be_written_is_an_error_and_the_old_file_stays) {
  const auto order = order_of(50);
  const auto graph = built(order);
  ASSERT_FALSE(write_graph(root_.path(), order, *graph));
  const auto before = content();
  fs::create_directory(file_.string() + ".new");
  EXPECT_EQ(code_of(write_graph(root_.path(), order, *graph)), ec::store_failed);
  EXPECT_EQ(content(), before);
}

TEST(vector_rows, a_copy_keeps_the_rows_that_there_were) {
  clustered vectors;
  vector_rows rows;
  std::vector<std::vector<float>> made;
  for (int i = 0; i < 100; ++i)
    rows.add(storage::quantised(1, made.emplace_back(vectors.make())));
  const auto copy = rows;
  const auto* place = copy[17].data();
  for (int i = 0; i < 1'000; ++i)
    rows.add(storage::quantised(1, made.emplace_back(vectors.make())));
  EXPECT_EQ(copy.size(), 100u);
  EXPECT_EQ(rows.size(), 1'100u);
  EXPECT_EQ(rows[17].data(), place) << "rows never move";
  for (uint32_t row = 0; row < rows.size(); ++row)
    EXPECT_NEAR(rows.cosine(row, rows.packed(made[row])), 1, 0.01);
}

TEST(vector_rows, products_are_exact_for_every_length) {
  std::mt19937 random{5};
  for (size_t length = 0; length < 200; ++length) {
    std::vector<int8_t> a(length), b(length);
    int32_t sum = 0;
    for (size_t i = 0; i < length; ++i) {
      // Every third pair is as large as can be.
      a[i] =
          i % 3 == 0 ? int8_t{-127} : static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
      b[i] = i % 3 == 0 ? int8_t{127} : static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
      sum += a[i] * b[i];
    }
    EXPECT_EQ(dot(a.data(), b.data(), length), sum) << length;
  }
}

}  // namespace
}  // namespace denidin::recall
