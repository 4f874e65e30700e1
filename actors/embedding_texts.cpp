#include "actors/embedding_texts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace denidin::actors {

namespace {

void settle_one(text_collection& all) {
  if (--all.left > 0)
    return;
  if (all.servers)
    all.answer.deliver(all.servers);
  else
    all.answer.deliver(embeddings_ptr{std::make_shared<embeddings>(std::move(all.result))});
}

}  // namespace

void text_waiter::succeed(const embedding_ptr& value) {
  if (!collection)
    return void(answer.deliver(value));
  collection->result.of[place] = value;
  settle_one(*collection);
}

void text_waiter::fail(const caf::error& error, bool is_texts_own) {
  if (!collection)
    return void(answer.deliver(error));
  if (!is_texts_own)
    collection->servers = error;
  settle_one(*collection);
}

steady_time text_piece::needed_until() const {
  auto last = steady_time::min();
  for (const auto& waiter : of->waiters)
    last = std::max(last, waiter.deadline);
  return last;
}

void piece_lane::add(text_piece piece) {
  tokens_ += piece.tokens;
  pieces_.push_back(std::move(piece));
}

void piece_lane::add_again(text_batch batch) {
  pieces_again_ += batch.size();
  again_.push_back(std::move(batch));
}

bool piece_lane::is_ready(steady_time waiting_since, const limits& at_most) const {
  return !again_.empty() ||
         (!pieces_.empty() && (pieces_.front().queued <= waiting_since ||
                               pieces_.size() >= at_most.pieces || tokens_ >= at_most.tokens));
}

text_batch piece_lane::take(const limits& at_most) {
  text_batch batch;
  if (!again_.empty()) {
    batch = std::move(again_.front());
    again_.pop_front();
    pieces_again_ -= batch.size();
    std::erase_if(batch, [](const text_piece& each) { return each.of->is_settled; });
    return batch;
  }
  uint64_t tokens = 0;
  while (!pieces_.empty() && batch.size() < at_most.pieces) {
    auto& next = pieces_.front();
    const bool is_wanted = !next.of->is_settled;
    if (is_wanted && !batch.empty() && tokens + next.tokens > at_most.tokens)
      break;
    tokens_ -= next.tokens;
    if (is_wanted) {
      tokens += next.tokens;
      next.of->is_sent = true;
      batch.push_back(std::move(next));
    }
    pieces_.pop_front();
  }
  return batch;
}

text_batch piece_lane::take_all() {
  text_batch all;
  for (auto& batch : std::exchange(again_, {}))
    std::move(batch.begin(), batch.end(), std::back_inserter(all));
  auto pieces = std::exchange(pieces_, {});
  std::move(pieces.begin(), pieces.end(), std::back_inserter(all));
  tokens_ = pieces_again_ = 0;
  return all;
}

wanted_text_ptr wanted_texts::find(const text_key& key) const {
  const auto found = texts_.find(key);
  return found == texts_.end() ? nullptr : found->second;
}

wanted_text_ptr wanted_texts::add(const text_key& key) {
  auto text = std::make_shared<wanted_text>();
  text->key = key;
  texts_.emplace(key, text);
  return text;
}

std::vector<text_waiter> wanted_texts::settle(const wanted_text_ptr& text) {
  text->is_settled = true;
  texts_.erase(text->key);
  return std::exchange(text->waiters, {});
}

void wanted_texts::succeed(const wanted_text_ptr& text, const embedding_ptr& value) {
  for (auto& waiter : settle(text))
    waiter.succeed(value);
}

void wanted_texts::fail(const wanted_text_ptr& text, const caf::error& error, bool is_texts_own) {
  // Another piece of it may have failed before, and the text may have been asked for anew since.
  if (text->is_settled)
    return;
  for (auto& waiter : settle(text))
    waiter.fail(error, is_texts_own);
}

steady_time wanted_texts::expire(steady_time now, const caf::error& error) {
  auto next = steady_time::max();
  std::erase_if(texts_, [&](const auto& entry) {
    auto& text = *entry.second;
    for (auto& waiter : text.waiters) {
      if (waiter.deadline <= now)
        waiter.fail(error, false);
      else
        next = std::min(next, waiter.deadline);
    }
    std::erase_if(text.waiters, [=](const text_waiter& each) { return each.deadline <= now; });
    const bool is_left = text.waiters.empty() && !text.is_sent;
    text.is_settled = text.is_settled || is_left;
    return is_left;
  });
  return next;
}

void wanted_texts::fail_all(const caf::error& error) {
  for (auto& [key, text] : std::exchange(texts_, {})) {
    text->is_settled = true;
    for (auto& waiter : std::exchange(text->waiters, {}))
      waiter.fail(error, false);
  }
}

}  // namespace denidin::actors
