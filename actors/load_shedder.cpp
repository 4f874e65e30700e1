#include "actors/load_shedder.hpp"

#include <utility>

#include "actors/api_json.hpp"
#include "actors/http_access.hpp"
#include "actors/http_steps.hpp"
#include "actors/roles.hpp"
#include "storage/conversations.hpp"

namespace denidin::actors {

namespace {

/// One who waits.
struct place {
  explicit place(std::shared_ptr<std::atomic<uint64_t>> all) : among{std::move(all)} {}
  ~place() { --*among; }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

  const std::shared_ptr<std::atomic<uint64_t>> among;
};

}  // namespace

struct load_shedder::rules {
  explicit rules(settings_ptr of) : settings{std::move(of)}, roles{*settings} {}
  const settings_ptr settings;
  const role_book roles;
};

load_shedder::load_shedder(std::shared_ptr<storage::store> store, std::shared_ptr<metrics> figures,
                           wall_clock now, const settings_ptr& settings)
    : store_{std::move(store)},
      figures_{std::move(figures)},
      now_{std::move(now)},
      waiting_{std::make_shared<std::atomic<uint64_t>>(0)} {
  configure(settings);
}

void load_shedder::configure(const settings_ptr& settings) {
  rules_ = std::make_shared<const rules>(settings);
  most_ = settings->limits.max_in_flight;
}

bool load_shedder::refuses(const http_exchange_ptr& exchange) {
  if (exchange->request.method != "POST" || exchange->request.path != "/v1/messages")
    return false;
  const bool is_one_too_many = waiting_->fetch_add(1) >= most_;
  auto counted = std::make_shared<const place>(waiting_);
  if (!is_one_too_many || is_for_the_interface(*exchange)) {
    exchange->counted = std::move(counted);
    return false;
  }
  ++refused_;
  figures_->error("ingress", ec::overloaded);
  refuse(exchange, fail(ec::overloaded));
  return true;
}

bool load_shedder::is_for_the_interface(net::http_exchange& exchange) const {
  const auto in_force = rules_.load();
  if (!is_authorized(*in_force->settings, exchange.request) ||
      is_cross_site(*in_force->settings, exchange.request))
    return true;
  simdjson::dom::parser parser;
  const auto posted = read_message(parser, exchange.request.body, now_());
  if (!posted)
    return true;
  const auto& message = posted->message;
  const auto as = in_force->roles.of(message.chat_id);
  if (as == role::blocked || in_force->roles.of(message.sender) == role::blocked)
    return true;
  if (!posted->has_own_id)
    return false;
  // What leaves no trace on disk is known to ingress alone.
  if (!store_ || mode_of(*in_force->settings, message.chat_id, as, false) == memory_mode::off)
    return true;
  const auto txn = store_->read();
  if (!txn)
    return true;
  const auto known = storage::find_acceptance(*txn, message);
  return !known || *known;
}

}  // namespace denidin::actors
