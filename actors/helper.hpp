#pragma once

#include "messages/interfaces.hpp"

namespace denidin::actors {

/// Runs tasks one after the other. Must be spawned detached.
helper_actor::behavior_type helper(helper_actor::pointer self, const char* name);

}  // namespace denidin::actors
