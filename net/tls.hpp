#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "messages/errors.hpp"

namespace denidin::net {

using tls_context = std::shared_ptr<boost::asio::ssl::context>;

/// For a server: TLS 1.2 or later with these PEM files. `listen_failed` names the one that is at
/// fault.
caf::expected<tls_context> server_tls(const std::string& certificate, const std::string& key);

/// For a client: verifies peers against the system's certificates and those of `ca_file`, if not
/// empty. `upstream_tls` names the file when it cannot be read.
caf::expected<tls_context> client_tls(const std::string& ca_file);

}  // namespace denidin::net
