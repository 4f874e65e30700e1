#include "net/name_cache.hpp"

#include <boost/asio/post.hpp>

namespace denidin::net {

namespace {

constexpr std::chrono::seconds fresh_for{10};

}  // namespace

awaitable<void> name_cache::find(const std::string& host, uint16_t port, waiter_ptr who,
                                 deadline::clock::time_point until) {
  error_code ec;
  if (const auto literal = asio::ip::make_address(host, ec); !ec) {
    who->found.emplace_back(literal, port);
    who->has_come = true;
    co_return;
  }
  if (!ask({host, port}, who))
    co_return;
  who->wake.expires_at(until);
  co_await who->wake.async_wait(as_result);
}

bool name_cache::ask(const key& what, const waiter_ptr& who) {
  const std::lock_guard lock{mutex_};
  auto& entry = entries_[what];
  if (deadline::clock::now() < entry.fresh_until) {
    who->found = entry.found;
    who->has_come = true;
    return false;
  }
  entry.waiting.push_back(who);
  if (entry.waiting.size() == 1)
    resolver_.async_resolve(
        what.first, std::to_string(what.second),
        [self = shared_from_this(), what](error_code ec, tcp::resolver::results_type results) {
          self->answer(what, ec, results);
        });
  return true;
}

void name_cache::answer(const key& what, error_code ec,
                        const tcp::resolver::results_type& results) {
  addresses found;
  for (const auto& result : results)
    found.push_back(result.endpoint());
  std::vector<waiter_ptr> waiting;
  {
    const std::lock_guard lock{mutex_};
    auto& entry = entries_[what];
    waiting.swap(entry.waiting);
    entry.found = found;
    if (!ec)
      entry.fresh_until = deadline::clock::now() + fresh_for;
  }
  for (const auto& who : waiting)
    asio::post(who->wake.get_executor(), [who, ec, found] {
      who->error = ec;
      who->found = found;
      who->has_come = true;
      who->wake.cancel();
    });
}

void name_cache::forget(const std::string& host, uint16_t port) {
  const std::lock_guard lock{mutex_};
  if (const auto it = entries_.find({host, port}); it != entries_.end())
    it->second.fresh_until = {};
}

}  // namespace denidin::net
