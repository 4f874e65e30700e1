#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/embedding_cache.hpp"
#include "messages/interfaces.hpp"

/// The embedder's bookkeeping: who waits for which text, and which pieces of texts wait for a
/// request. Knows no server.
namespace denidin::actors {

/// Many texts that were asked for together.
struct text_collection {
  caf::typed_response_promise<embeddings_ptr> answer;
  embeddings result;
  size_t left = 0;     ///< texts whose fate is open
  caf::error servers;  ///< the last failure of the server
};

/// Somebody who wants the embedding of a text: with a deadline, or as a part of a collection.
struct text_waiter {
  caf::typed_response_promise<embedding_ptr> answer;
  steady_time deadline = steady_time::max();
  std::shared_ptr<text_collection> collection;
  size_t place = 0;  ///< in the collection

  void succeed(const embedding_ptr& value);
  /// `is_texts_own`: the same text would fail again, others would not.
  void fail(const caf::error& error, bool is_texts_own);
};

/// A text that is being embedded, once for all who want it.
struct wanted_text {
  text_key key;
  std::vector<text_waiter> waiters;
  size_t pieces_left = 0;
  std::vector<float> sum;   ///< of its pieces' vectors, weighted with their lengths
  bool is_sent = false;     ///< a request with it, or a part of it, has left
  bool is_settled = false;  ///< answered: what is left of it in queues is void
};
using wanted_text_ptr = std::shared_ptr<wanted_text>;

/// What goes into a request: a text, or a part of one that is too long.
struct text_piece {
  wanted_text_ptr of;
  std::string text;
  uint32_t tokens = 0;  ///< estimate
  steady_time queued{};

  /// When the last of those who wait for it leaves; `min()` when nobody does.
  steady_time needed_until() const;
};
using text_batch = std::vector<text_piece>;

/// Pieces that wait for a request, in order of arrival.
class piece_lane {
 public:
  struct limits {
    size_t pieces = 64;
    uint64_t tokens = 250'000;
  };

  void add(text_piece piece);
  /// A batch that a server did not take whole, and that goes out as it is, before the others.
  void add_again(text_batch batch);
  /// Whether a batch can go: one is full, or its oldest piece has waited from before
  /// `waiting_since`.
  bool is_ready(steady_time waiting_since, const limits& at_most) const;
  /// The next batch, without what is settled already; empty if nothing was left.
  text_batch take(const limits& at_most);
  /// The piece that waits longest to be sent first; none in an empty lane.
  const text_piece* oldest() const { return pieces_.empty() ? nullptr : &pieces_.front(); }
  size_t size() const { return pieces_.size() + pieces_again_; }
  /// Everything in it; empty afterwards.
  text_batch take_all();

 private:
  std::deque<text_piece> pieces_;
  uint64_t tokens_ = 0;
  std::deque<text_batch> again_;
  size_t pieces_again_ = 0;
};

/// The texts that are being embedded, by their key.
class wanted_texts {
 public:
  /// The one of this key; none if nobody wants it yet.
  wanted_text_ptr find(const text_key& key) const;
  wanted_text_ptr add(const text_key& key);
  /// Answers all who wait for it, and forgets it.
  void succeed(const wanted_text_ptr& text, const embedding_ptr& value);
  void fail(const wanted_text_ptr& text, const caf::error& error, bool is_texts_own);
  /// Answers those whose deadline has come, and drops what nobody waits for and was not sent; the
  /// next deadline, `max()` if there is none.
  steady_time expire(steady_time now, const caf::error& error);
  void fail_all(const caf::error& error);

 private:
  std::vector<text_waiter> settle(const wanted_text_ptr& text);

  std::unordered_map<text_key, wanted_text_ptr, text_key_hash> texts_;
};

}  // namespace denidin::actors
