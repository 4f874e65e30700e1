#include "tests/support/certificates.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace denidin::test {

namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using file_ptr = std::unique_ptr<FILE, decltype(&std::fclose)>;

void check(bool is_good, const char* what) {
  if (!is_good)
    throw std::runtime_error{std::string{"cannot make a certificate: "} + what};
}

key_ptr make_key() {
  key_ptr key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  check(key != nullptr, "key");
  return key;
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension{
      X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()), X509_EXTENSION_free};
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

certificate_ptr make_certificate(const char* name, long serial, EVP_PKEY* key) {
  certificate_ptr result{X509_new(), X509_free};
  check(result != nullptr, "certificate");
  X509_set_version(result.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(result.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(result.get()), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(result.get()), 86'400);
  X509_set_pubkey(result.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(result.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return result;
}

file_ptr create(const std::string& path) {
  file_ptr file{std::fopen(path.c_str(), "w"), std::fclose};
  check(file != nullptr, path.c_str());
  return file;
}

}  // namespace

certificates make_certificates(const std::filesystem::path& directory, const std::string& names) {
  const auto root_key = make_key();
  const auto root = make_certificate("DeniDin test authority", 1, root_key.get());
  X509_set_issuer_name(root.get(), X509_get_subject_name(root.get()));
  extend(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(root.get(), root.get(), NID_key_usage, "critical,keyCertSign");
  check(X509_sign(root.get(), root_key.get(), EVP_sha256()) > 0, "signature");

  const auto key = make_key();
  const auto server = make_certificate("DeniDin test server", 2, key.get());
  X509_set_issuer_name(server.get(), X509_get_subject_name(root.get()));
  extend(server.get(), root.get(), NID_subject_alt_name, names);
  check(X509_sign(server.get(), root_key.get(), EVP_sha256()) > 0, "signature");

  const certificates result{directory / "authority.pem", directory / "server.pem",
                            directory / "server.key"};
  check(PEM_write_X509(create(result.authority).get(), root.get()) == 1, "authority");
  check(PEM_write_X509(create(result.certificate).get(), server.get()) == 1, "certificate");
  check(PEM_write_PrivateKey(create(result.key).get(), key.get(), nullptr, nullptr, 0, nullptr,
                             nullptr) == 1,
        "key");
  return result;
}

}  // namespace denidin::test
