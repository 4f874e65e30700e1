#include "tests/support/raw_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/wait_until.hpp"

namespace denidin::test {

namespace {

[[noreturn]] void give_up(const char* what) {
  throw std::runtime_error{std::string{what} + ": " + std::strerror(errno)};
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void limit_waiting(int descriptor) {
  const timeval time{patience.count(), 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

raw_socket::raw_socket(uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const auto address = loopback(port);
  if (descriptor_ < 0)
    give_up("socket");
  limit_waiting(descriptor_);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor_);
    give_up("connect");
  }
}

raw_socket::raw_socket(adopted from) : descriptor_(from.descriptor) { limit_waiting(descriptor_); }

raw_socket::raw_socket(raw_socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)) {}

raw_socket::~raw_socket() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

bool raw_socket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

bool raw_socket::receive_some() {
  std::array<char, 65'536> bytes;
  const auto count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    throw std::runtime_error{"the other side neither sent anything nor closed"};
  if (count <= 0)
    return false;
  buffer_.append(bytes.data(), static_cast<size_t>(count));
  return true;
}

std::string raw_socket::receive_until(std::string_view end) {
  size_t at;
  while ((at = buffer_.find(end)) == std::string::npos)
    if (!receive_some())
      return std::exchange(buffer_, {});
  auto result = buffer_.substr(0, at + end.size());
  buffer_.erase(0, at + end.size());
  return result;
}

std::string raw_socket::receive_answer() {
  auto result = receive_until("\r\n\r\n");
  constexpr std::string_view name = "Content-Length: ";
  const auto at = result.find(name);
  const auto length = at == std::string::npos ? 0 : std::stoul(result.substr(at + name.size(), 20));
  while (buffer_.size() < length && receive_some()) {
  }
  result += buffer_.substr(0, length);
  buffer_.erase(0, length);
  return result;
}

std::string raw_socket::receive_all() {
  while (receive_some()) {
  }
  return std::exchange(buffer_, {});
}

void raw_socket::finish() { ::shutdown(descriptor_, SHUT_WR); }

raw_listener::raw_listener(uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
  auto address = loopback(port);
  socklen_t size = sizeof address;
  const int again = 1;
  if (descriptor_ < 0 ||
      ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again) != 0 ||
      ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(descriptor_, 128) != 0 ||
      ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    give_up("listen");
  port_ = ntohs(address.sin_port);
  limit_waiting(descriptor_);
}

raw_listener::~raw_listener() { ::close(descriptor_); }

raw_socket raw_listener::accept() {
  const int accepted = ::accept(descriptor_, nullptr, nullptr);
  if (accepted < 0)
    give_up("accept");
  return raw_socket::adopt(accepted);
}

uint16_t unused_port() { return raw_listener{}.port(); }

}  // namespace denidin::test
