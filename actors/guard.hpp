#pragma once

#include <exception>

#include <caf/all.hpp>

#include "actors/log.hpp"

namespace denidin::actors {

/// Replaces CAF's defaults, which print exceptions, unexpected messages and DOWN messages with
/// their content to standard output. An exception ends the actor with `ec::internal`; the
/// supervisor or ingress then does what the crash policy says. Called first in every actor's
/// behaviour function.
template <class Self>
void guard(Self* self, const char* who) {
  self->set_exception_handler([who](caf::scheduled_actor*, std::exception_ptr& thrown) {
    // The type says enough to find the place; what() of a parser could quote what somebody wrote.
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      log::error(who, "An exception ended the actor.", {{"type", typeid(e).name()}});
    } catch (...) {
      log::error(who, "An exception ended the actor.");
    }
    return fail(ec::internal, "an exception ended the actor", who);
  });
  self->set_default_handler(
      [who](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
        log::error(who, "An unexpected message was dropped.");
        return caf::make_error(caf::sec::unexpected_message);
      });
  self->set_down_handler([](caf::scheduled_actor*, caf::down_msg&) {});
}

/// Milliseconds between two points of the steady clock.
inline double ms_between(std::chrono::steady_clock::time_point from,
                         std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

}  // namespace denidin::actors
