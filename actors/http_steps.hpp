#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "actors/http_api.hpp"
#include "net/http.hpp"

/// What the sources of the HTTP interface share.
namespace denidin::actors {

using http_api_pointer = http_api_actor::stateful_pointer<http_api_state>;

/// Most rows that one page of a list has.
inline constexpr size_t page_limit = 1000;

/// `GET`, or `HEAD`, which is answered by the same.
bool is_read(const net::http_request& request);

/// Answers with this JSON.
void answer(const http_exchange_ptr& exchange, std::string body, unsigned status = 200);
void answer(const http_exchange_ptr& exchange, const boost::json::object& body,
            unsigned status = 200);

/// Answers with an error.
void refuse(const http_exchange_ptr& exchange, const caf::error& why);

/// 405; `allowed` is the value of `Allow`.
void refuse_method(const http_exchange_ptr& exchange, const char* allowed);

/// What every request to an actor does with an error.
inline auto refusing(const http_exchange_ptr& exchange) {
  return [exchange](const caf::error& error) { refuse(exchange, error); };
}

/// A number in a parameter, `otherwise` where it is absent; `invalid_field` when it is out of
/// range.
caf::expected<uint64_t> number_of(const net::http_request& request, const char* name,
                                  uint64_t otherwise, uint64_t least, uint64_t most);

/// `invalid_field` for a parameter that is not known: it would otherwise be a page that never
/// turns.
caf::error check_parameters(const net::http_request& request,
                            std::initializer_list<std::string_view> known);

/// Runs `read` on the helper with a transaction, and answers with the body it makes.
using read_step = std::function<caf::expected<std::string>(const storage::transaction&)>;
void read_aside(http_api_pointer self, const http_exchange_ptr& exchange, read_step read);

}  // namespace denidin::actors
