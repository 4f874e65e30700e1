#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "actors/guard.hpp"
#include "actors/metrics.hpp"
#include "messages/interfaces.hpp"
#include "net/channel_wire.hpp"
#include "storage/conversations.hpp"

namespace denidin::actors {

/// Whom the deliveries of one channel concern.
struct intake_surroundings {
  ingress_actor ingress;
  outbound_actor outbound;
  writer_actor writer;
  channel_wire_ptr wire;
  std::shared_ptr<metrics> figures;
  wall_clock now;
};

/// True for what the door will never take, however often it comes: it is dealt with.
inline bool is_settled(const caf::error& refusal) {
  const auto code = code_of(refusal);
  return !refusal || code == ec::blocked || code == ec::message_id_conflict ||
         code == ec::quarantined;
}

/// Hands a delivery to whom it concerns. `done` is called once: without an error when everything
/// that must not be lost is on disk, so that the channel may forget it; with one when it is to be
/// delivered again. Of an actor that lives until then.
template <class Self>
void take_in(Self* self, const intake_surroundings& to, net::delivery what,
             std::function<void(const caf::error&)> done) {
  using kind = net::delivery::kind;
  if (what.what == kind::message) {
    self->request(to.ingress, caf::infinite, enqueue_atom_v, what.message)
        .then([done](const std::string&) { done({}); },
              [done](const caf::error& refusal) {
                done(is_settled(refusal) ? caf::error{} : refusal);
              });
    return;
  }
  to.figures->inbound(to.wire->via(), what.type);
  if (what.what == kind::poison) {
    inbound unreadable;
    unreadable.via = to.wire->via();
    unreadable.instance = to.wire->instance();
    unreadable.text = std::move(what.raw);
    unreadable.received_at = unreadable.sent_at = to.now();
    log::error("channel", "A delivery cannot be read and is put aside.", {{"type", what.type}});
    auto change =
        std::make_shared<const storage::change>([unreadable](storage::write_transaction& txn) {
          return storage::bury_unreadable(txn, unreadable);
        });
    self->request(to.writer, caf::infinite, write_atom_v, change_ptr{change})
        .then([done](uint64_t) { done({}); }, [done](const caf::error& error) { done(error); });
    return;
  }
  if (what.what == kind::report) {
    self->request(to.outbound, caf::infinite, report_atom_v, what.report)
        .then([done](bool) { done({}); }, [done](const caf::error& error) { done(error); });
    return;
  }
  if (what.what == kind::state)
    self->send(to.outbound, state_atom_v, what.state);
  done({});
}

}  // namespace denidin::actors
