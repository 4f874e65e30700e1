#include "actors/http_channels.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/json.hpp>

#include "actors/outbox_json.hpp"
#include "storage/outbox.hpp"

namespace denidin::actors {

namespace {

namespace json = boost::json;

/// How often it is said that somebody knows no token.
constexpr auto stranger_interval = std::chrono::minutes{1};

/// The number of a part; 0 for `all` and what is no number.
uint64_t number_in(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

caf::error no_outbox() { return fail(ec::not_found, "No channel is on, so there is no outbox."); }

void list(http_api_pointer self, const http_exchange_ptr& exchange) {
  const auto& request = exchange->request;
  if (auto error = check_parameters(request, {"limit", "after"}))
    return refuse(exchange, error);
  auto after = number_of(request, "after", 0, 0, UINT64_MAX);
  auto limit = number_of(request, "limit", 100, 1, page_limit);
  if (!after || !limit)
    return refuse(exchange, !after ? after.error() : limit.error());
  if (!self->state.around.sessions->store)
    return refuse(exchange, no_outbox());
  read_aside(self, exchange,
             [after = *after, limit = *limit, now = self->state.around.sessions->now()](
                 const storage::transaction& txn) -> caf::expected<std::string> {
               return write_outbox_page(txn, after, limit, now);
             });
}

/// Has the channel do something, and answers with how many parts that concerned.
template <class Atom>
void tell_channels(http_api_pointer self, const http_exchange_ptr& exchange, Atom what,
                   uint64_t number, const char* counted) {
  const auto& channels = self->state.around.channels;
  if (channels.empty())
    return refuse(exchange, no_outbox());
  // There is one. A second one will have to be asked too: each knows its own parts.
  self->request(channels.front().outbound, caf::infinite, what, number)
      .then(
          [=](uint64_t count) {
            answer(exchange, {{counted, count}});
          },
          refusing(exchange));
}

/// Somebody who does not know the token: the service itself, when it was told another one.
void note_stranger(http_api_pointer self) {
  auto& state = self->state;
  state.around.sessions->figures->error("webhook", ec::unauthorized);
  const auto now = self->clock().now();
  if (state.stranger_told != steady_time{} && now - state.stranger_told < stranger_interval)
    return;
  state.stranger_told = now;
  log::warn("http_api",
            "Webhooks come with a token that is not channels.green_api.webhook_token; they are "
            "refused.");
}

}  // namespace

void serve_webhook(http_api_pointer self, const http_exchange_ptr& exchange,
                   const std::string& name) {
  const auto& around = self->state.around;
  const auto channel = std::find_if(around.channels.begin(), around.channels.end(),
                                    [&](const auto& each) { return each.wire->webhook() == name; });
  if (channel == around.channels.end() || channel->wire->is_polled())
    return refuse(exchange,
                  fail(ec::not_found, "This channel is not on, or does not deliver by webhook."));
  if (exchange->request.method != "POST")
    return refuse_method(exchange, "POST");
  // A service is no web page: what comes from one is somebody else's.
  if (!exchange->request.origin.empty() || exchange->request.fetch_site == "cross-site")
    return refuse(exchange, fail(ec::cross_site));
  if (!channel->wire->is_authentic(exchange->request)) {
    note_stranger(self);
    return refuse(exchange, fail(ec::unauthorized,
                                 "The webhook's token is not channels.green_api.webhook_token."));
  }
  self->send(channel->outbound, heard_atom_v, std::string{});
  take_in(self, *channel, channel->wire->read_event(exchange->request.body, around.sessions->now()),
          [exchange](const caf::error& error) {
            if (error)
              refuse(exchange, error);
            else
              answer(exchange, json::object{});
          });
}

void serve_outbox(http_api_pointer self, const http_exchange_ptr& exchange,
                  const std::vector<std::string>& parts) {
  const auto& method = exchange->request.method;
  if (parts.size() == 2)
    return is_read(exchange->request) ? list(self, exchange) : refuse_method(exchange, "GET");
  const auto number = number_in(parts[2]);
  const bool is_all = parts[2] == "all";
  if (number == 0 && !is_all)
    return refuse(exchange, fail(ec::invalid_field, "An id of the outbox is a number.", "id"));
  if (parts.size() == 4 && parts[3] == "retry") {
    if (method != "POST")
      return refuse_method(exchange, "POST");
    return tell_channels(self, exchange, resend_atom_v, number, "retried");
  }
  if (parts.size() != 3 || is_all)
    return refuse(exchange, fail(ec::not_found));
  if (method != "DELETE")
    return refuse_method(exchange, "DELETE");
  tell_channels(self, exchange, drop_atom_v, number, "dropped");
}

}  // namespace denidin::actors
