#include "net/http_client.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <future>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "net/client_connection.hpp"

namespace denidin::net {

namespace {

using connection_ptr = std::shared_ptr<client_connection>;
using place = std::tuple<bool, std::string, uint16_t>;

place place_of(const url& to) { return {to.tls, to.host, to.port}; }

/// A call under way.
struct job {
  http_call call;
  http_client::completion done;
  deadline::clock::time_point started;
};

}  // namespace

struct http_client::state : std::enable_shared_from_this<state> {
  state(asio::io_context& loop, options options)
      : context(loop), how(std::move(options)), names(std::make_shared<name_cache>(loop)) {}

  /// A connection for this call, the one that rested last or a new one; null once closed.
  connection_ptr take(const place& where);
  /// The call is over: keeps the connection for the next if it can be.
  void give_back(const connection_ptr& connection, const place& where);
  void forget(const connection_ptr& connection);
  void drop_resting(client_connection& connection);
  caf::expected<tls_context> tls();
  awaitable<void> perform(connection_ptr connection, std::unique_ptr<job> work);

  asio::io_context& context;
  const options how;
  const std::shared_ptr<name_cache> names;

  std::mutex mutex;
  std::condition_variable changed;
  std::map<place, std::vector<connection_ptr>> resting;
  std::unordered_set<connection_ptr> running;
  tls_context trusted;
  bool closed = false;
};

connection_ptr http_client::state::take(const place& where) {
  const std::lock_guard lock{mutex};
  if (closed)
    return nullptr;
  connection_ptr connection;
  if (const auto found = resting.find(where); found != resting.end()) {
    connection = std::move(found->second.back());
    found->second.pop_back();
    if (found->second.empty())
      resting.erase(found);
  } else {
    connection = std::make_shared<client_connection>(
        context, names, [weak = weak_from_this()](client_connection& which) {
          if (const auto self = weak.lock())
            self->drop_resting(which);
        });
  }
  running.insert(connection);
  return connection;
}

void http_client::state::give_back(const connection_ptr& connection, const place& where) {
  {
    const std::lock_guard lock{mutex};
    if (!closed && connection->is_reusable()) {
      if (auto& list = resting[where]; list.size() < how.idle_per_host) {
        connection->rest(how.idle_timeout);
        list.push_back(connection);
        return;
      } else if (list.empty()) {
        resting.erase(where);
      }
    }
  }
  connection->close();
}

void http_client::state::forget(const connection_ptr& connection) {
  const std::lock_guard lock{mutex};
  running.erase(connection);
  if (running.empty())
    changed.notify_all();
}

void http_client::state::drop_resting(client_connection& connection) {
  {
    const std::lock_guard lock{mutex};
    const auto is_it = [&](const connection_ptr& other) { return other.get() == &connection; };
    const auto list = std::find_if(resting.begin(), resting.end(), [&](const auto& entry) {
      return std::any_of(entry.second.begin(), entry.second.end(), is_it);
    });
    // Not there: a call has taken it a moment ago and begins next.
    if (list == resting.end())
      return;
    connection.close();
    std::erase_if(list->second, is_it);
    if (list->second.empty())
      resting.erase(list);
  }
}

caf::expected<tls_context> http_client::state::tls() {
  const std::lock_guard lock{mutex};
  if (!trusted) {
    auto made = client_tls(how.ca_file);
    if (!made)
      return made;
    trusted = std::move(*made);
  }
  return trusted;
}

awaitable<void> http_client::state::perform(connection_ptr connection, std::unique_ptr<job> work) {
  const auto self = shared_from_this();
  const auto where = place_of(work->call.to);
  http_result result;
  try {
    caf::expected<tls_context> trust = work->call.to.tls ? tls() : tls_context{};
    if (trust)
      result = co_await connection->perform(work->call, work->started, *trust);
    else
      result.error = trust.error();
  } catch (const std::exception& error) {
    result.error = fail(ec::internal, std::string{"A call out failed: "} + error.what());
  }
  // Before `done`, which may start the next call over this very connection.
  give_back(connection, where);
  try {
    work->done(std::move(result));
  } catch (const std::exception&) {
    // What the caller throws is the caller's; the connection is well.
  }
  work->done = nullptr;
  forget(connection);
}

http_client::http_client(event_loop& loop, options how)
    : data_(std::make_shared<state>(loop.context(), std::move(how))) {}

http_client::~http_client() {
  std::map<place, std::vector<connection_ptr>> resting;
  std::unordered_set<connection_ptr> running;
  {
    const std::lock_guard lock{data_->mutex};
    data_->closed = true;
    resting.swap(data_->resting);
    running = data_->running;
  }
  for (const auto& [where, list] : resting)
    running.insert(list.begin(), list.end());
  for (const auto& connection : running)
    asio::post(connection->executor(), [connection] { connection->abort(); });
  // When it returns, every call has ended. On a loop thread that cannot be waited for.
  if (data_->context.get_executor().running_in_this_thread())
    return;
  std::unique_lock lock{data_->mutex};
  data_->changed.wait(lock, [this] { return data_->running.empty(); });
}

void http_client::start(http_call call, completion done) {
  auto work = std::make_unique<job>(job{std::move(call), std::move(done), deadline::clock::now()});
  auto connection = data_->take(place_of(work->call.to));
  if (!connection) {
    asio::post(data_->context, [done = std::move(work->done)] {
      http_result result;
      result.error = fail(ec::upstream_reset, "The call was not made: the client is closing.");
      done(std::move(result));
    });
    return;
  }
  // Never begun inside this call: `done` may start the next one, and so on without end.
  const auto executor = connection->executor();
  asio::post(executor,
             [self = data_, connection = std::move(connection), work = std::move(work)]() mutable {
               asio::co_spawn(connection->executor(), self->perform(connection, std::move(work)),
                              asio::detached);
             });
}

http_result http_client::run(http_call call) {
  auto ended = std::make_shared<std::promise<http_result>>();
  auto future = ended->get_future();
  start(std::move(call), [ended](http_result result) { ended->set_value(std::move(result)); });
  return future.get();
}

}  // namespace denidin::net
