#include "actors/helper.hpp"

#include "actors/guard.hpp"

namespace denidin::actors {

helper_actor::behavior_type helper(helper_actor::pointer self, const char* name) {
  guard(self, name);
  return {[](run_atom, const task_ptr& task) { (*task)(); }};
}

}  // namespace denidin::actors
