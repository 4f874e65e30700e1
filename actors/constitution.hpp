#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "config/settings.hpp"
#include "messages/interfaces.hpp"

namespace denidin::actors {

/// The system text of requests: `constitution_config.file`, an empty line, `system_message`. The
/// file is read again when its time or size changes; while it cannot be read the last text stays.
class constitution {
 public:
  /// Looks at the file and returns the text in force, never none. A file that cannot be read or is
  /// larger than 1 MiB is logged once per change.
  std::shared_ptr<const system_prompt> refresh(const config::settings& settings);

  /// The text as of the last `refresh`.
  const std::shared_ptr<const system_prompt>& text() const { return text_; }

 private:
  std::string file_, message_, content_;
  std::filesystem::file_time_type changed_{};
  uintmax_t size_ = 0;
  bool unreadable_ = false;
  std::shared_ptr<const system_prompt> text_;
};

}  // namespace denidin::actors
