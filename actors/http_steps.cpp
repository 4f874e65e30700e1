#include "actors/http_steps.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json/serialize.hpp>

#include "messages/identity.hpp"

namespace denidin::actors {

bool is_read(const net::http_request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

void answer(const http_exchange_ptr& exchange, std::string body, unsigned status) {
  net::http_reply reply;
  reply.status = status;
  reply.body = std::move(body);
  exchange->respond.send(std::move(reply));
}

void answer(const http_exchange_ptr& exchange, const boost::json::object& body, unsigned status) {
  answer(exchange, boost::json::serialize(body), status);
}

void refuse(const http_exchange_ptr& exchange, const caf::error& why) {
  // An actor that is gone already answers with an error of CAF's: the house is being taken down.
  const auto error = why.category() == caf::atom("denidin") ? why : fail(ec::draining);
  auto reply = net::error_reply(error);
  if (reply.status == 429 || reply.status == 503)
    reply.headers.emplace_back("Retry-After",
                               code_of(error) == ec::chat_rate_exceeded ? "60" : "1");
  if (reply.status == 401)
    reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  exchange->respond.send(std::move(reply));
}

void refuse_method(const http_exchange_ptr& exchange, const char* allowed) {
  auto reply = net::error_reply(fail(ec::method_not_allowed));
  reply.headers.emplace_back("Allow", allowed);
  exchange->respond.send(std::move(reply));
}

caf::expected<uint64_t> number_of(const net::http_request& request, const char* name,
                                  uint64_t otherwise, uint64_t least, uint64_t most) {
  const auto text = request.parameter(name);
  if (text.empty())
    return otherwise;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    return fail(ec::invalid_field,
                "'" + std::string{name} + "' must be a number from " + std::to_string(least) +
                    " to " + std::to_string(most) + ".",
                name);
  return value;
}

caf::error check_parameters(const net::http_request& request,
                            std::initializer_list<std::string_view> known) {
  for (const auto& name : request.parameter_names())
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string list;
      for (const auto each : known)
        list.append(list.empty() ? "" : ", ").append(each);
      return fail(ec::invalid_field, "Unknown parameter. Known are " + list + ".",
                  is_valid_id(name) && name.size() <= 64 ? name : "?");
    }
  return {};
}

void read_aside(http_api_pointer self, const http_exchange_ptr& exchange, read_step read) {
  const auto store = self->state.around.sessions->store;
  if (!store)
    return refuse(exchange, fail(ec::memory_disabled));
  self->send(
      self->state.around.reads, run_atom_v,
      std::make_shared<const std::function<void()>>([exchange, store, read = std::move(read)] {
        auto txn = store->read();
        caf::expected<std::string> body = txn ? read(*txn) : txn.error();
        if (body)
          answer(exchange, std::move(*body));
        else
          refuse(exchange, body.error());
      }));
}

}  // namespace denidin::actors
