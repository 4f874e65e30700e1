#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.hpp"

namespace denidin::config {

namespace {

constexpr size_t largest_file = 1 << 20;

struct descriptor {
  int value = -1;
  ~descriptor() {
    if (value >= 0)
      ::close(value);
  }
};

caf::expected<std::string> read_small_file(const std::string& path) {
  const auto unreadable = [&](const std::string& why, ec code = ec::config_unreadable) {
    return fail(code, "The file " + path + " cannot be read: " + why + ".", path);
  };
  // not blocking: a FIFO in this place must not hold up the start
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.value < 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return unreadable("it does not exist", ec::not_found);
    return unreadable(std::generic_category().message(errno));
  }
  struct stat info;
  if (::fstat(file.value, &info) != 0)
    return unreadable(std::generic_category().message(errno));
  if (S_ISDIR(info.st_mode))
    return unreadable("it is a directory");
  if (!S_ISREG(info.st_mode))
    return unreadable("it is not a regular file");
  std::string text(largest_file + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const auto count = ::read(file.value, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return unreadable(std::generic_category().message(errno));
    if (count == 0)
      break;
    size += static_cast<size_t>(count);
  }
  if (size > largest_file)
    return unreadable("it is larger than 1 MiB");
  text.resize(size);
  return text;
}

}  // namespace

environment environment::of_process() {
  return {.variable = [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            return value && *value ? std::optional<std::string>{value} : std::nullopt;
          },
          .read_file = read_small_file};
}

std::string find_file(const std::string& flag, const environment& env) {
  if (!flag.empty())
    return flag;
  if (const auto named = env.variable("DENIDIN_CONFIG"))
    return *named;
  for (const std::string path : {"config/denidin.json", "config/config.json"}) {
    const auto text = env.read_file(path);
    if (text || code_of(text.error()) != ec::not_found)
      return path;
  }
  return {};
}

}  // namespace denidin::config
