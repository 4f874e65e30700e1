#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/guard.hpp"
#include "actors/outbound_steps.hpp"

/// The way of one part: T3, the call, T4; and what follows when its fate is not known.
namespace denidin::actors {

namespace {

using self_pointer = outbound_pointer;

/// Back-off after a send that failed for certain: 1 s · 2ⁿ, at most a minute.
constexpr std::chrono::milliseconds first_back_off{1'000}, longest_back_off{60'000};

/// A service that limits the rate and does not say for how long.
constexpr std::chrono::milliseconds rate_pause{1'000};

/// How long a report is waited for at most while the channel cannot be reached, and how often that
/// is looked at.
constexpr auto longest_wait = std::chrono::minutes{10};
constexpr auto deaf_interval = std::chrono::seconds{5};

/// How often a part of unknown fate is sent again, then it is held.
constexpr uint32_t most_resends = 2;

/// Reports of one chat that are kept while a send is under way.
constexpr size_t most_early = 16;

/// An answer to what was asked a day ago is worse than none.
constexpr auto give_up_after = std::chrono::hours{24};

outbound_part* find_part(outbound_state& state, uint64_t seq) {
  const auto found = state.parts.find(seq);
  return found == state.parts.end() ? nullptr : &found->second;
}

void wait(self_pointer self, uint64_t seq, std::chrono::milliseconds span) {
  self->delayed_send(self, span, retry_atom_v, seq);
}

/// Nothing of this part is on the network: another one may be.
void step_back(self_pointer self, outbound_part& part) {
  if (!std::exchange(part.is_under_way, false))
    return;
  --self->state.under_way;
  tell_outbound_drained(self->state);
}

/// The part is dealt with, and its chat goes on with the next.
void leave(self_pointer self, uint64_t seq, outbound_part& part) {
  const auto chat_id = part.chat_id;
  step_back(self, part);
  remove_part(self->state, seq);
  release(self, chat_id);
}

/// T4.
void finish(self_pointer self, uint64_t seq, const std::string& provider_id) {
  change_part(
      self, seq,
      [=, now = self->state.around.now()](storage::write_transaction& txn) {
        return storage::finish_send(txn, seq, provider_id, now);
      },
      [=](outbound_part& part) {
        auto& state = self->state;
        ++state.sent;
        state.around.figures->turn(stage::send,
                                   ms_between(part.known_since, self->clock().now()) / 1000);
        log::info("outbound", "Reply sent.",
                  {{"chat", log::chat_tag(part.chat_id)}, {"part", std::to_string(seq)}});
        leave(self, seq, part);
      });
}

void give_up(self_pointer self, uint64_t seq, send_state as, ec why) {
  auto rows = std::make_shared<std::vector<outgoing>>();
  change_part(
      self, seq,
      [=](storage::write_transaction& txn) -> caf::error {
        auto aside = storage::put_aside(txn, seq, as, why);
        if (!aside)
          return aside.error();
        *rows = std::move(*aside);
        return {};
      },
      [=](outbound_part& part) {
        auto& state = self->state;
        log::error("outbound",
                   as == send_state::dead
                       ? "A reply was given up; 'denidin outbox list' shows it."
                       : "A reply may have been sent and is held; 'denidin outbox list' shows it.",
                   {{"chat", log::chat_tag(part.chat_id)},
                    {"part", std::to_string(seq)},
                    {"parts", std::to_string(rows->size())},
                    {"code", std::string{to_string(why)}}});
        if (as == send_state::dead)
          state.around.figures->outbox_dead(rows->size());
        for (const auto& row : *rows) {
          if (row.seq == seq)
            continue;
          state.aside[row.seq] = as;
          remove_part(state, row.seq);
        }
        // The report came while that was being written: its T4 is on the way.
        if (part.is_taken_over)
          return;
        if (!rows->empty())
          state.aside[seq] = as;
        leave(self, seq, part);
      });
}

void back_off(self_pointer self, uint64_t seq, outbound_part& part,
              const net::send_result& result) {
  auto& state = self->state;
  const auto code = code_of(result.why);
  if (state.around.now() - part.created_at >= give_up_after)
    return give_up(self, seq, send_state::dead, code);
  const auto now = self->clock().now();
  const auto jitter = std::uniform_real_distribution<double>{0.5, 1}(state.random);
  const auto longest =
      std::min(first_back_off * (1 << std::min(part.failures, 6u)), longest_back_off);
  std::chrono::milliseconds span{
      static_cast<int64_t>(static_cast<double>(longest.count()) * jitter)};
  if (code == ec::channel_rate_limited) {
    // It is the account that is limited, not this chat.
    span = result.retry_after.value_or(rate_pause);
    state.next_send = std::max(state.next_send, now + span);
  } else if (result.retry_after) {
    span = std::max(span, *result.retry_after);
  }
  ++part.failures;
  change_part(
      self, seq, [=](storage::write_transaction& txn) { return storage::put_back(txn, seq, code); },
      [=](outbound_part& waiting) {
        waiting.state = send_state::waiting;
        waiting.not_before = self->clock().now() + span;
        step_back(self, waiting);
        wait(self, seq, span);
        pump(self);
      });
}

/// Whether a report can be of the part whose fate is open. One without words says at least when: it
/// must not be of an older message of the chat, whose id nobody noted.
bool fits(const outbound_state& state, uint64_t seq, const send_report& report) {
  const auto& part = state.parts.at(seq);
  if (report.text.empty())
    return part.begun_at != wall_time{} &&
           report.at >= std::chrono::floor<std::chrono::seconds>(part.begun_at);
  auto txn = state.around.store->read();
  if (!txn)
    return false;
  const auto row = storage::find_outgoing(*txn, seq);
  return row && *row && (*row)->text == report.text;
}

/// Whether a report is of a message whose fate is known already.
bool is_known(const outbound_state& state, const send_report& report) {
  auto txn = state.around.store->read();
  if (!txn)
    return false;
  const auto& wire = *state.around.wire;
  const auto known =
      storage::was_sent(*txn, wire.via(), wire.instance(), report.provider_id, state.around.now());
  return known && *known;
}

/// A report tells that the part is out.
void is_out(self_pointer self, uint64_t seq, const send_report& report) {
  auto& part = *find_part(self->state, seq);
  if (part.state == send_state::unknown)
    log::info("outbound", "A send of unknown fate went out, says the channel.",
              {{"chat", log::chat_tag(part.chat_id)}, {"part", std::to_string(seq)}});
  part.is_taken_over = true;
  part.again = nullptr;  // whatever else was to be noted of it
  finish(self, seq, report.provider_id);
}

/// No report came in time.
void apply_policy(self_pointer self, uint64_t seq) {
  auto& state = self->state;
  const auto& part = *find_part(state, seq);
  const auto& policy = state.settings->channels.unknown_send;
  // What is sent again and again without a word about its fate is no accident of one connection.
  const bool is_hopeless =
      part.unknowns > most_resends || state.around.now() - part.created_at >= give_up_after;
  if (policy == "hold" || (policy == "resend" && is_hopeless))
    return give_up(self, seq, send_state::held, ec::send_unknown);
  const bool drops = policy == "drop";
  change_part(
      self, seq,
      [=](storage::write_transaction& txn) -> caf::error {
        return drops ? storage::finish_send(txn, seq, {}, {})
                     : storage::put_back(txn, seq, ec::send_unknown);
      },
      [=](outbound_part& decided) {
        // The report came while that was being written: its T4 is on the way.
        if (decided.is_taken_over)
          return;
        log::warn("outbound",
                  drops ? "A part that may have been sent is not sent again."
                        : "A part that may have been sent is sent again.",
                  {{"chat", log::chat_tag(decided.chat_id)}, {"part", std::to_string(seq)}});
        if (drops)
          return leave(self, seq, decided);
        decided.state = send_state::waiting;
        release(self, decided.chat_id);
      });
}

void call_channel(self_pointer self, uint64_t seq, outbound_part& part) {
  auto& state = self->state;
  auto txn = state.around.store->read();
  auto row =
      txn ? storage::find_outgoing(*txn, seq) : caf::expected<std::optional<outgoing>>{txn.error()};
  // Without its T3 nothing may go out, whatever became of that.
  if (row && *row && (*row)->state == send_state::sending)
    return state.around.call(state.around.wire->send(**row), [to_self = outbound_actor{self},
                                                              seq](net::http_result result) {
      caf::anon_send(to_self, answered_atom_v, seq,
                     http_result_ptr{std::make_shared<const net::http_result>(std::move(result))});
    });
  const auto why = row ? fail(ec::not_found) : row.error();
  log::error("outbound", "A part of a reply cannot be read.",
             {{"part", std::to_string(seq)}, log::reason(why)});
  state.around.figures->error("send", code_of(why));
  leave(self, seq, part);
}

}  // namespace

void fate_is_open(self_pointer self, uint64_t seq) {
  change_part(
      self, seq,
      [=](storage::write_transaction& txn) {
        return storage::note_unknown(txn, seq, ec::send_unknown);
      },
      [=](outbound_part& part) {
        auto& state = self->state;
        state.around.figures->outbox_unknown(++state.unknown_total);
        ++part.unknowns;
        step_back(self, part);
        await_report(self, seq);
        pump(self);
      });
}

void send_part(self_pointer self, uint64_t seq) {
  auto& state = self->state;
  auto& begun = *find_part(state, seq);
  begun.is_under_way = true;
  begun.begun_at = state.around.now();
  state.chats.at(begun.chat_id).early.clear();
  ++state.under_way;
  // Nothing of it may go out before T3 is on disk.
  change_part(
      self, seq, [=](storage::write_transaction& txn) { return storage::begin_send(txn, seq); },
      [=](outbound_part& part) {
        part.state = send_state::sending;
        call_channel(self, seq, part);
      });
}

void part_answered(self_pointer self, uint64_t seq, const net::http_result& result) {
  auto& state = self->state;
  auto* part = find_part(state, seq);
  // The channel's own echo may have been quicker.
  if (part == nullptr || part->is_taken_over)
    return;
  const auto ended = state.around.wire->read_sent(result, state.around.now());
  using kind = net::send_result::kind;
  if (ended.what == kind::sent) {
    note_reach(self, {});
    part->is_taken_over = true;
    return finish(self, seq, ended.provider_id);
  }
  const auto what = explain(ended.why);
  state.around.figures->error("send", what.code);
  log::warn("outbound", "A send failed.",
            {{"chat", log::chat_tag(part->chat_id)},
             {"part", std::to_string(seq)},
             log::reason(ended.why),
             {"reason", what.message}});
  if (what.code == ec::channel_unauthorized)
    distrust_account(self);  // the others would be refused as well
  if (ended.what == kind::refused)
    return give_up(self, seq, send_state::dead, what.code);
  if (ended.what == kind::not_sent) {
    note_reach(self, std::string{to_string(what.code)});
    return back_off(self, seq, *part, ended);
  }
  fate_is_open(self, seq);
}

void await_report(self_pointer self, uint64_t seq) {
  auto& state = self->state;
  auto& part = *find_part(state, seq);
  part.state = send_state::unknown;
  part.unknown_since = self->clock().now();
  const auto early = std::exchange(state.chats.at(part.chat_id).early, {});
  for (const auto& report : early)
    if (fits(state, seq, *report))
      return is_out(self, seq, *report);
  const std::chrono::milliseconds patience =
      std::chrono::seconds{state.settings->channels.unknown_wait_s};
  part.not_before = self->clock().now() + patience;
  wait(self, seq, patience);
}

void take_report(self_pointer self, const send_report_ptr& report,
                 caf::typed_response_promise<bool> answer) {
  auto& state = self->state;
  if (!report->failure.empty()) {
    state.around.figures->error("send", ec::channel_rejected);
    log::warn("outbound", "A message that the channel had taken over did not arrive.",
              {{"chat", log::chat_tag(report->chat_id)}, {"status", report->failure}});
  }
  const auto chat = state.chats.find(report->chat_id);
  const auto seq = chat == state.chats.end() || chat->second.queue.empty()
                       ? uint64_t{0}
                       : chat->second.queue.front();
  auto* part = find_part(state, seq);
  const bool is_open = part != nullptr && !part->is_taken_over &&
                       (part->state == send_state::sending || part->state == send_state::unknown);
  // What did not arrive is no proof that it left.
  if (!is_open || !report->failure.empty() || is_known(state, *report) ||
      !fits(state, seq, *report))
    return void(answer.deliver(false));
  // The very words tell enough, even while the answer to the send is still awaited: the process
  // may not live to see it. Without words it may be of somebody else who sends through the account.
  if (part->state == send_state::unknown || !report->text.empty()) {
    part->reporters.push_back(answer);
    return is_out(self, seq, *report);
  }
  if (chat->second.early.size() < most_early)
    chat->second.early.push_back(report);
  answer.deliver(false);
}

void part_is_due(self_pointer self, uint64_t seq) {
  auto& state = self->state;
  auto* part = find_part(state, seq);
  if (part == nullptr || self->clock().now() < part->not_before)
    return;
  // A drain begins no send any more; what was being noted of one that ended goes on.
  if (part->again && state.draining && part->state == send_state::waiting)
    return;
  if (part->again)
    return std::exchange(part->again, nullptr)();
  if (part->is_taken_over || part->is_under_way)
    return;
  if (part->state == send_state::unknown) {
    // While the channel cannot be reached, it cannot report either.
    const bool is_deaf = !state.trouble.empty() && state.trouble != "channel_rate_limited" &&
                         self->clock().now() - part->unknown_since < longest_wait;
    if (!is_deaf)
      return apply_policy(self, seq);
    part->not_before = self->clock().now() + deaf_interval;
    wait(self, seq, deaf_interval);
  } else if (part->state == send_state::waiting)
    release(self, part->chat_id);
}

}  // namespace denidin::actors
