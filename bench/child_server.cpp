#include "bench/child_server.hpp"

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace denidin::bench {

child_server::child_server(const std::string& program, std::vector<std::string> arguments) {
  std::vector<char*> words{const_cast<char*>(program.c_str())};
  for (auto& each : arguments)
    words.push_back(each.data());
  words.push_back(nullptr);
  // Of no other child: it would hold open what is to end this one.
  int to_child[2], from_child[2];
  if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe for " + program);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(to_child[0], STDIN_FILENO);
    ::dup2(from_child[1], STDOUT_FILENO);
    ::execv(program.c_str(), words.data());
    ::_exit(127);
  }
  ::close(to_child[0]);
  ::close(from_child[1]);
  stdin_ = to_child[1];
  auto* out = ::fdopen(from_child[0], "r");
  unsigned port = 0;
  const bool told = std::fscanf(out, "listening on 127.0.0.1:%u", &port) == 1;
  std::fclose(out);
  if (told) {
    port_ = static_cast<uint16_t>(port);
    return;
  }
  ::close(stdin_);
  ::waitpid(pid_, nullptr, 0);
  throw std::runtime_error(program + " did not start");
}

child_server::~child_server() {
  ::close(stdin_);
  ::waitpid(pid_, nullptr, 0);
}

std::string own_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

void serve_until_stdin_closes(uint16_t port) {
  std::cout << "listening on 127.0.0.1:" << port << std::endl;
  while (std::cin.get() != std::char_traits<char>::eof()) {
  }
}

}  // namespace denidin::bench
