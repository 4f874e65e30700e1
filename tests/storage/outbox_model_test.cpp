// The outbox against a model of it in memory, with random operations.

#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/storage/outbox_fixture.hpp"

namespace denidin::storage {
namespace {

/// What the outbox is to hold, kept as simply as can be.
struct outbox_model {
  struct part {
    uint64_t reply = 0;
    send_state state = send_state::waiting;
    uint32_t attempts = 0;
  };
  std::map<uint64_t, part> parts;
  uint64_t unknown = 0, dead = 0, last = 0;
  std::map<std::string, uint32_t> sent;  ///< ids and their days

  static bool is_aside(send_state state) {
    return state == send_state::held || state == send_state::dead;
  }
  bool has(uint64_t seq) const { return parts.contains(seq); }
  ec found(uint64_t seq) const { return has(seq) ? ec::none : ec::not_found; }

  void add(size_t count) {
    const auto reply = last + 1;
    for (size_t i = 0; i < count; ++i)
      parts[++last] = {reply};
  }
  ec begin(uint64_t seq) {
    if (!has(seq))
      return ec::not_found;
    unknown += parts[seq].state == send_state::sending;
    parts[seq].state = send_state::sending;
    ++parts[seq].attempts;
    return ec::none;
  }
  ec finish(uint64_t seq, const std::string& id, uint32_t day) {
    if (parts.erase(seq) == 0)
      return ec::not_found;
    sent[id] = day;
    return ec::none;
  }
  ec set(uint64_t seq, send_state to) {
    if (!has(seq))
      return ec::not_found;
    unknown += to == send_state::unknown;
    parts[seq].state = to;
    return ec::none;
  }
  /// The part and those behind it in its reply whose state fits.
  template <class Fits>
  std::vector<uint64_t> rest(uint64_t seq, Fits fits) const {
    std::vector<uint64_t> all{seq};
    for (const auto& [each, what] : parts)
      if (each > seq && what.reply == parts.at(seq).reply && fits(what.state))
        all.push_back(each);
    return all;
  }
  ec put_aside(uint64_t seq, send_state as) {
    if (!has(seq))
      return ec::not_found;
    for (const auto each : rest(seq, [](auto s) { return s == send_state::waiting; })) {
      dead += as == send_state::dead && parts[each].state != send_state::dead;
      parts[each].state = as;
    }
    return ec::none;
  }
  ec send_again(uint64_t seq) {
    if (!has(seq))
      return ec::not_found;
    if (!is_aside(parts[seq].state))
      return ec::invalid_field;
    for (const auto each : rest(seq, is_aside))
      parts[each].state = send_state::waiting;
    return ec::none;
  }
  ec drop(uint64_t seq) {
    if (!has(seq))
      return ec::not_found;
    if (parts[seq].state == send_state::sending)
      return ec::invalid_field;
    auto all = rest(seq, is_aside);
    if (!is_aside(parts[seq].state))
      all.resize(1);
    for (const auto each : all)
      parts.erase(each);
    return ec::none;
  }
  uint64_t recover() {
    uint64_t torn = 0;
    for (auto& [seq, what] : parts)
      if (what.state == send_state::sending) {
        what.state = send_state::unknown;
        ++torn;
      }
    unknown += torn;
    return torn;
  }
};

class random_outboxes : public test::outbox_test {
 protected:
  size_t below(size_t limit) {
    return std::uniform_int_distribution<size_t>{0, limit - 1}(random_);
  }
  uint32_t day() const { return static_cast<uint32_t>(now_.time_since_epoch() / hours_of_day); }

  /// Mostly a part that is there, sometimes one that is gone or never was.
  uint64_t some_part() {
    if (model_.parts.empty() || below(10) == 0)
      return below(model_.last + 2);
    return std::next(model_.parts.begin(), static_cast<long>(below(model_.parts.size())))->first;
  }

  void step() {
    const auto seq = some_part();
    ec done = ec::none, expected = ec::none;
    switch (below(12)) {
      case 0:
      case 1: {
        const auto parts = 1 + below(4);
        model_.add(parts);
        add("chat " + std::to_string(below(3)), parts);
        break;
      }
      case 2:
      case 3:
        expected = model_.begin(seq);
        done = begin(seq);
        break;
      case 4:
      case 5: {
        const auto id = "id " + std::to_string(below(40));
        expected = model_.finish(seq, id, day());
        done = finish(seq, id, now_);
        break;
      }
      case 6:
        expected = model_.set(seq, send_state::waiting);
        done = put_back(seq);
        break;
      case 7:
        expected = model_.set(seq, send_state::unknown);
        done = note_unknown(seq);
        break;
      case 8: {
        const auto as = below(2) == 0 ? send_state::held : send_state::dead;
        expected = model_.put_aside(seq, as);
        done = put_aside(seq, as);
        break;
      }
      case 9:
        expected = model_.send_again(seq);
        done = send_again(seq);
        break;
      case 10:
        expected = model_.drop(seq);
        done = drop(seq);
        break;
      default: now_ += std::chrono::hours{below(24)};
    }
    EXPECT_EQ(done, expected) << "part " << seq;
  }

  void compare() {
    const auto all = rows(0, SIZE_MAX);
    ASSERT_EQ(all.size(), model_.parts.size());
    auto expected = model_.parts.begin();
    for (const auto& row : all) {
      ASSERT_EQ(row.seq, expected->first);
      EXPECT_EQ(row.reply, expected->second.reply) << row.seq;
      EXPECT_EQ(row.state, expected->second.state) << row.seq;
      EXPECT_EQ(row.attempts, expected->second.attempts) << row.seq;
      ++expected;
    }
    EXPECT_EQ(totals().unknown, model_.unknown);
    EXPECT_EQ(totals().dead, model_.dead);
  }

  static constexpr auto hours_of_day = std::chrono::hours{24};
  std::mt19937 random_;
  outbox_model model_;
};

TEST_F(random_outboxes, do_as_a_simple_model_does) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  random_.seed(seed);
  for (int i = 0; i < 1'500 && !HasFailure(); ++i) {
    SCOPED_TRACE("step " + std::to_string(i));
    step();
    if (below(100) == 0) {
      reopen();
      compare();
      EXPECT_EQ(recover(), model_.recover());
    }
    compare();
  }
  for (const auto& [id, day_sent] : model_.sent)
    EXPECT_EQ(knows(id, now_), day_sent + 8 >= day()) << id;
  expect_sound();
}

}  // namespace
}  // namespace denidin::storage
