#include "actors/writer.hpp"

#include <chrono>

#include "actors/guard.hpp"

namespace denidin::actors {

namespace {

using self_pointer = writer_actor::stateful_pointer<writer_state>;

void commit(self_pointer self, storage::store& store, metrics& figures) {
  auto& state = self->state;
  auto batch = std::exchange(state.batch, {});
  state.commit_is_due = false;
  figures.set_queue_length("writer", batch.size());
  if (batch.empty())
    return;
  std::vector<const storage::change*> changes;
  changes.reserve(batch.size());
  for (const auto& waiting : batch)
    changes.push_back(waiting.what.get());
  const auto begin = std::chrono::steady_clock::now();
  const auto result = store.apply(changes);
  figures.commit(ms_between(begin, std::chrono::steady_clock::now()) / 1000, batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    if (const auto& error = result.errors[i]) {
      figures.error("store", code_of(error));
      batch[i].answer.deliver(error);
    } else {
      batch[i].answer.deliver(result.transaction_id);
    }
  }
  if (result.must_stop) {
    log::error("writer", "Failed to save session: the store cannot go on; stopping.");
    self->quit(fail(ec::store_failed));
  }
}

}  // namespace

writer_state::~writer_state() {
  for (auto& waiting : batch)
    waiting.answer.deliver(fail(ec::store_unavailable));
}

writer_actor::behavior_type writer(self_pointer self, std::shared_ptr<storage::store> store,
                                   uint32_t max_batch, std::shared_ptr<metrics> figures) {
  guard(self, "writer");
  // What was handed in before the exit is committed before the end.
  self->set_exit_handler([=](caf::exit_msg& exit) {
    commit(self, *store, *figures);
    self->quit(std::move(exit.reason));
  });
  return {
      [=](write_atom, const change_ptr& what) -> caf::result<uint64_t> {
        auto& state = self->state;
        auto answer = self->make_response_promise<uint64_t>();
        state.batch.push_back({what, answer});
        if (state.batch.size() >= max_batch) {
          commit(self, *store, *figures);
        } else if (!state.commit_is_due) {
          // To itself, hence behind every change that is in the mailbox already: that is the batch.
          state.commit_is_due = true;
          self->send(self, commit_atom_v);
        }
        return answer;
      },
      [=](commit_atom) { commit(self, *store, *figures); },
  };
}

}  // namespace denidin::actors
