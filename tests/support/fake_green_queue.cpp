#include "tests/support/fake_green_queue.hpp"

#include <algorithm>

namespace denidin::test {

namespace {

/// How long a webhook may take to answer.
constexpr std::chrono::seconds webhook_patience{180};

net::http_call call_to_webhook(const fake_green_options& options, std::string body) {
  net::http_call call;
  call.to = *net::parse_url(options.webhook_url);
  const auto& form = options.webhook_authorization;
  const auto prefix = form == "bearer" ? "Bearer " : form == "basic" ? "Basic " : "";
  if (!options.webhook_token.empty())
    call.headers.emplace_back("Authorization", prefix + options.webhook_token);
  call.body = std::move(body);
  call.first_byte_timeout = call.total_timeout = webhook_patience;
  return call;
}

}  // namespace

void fake_green_queue::close() {
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
  }
  client_.reset();  // its calls end here and want the mutex
  loop_.reset();
}

void fake_green_queue::change(std::string_view json) {
  const std::lock_guard lock{mutex_};
  options_ = changed(options_, json);
  pause_ = 0;  // there may be another webhook now
  deliver();
}

fake_green_options fake_green_queue::options() const {
  const std::lock_guard lock{mutex_};
  return options_;
}

void fake_green_queue::push(std::string body) {
  const auto shared = std::make_shared<const std::string>(std::move(body));
  const std::lock_guard lock{mutex_};
  for (uint32_t i = 0; i < options_.duplicates; ++i)
    append(shared, false);
  deliver();
}

void fake_green_queue::receive(std::chrono::milliseconds timeout,
                               std::function<void(std::string)> done) {
  const std::lock_guard lock{mutex_};
  if (!entries_.empty()) {
    done(head());
    return;
  }
  const auto id = ++last_waiter_;
  waiters_.emplace(id, std::move(done));
  server_.after(options_.receive_timeout.value_or(timeout), [this, id] {
    const std::lock_guard again{mutex_};
    const auto waiter = waiters_.extract(id);
    if (!waiter.empty())
      waiter.mapped()("null");
  });
}

bool fake_green_queue::remove(uint64_t receipt) {
  const std::lock_guard lock{mutex_};
  const auto place = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const entry& one) { return one.receipt == receipt; });
  if (place == entries_.end())
    return false;
  if (!loses_a_delete())
    take_out(place);
  return true;
}

size_t fake_green_queue::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

std::vector<unsigned> fake_green_queue::webhook_statuses() const {
  const std::lock_guard lock{mutex_};
  return webhook_statuses_;
}

void fake_green_queue::forget() {
  const std::lock_guard lock{mutex_};
  entries_.clear();
  ++forgotten_;
  webhook_statuses_.clear();
}

void fake_green_queue::append(std::shared_ptr<const std::string> body, bool returned) {
  entries_.push_back({++last_receipt_, std::move(body), returned});
}

void fake_green_queue::take_out(std::deque<entry>::iterator place) {
  if (options_.redeliver_after && !place->returned)
    server_.after(*options_.redeliver_after, [this, body = place->body, when = forgotten_] {
      const std::lock_guard lock{mutex_};
      if (when != forgotten_)
        return;
      append(body, true);
      deliver();
    });
  entries_.erase(place);
}

void fake_green_queue::deliver() {
  if (entries_.empty())
    return;
  if (!options_.webhook_url.empty()) {
    post_head();
    return;
  }
  for (const auto& [id, done] : waiters_)
    done(head());
  waiters_.clear();
}

void fake_green_queue::post_head() {
  if (posting_ || closed_ || pause_ != 0)
    return;
  if (client_ == nullptr) {
    loop_ = std::make_unique<net::event_loop>(1);
    client_ = std::make_unique<net::http_client>(*loop_, net::http_client::options{});
  }
  posting_ = true;
  const auto& first = entries_.front();
  client_->start(call_to_webhook(options_, *first.body),
                 [this, receipt = first.receipt](const net::http_result& result) {
                   posted(receipt, result.answer.status);
                 });
}

void fake_green_queue::posted(uint64_t receipt, unsigned status) {
  const std::lock_guard lock{mutex_};
  posting_ = false;
  if (closed_)
    return;
  webhook_statuses_.push_back(status);
  if (status != 200) {
    pause_ = ++pauses_;
    server_.after(options_.webhook_retry, [this, pause = pause_] {
      const std::lock_guard again{mutex_};
      if (pause_ != pause)
        return;
      pause_ = 0;
      deliver();
    });
    return;
  }
  // forgotten meanwhile, perhaps
  if (!entries_.empty() && entries_.front().receipt == receipt)
    take_out(entries_.begin());
  deliver();
}

bool fake_green_queue::loses_a_delete() {
  auto& lose = options_.lose_deletes;
  if (lose < 1)
    return lose > 0 && std::uniform_real_distribution{}(random_) < lose;
  lose -= 1;
  return true;
}

std::string fake_green_queue::head() const {
  const auto& first = entries_.front();
  return R"({"receiptId":)" + std::to_string(first.receipt) + R"(,"body":)" + *first.body + '}';
}

}  // namespace denidin::test
