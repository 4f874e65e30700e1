#include "bench/bare_pipeline.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actors/writer.hpp"
#include "bench/bare_server.hpp"
#include "bench/child_server.hpp"
#include "bench/made_up.hpp"
#include "net/http_client.hpp"
#include "net/openai.hpp"
#include "storage/recall/vector_rows.hpp"

namespace denidin::bench {

namespace {

constexpr uint32_t dimensions = 384;

/// As many as the chats of P3: one alone would never leave the caches.
constexpr size_t scopes = 64, rows_per_scope = 1'000;

/// As the daemon's scheduler is by default.
struct actors_config : caf::actor_system_config {
  actors_config() {
    add_message_types<caf::id_block::denidin>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", size_t{1});
    set("logger.verbosity", caf::atom("quiet"));
  }
};

std::vector<recall::vector_rows> some_scopes() {
  random_engine random{7};
  maker_of_vectors vectors{random, dimensions, rows_per_scope};
  std::vector<storage::stored_vector> made;
  for (int i = 0; i < 100; ++i)
    made.push_back(storage::quantised(1, vectors.make(random)));
  std::vector<recall::vector_rows> all(scopes);
  for (auto& rows : all)
    for (size_t i = 0; i < rows_per_scope; ++i)
      rows.add(made[random() % made.size()]);
  return all;
}

class pipeline {
 public:
  pipeline(uint16_t model_port, net::http_client& client) : client_{client} {
    const auto base = "http://127.0.0.1:" + std::to_string(model_port) + "/v1";
    embeddings_ = *net::parse_url(base + "/embeddings");
    completions_ = *net::parse_url(base + "/chat/completions");
  }

  /// `writer` none: nothing is committed.
  void spawn(caf::actor_system& system, writer_actor writer) {
    writer_ = std::move(writer);
    actor_ = system.spawn([this](helper_actor::pointer self) -> helper_actor::behavior_type {
      self_ = self;
      return {[](run_atom, const task_ptr& task) { (*task)(); }};
    });
  }

  /// Lets both actors go: the thread of a detached one lasts as long as somebody holds it.
  void end() {
    caf::anon_send_exit(std::exchange(actor_, nullptr), caf::exit_reason::user_shutdown);
    if (writer_)
      caf::anon_send_exit(std::exchange(writer_, nullptr), caf::exit_reason::user_shutdown);
  }

  /// On the loop's thread.
  void take(std::string text, bare_server::answer give) {
    auto each = std::make_shared<message>();
    each->number = ++taken_;
    each->text = std::move(text);
    each->give = std::move(give);
    on_actor([this, each] { accept(each); });
  }

 private:
  struct message {
    uint64_t number = 0;
    std::string text, reply;
    bare_server::answer give;
    std::string key(const char* of) const { return of + std::to_string(number); }
  };
  using message_ptr = std::shared_ptr<message>;

  void on_actor(std::function<void()> what) {
    caf::anon_send(actor_, run_atom_v,
                   std::make_shared<const std::function<void()>>(std::move(what)));
  }

  void accept(const message_ptr& each) {
    const auto insert = [each](storage::write_transaction& txn) {
      return txn.put(storage::table::inbox, each->key("m"), each->text);
    };
    commit(insert, [this, each] { embed(each); });
  }

  template <class Change, class Then>
  void commit(Change what, Then then) {
    if (!writer_)
      return then();
    self_
        ->request(writer_, caf::infinite, write_atom_v,
                  std::make_shared<const storage::change>(std::move(what)))
        .then([then](uint64_t) { then(); });
  }

  void embed(const message_ptr& each) {
    call(embeddings_, net::encode_embeddings({each->text}, "some-model", dimensions),
         [this, each](const net::http_answer& answer) {
           const auto vectors = net::decode_embeddings(answer, 1);
           if (!vectors)
             return each->give("no vector");
           scan(vectors->front());
           complete(each);
         });
  }

  void scan(const std::vector<float>& vector) {
    const auto& rows = rows_[++scans_ % rows_.size()];
    found_.clear();
    rows.scan(rows.packed(vector), found_);
    std::partial_sort(found_.begin(), found_.begin() + 5, found_.end(),
                      [](const auto& a, const auto& b) { return a.cosine > b.cosine; });
  }

  void complete(const message_ptr& each) {
    chat_request request;
    request.messages.push_back({chat_message::author::user, each->text});
    call(completions_, net::encode_chat(request, {.name = "some-model"}),
         [this, each](const net::http_answer& answer) {
           const auto completed = net::decode_chat(answer);
           each->reply = completed.value ? completed.value->text : "no answer";
           if (!writer_)
             return each->give(std::move(each->reply));
           on_actor([this, each] { decide(each); });
         });
  }

  void decide(const message_ptr& each) {
    const auto replace = [each](storage::write_transaction& txn) {
      auto error = txn.erase(storage::table::inbox, each->key("m"));
      if (!error)
        error = txn.put(storage::table::turns, each->key("u"), each->text);
      return error ? error : txn.put(storage::table::turns, each->key("a"), each->reply);
    };
    commit(replace, [each] { each->give(std::move(each->reply)); });
  }

  template <class Then>
  void call(const net::url& to, std::string body, Then then) {
    net::http_call what;
    what.to = to;
    what.body = std::move(body);
    client_.start(std::move(what), [then](const net::http_result& result) { then(result.answer); });
  }

  net::http_client& client_;
  net::url embeddings_, completions_;
  const std::vector<recall::vector_rows> rows_ = some_scopes();
  std::vector<recall::near_row> found_;
  uint64_t taken_ = 0;
  size_t scans_ = 0;
  helper_actor actor_;
  helper_actor::pointer self_ = nullptr;
  writer_actor writer_;
};

}  // namespace

int serve_pipeline(uint16_t model_port, const std::filesystem::path& data_root) {
  std::shared_ptr<storage::store> store;
  if (!data_root.empty()) {
    storage::store::options how;
    how.data_root = data_root;
    auto opened = storage::store::open(std::move(how));
    if (!opened)
      throw std::runtime_error(explain(opened.error()).message);
    store = std::move(*opened);
  }
  net::event_loop loop{1};
  net::http_client client{loop, {}};
  actors_config config;
  pipeline stages{model_port, client};
  caf::actor_system system{config};
  writer_actor writer;
  constexpr uint32_t max_batch = 512;
  if (store)
    writer = system.spawn<caf::detached>(actors::writer, store, max_batch,
                                         std::make_shared<actors::metrics>());
  stages.spawn(system, std::move(writer));
  const bare_server server{loop.context(), [&](std::string body, bare_server::answer give) {
                             stages.take(std::move(body), std::move(give));
                           }};
  serve_until_stdin_closes(server.port());
  stages.end();
  return 0;
}

}  // namespace denidin::bench
