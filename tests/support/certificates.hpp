#pragma once

#include <filesystem>
#include <string>

namespace denidin::test {

/// PEM files of a fresh authority and of a server certificate that it signed.
struct certificates {
  std::string authority;    ///< the root that a client must trust
  std::string certificate;  ///< the server's
  std::string key;          ///< the server's
};

/// Makes them in `directory`, valid for a day. `names` is a subjectAltName as OpenSSL writes it,
/// e.g. `DNS:localhost,IP:127.0.0.1`. Throws `std::runtime_error`.
certificates make_certificates(const std::filesystem::path& directory, const std::string& names);

}  // namespace denidin::test
