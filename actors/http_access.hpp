#pragma once

#include "config/settings.hpp"
#include "net/http.hpp"

namespace denidin::actors {

/// True for a request that carries `http.api_token` as its bearer token, and where there is none.
bool is_authorized(const config::settings& settings, const net::http_request& request);

/// True for what a web page of somebody else could make a browser on this machine send: another
/// site's `Origin` or `Sec-Fetch-Site`, or a `Host` that is a name of the network, which a page can
/// bring to this machine (DNS rebinding). Never where a token is asked for or a proxy stands in
/// front.
bool is_cross_site(const config::settings& settings, const net::http_request& request);

}  // namespace denidin::actors
