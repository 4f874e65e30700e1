# Debian 12 packages only (deploy/packages.txt); reasons for each: docs/dependencies.md.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(simdjson REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(lmdb REQUIRED IMPORTED_TARGET lmdb)
find_path(HNSWLIB_INCLUDE_DIR hnswlib/hnswlib.h REQUIRED)
add_library(hnswlib INTERFACE IMPORTED)
set_target_properties(hnswlib PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${HNSWLIB_INCLUDE_DIR})
find_package(mimalloc REQUIRED)
pkg_check_modules(isal REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
find_library(STEMMER_LIBRARY stemmer REQUIRED)
add_library(stemmer UNKNOWN IMPORTED)
set_target_properties(stemmer PROPERTIES IMPORTED_LOCATION ${STEMMER_LIBRARY})

# CAF 0.17 ships neither a CMake package nor a .pc file.
find_path(CAF_INCLUDE_DIR caf/config.hpp REQUIRED)
find_library(CAF_CORE_LIBRARY caf_core REQUIRED)
file(STRINGS ${CAF_INCLUDE_DIR}/caf/config.hpp caf_version REGEX "^#define CAF_VERSION ")
if(NOT caf_version MATCHES " 1706$")
  message(FATAL_ERROR "CAF 0.17.6 is needed, found: ${caf_version}")
endif()
add_library(caf::core UNKNOWN IMPORTED)
set_target_properties(caf::core PROPERTIES
  IMPORTED_LOCATION ${CAF_CORE_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${CAF_INCLUDE_DIR}
  # an unlisted message type becomes a compile error
  INTERFACE_COMPILE_DEFINITIONS CAF_ENABLE_TYPE_ID_CHECKS
  INTERFACE_LINK_LIBRARIES Threads::Threads)

# prometheus-cpp's own package file asks for curl and civetweb, which only its unused parts need.
find_path(PROMETHEUS_INCLUDE_DIR prometheus/registry.h REQUIRED)
find_library(PROMETHEUS_CORE_LIBRARY prometheus-cpp-core REQUIRED)
add_library(prometheus::core UNKNOWN IMPORTED)
set_target_properties(prometheus::core PROPERTIES
  IMPORTED_LOCATION ${PROMETHEUS_CORE_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${PROMETHEUS_INCLUDE_DIR})
