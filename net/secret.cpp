#include "net/secret.hpp"

#include <array>

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace denidin::net {

bool is_same_secret(std::string_view given, std::string_view wanted) {
  // Digests have one length, whatever they are of.
  std::array<unsigned char, SHA256_DIGEST_LENGTH> a{}, b{};
  SHA256(reinterpret_cast<const unsigned char*>(given.data()), given.size(), a.data());
  SHA256(reinterpret_cast<const unsigned char*>(wanted.data()), wanted.size(), b.data());
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace denidin::net
