#include "net/tls.hpp"

#include <boost/asio/ssl/error.hpp>

#include "net/asio.hpp"

namespace denidin::net {

namespace {

namespace ssl = asio::ssl;

constexpr auto protocols = ssl::context::default_workarounds | ssl::context::no_sslv2 |
                           ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                           ssl::context::no_tlsv1_1 | ssl::context::no_compression;

caf::error unusable(const char* what, const std::string& path, const error_code& ec) {
  return fail(ec::listen_failed, std::string{"The TLS "} + what + " '" + path +
                                     "' cannot be used: " + ec.message() +
                                     ". It must be a readable PEM file.");
}

}  // namespace

caf::expected<tls_context> server_tls(const std::string& certificate, const std::string& key) {
  if (certificate.empty() || key.empty())
    return fail(ec::listen_failed,
                certificate.empty()
                    ? "The TLS key '" + key + "' has no certificate. Set http.tls.certificate."
                    : "The TLS certificate '" + certificate + "' has no key. Set http.tls.key.");
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  error_code error;
  context->set_options(protocols, error);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  // An idle connection gives its 34 KB of record buffers back.
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  context->use_certificate_chain_file(certificate, error);
  if (error)
    return unusable("certificate", certificate, error);
  context->use_private_key_file(key, ssl::context::pem, error);
  if (error)
    return unusable("key", key, error);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1)
    return fail(
        ec::listen_failed,
        "The TLS key '" + key + "' does not belong to the certificate '" + certificate + "'.");
  return context;
}

caf::expected<tls_context> client_tls(const std::string& ca_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  error_code error;
  context->set_options(protocols, error);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  context->set_verify_mode(ssl::verify_peer, error);
  context->set_default_verify_paths(error);
  if (error)
    return fail(ec::upstream_tls,
                "The system's certificates cannot be read: " + error.message() + ".");
  if (!ca_file.empty()) {
    context->load_verify_file(ca_file, error);
    if (error)
      return fail(ec::upstream_tls, "The certificates of '" + ca_file + "' cannot be used: " +
                                        error.message() + ". It must be a readable PEM file.");
  }
  return context;
}

}  // namespace denidin::net
