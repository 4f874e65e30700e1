#pragma once

#include <string>
#include <vector>

#include "actors/http_steps.hpp"

/// The part of the HTTP interface that is about channels.
namespace denidin::actors {

/// `POST /webhooks/{name}`: what a channel delivers. Answered 200 when it is on disk, or can never
/// be read and is put aside.
void serve_webhook(http_api_pointer self, const http_exchange_ptr& exchange,
                   const std::string& name);

/// `GET /admin/outbox`, `POST /admin/outbox/{id}/retry`, `DELETE /admin/outbox/{id}`; the id `all`
/// of a retry means everything that was put aside.
void serve_outbox(http_api_pointer self, const http_exchange_ptr& exchange,
                  const std::vector<std::string>& parts);

}  // namespace denidin::actors
