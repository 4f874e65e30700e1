#pragma once

#include <string_view>

namespace denidin {

/// The version of this build, as `denidin version` and `denidin_build_info` show it.
inline constexpr std::string_view version = DENIDIN_VERSION;

}  // namespace denidin
