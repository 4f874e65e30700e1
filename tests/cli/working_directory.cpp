#include "tests/cli/working_directory.hpp"

#include <cerrno>
#include <system_error>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace denidin::cli {

silent_port::silent_port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  if (socket_ < 0 || ::bind(socket_, reinterpret_cast<sockaddr*>(&place), size) != 0 ||
      ::getsockname(socket_, reinterpret_cast<sockaddr*>(&place), &size) != 0)
    throw std::system_error(errno, std::generic_category(), "no port on 127.0.0.1");
  number_ = ntohs(place.sin_port);
}

silent_port::~silent_port() { ::close(socket_); }

}  // namespace denidin::cli
