#include "actors/topology.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <caf/all.hpp>

#include "actors/archivist.hpp"
#include "actors/embedder.hpp"
#include "actors/guard.hpp"
#include "actors/helper.hpp"
#include "actors/http_api.hpp"
#include "actors/indexer.hpp"
#include "actors/ingress.hpp"
#include "actors/llm.hpp"
#include "actors/load_shedder.hpp"
#include "actors/outbound.hpp"
#include "actors/poller.hpp"
#include "actors/recall.hpp"
#include "actors/supervisor.hpp"
#include "actors/sweeper.hpp"
#include "actors/writer.hpp"
#include "net/event_loop.hpp"
#include "net/green_api.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "storage/backup.hpp"
#include "storage/conversations.hpp"
#include "storage/outbox.hpp"

namespace denidin::actors {

namespace {

/// Starts of the daemon that may find the same message waiting before it is put aside.
constexpr uint32_t start_attempts = 3;

/// For a send that is under way when the time for draining is over.
constexpr auto least_patience = std::chrono::milliseconds{500};

/// How long an interface that has nothing left to answer may take to close its connections.
constexpr auto close_patience = std::chrono::seconds{2};

struct actor_system_config : caf::actor_system_config {
  explicit actor_system_config(const config::settings& settings) {
    add_message_types<caf::id_block::denidin>();
    set("scheduler.policy", caf::atom_from_string(settings.topology.scheduler_policy));
    set("scheduler.max-threads", static_cast<size_t>(settings.topology.scheduler_threads));
    // A burst for one actor must not hold up the others of its thread.
    set("scheduler.max-throughput", static_cast<size_t>(50));
    set("logger.verbosity", caf::atom("quiet"));
  }
};

/// Evaluates one change on the caller's thread, before there is a writer.
caf::error apply_now(storage::store& store, const storage::change& what) {
  const storage::change* one[] = {&what};
  return store.apply(one).errors.front();
}

/// Who waits, where that cannot be counted for want of room.
caf::expected<storage::requeued> look_who_waits(const storage::store& store) {
  auto txn = store.read();
  if (!txn)
    return txn.error();
  return storage::find_waiting(*txn);
}

caf::expected<storage::requeued> requeue(storage::store& store) {
  storage::requeued result;
  auto error = apply_now(store, [&](storage::write_transaction& txn) -> caf::error {
    auto found = storage::requeue(txn, start_attempts);
    if (!found)
      return found.error();
    result = std::move(*found);
    // Which sends the last process did not see the end of.
    const auto torn = storage::recover_outbox(txn);
    return torn ? caf::error{} : torn.error();
  });
  if (code_of(error) == ec::store_full) {
    log::error("topology", explain(error).message, {log::reason(error)});
    return look_who_waits(store);
  }
  if (error)
    return error;
  return result;
}

std::vector<std::string> backend_names(const config::settings& settings) {
  std::vector<std::string> names;
  for (const auto& backend : settings.topology.backends)
    names.push_back(backend.name);
  return names;
}

/// The wires of the channels that are on.
caf::expected<std::vector<channel_wire_ptr>> wires_of(const config::settings& settings) {
  std::vector<channel_wire_ptr> wires;
  if (const auto& green = settings.green_api; green.is_on()) {
    auto wire =
        net::green_api({green.api_url, green.instance_id, green.token, green.mode == "webhook",
                        green.webhook_token, std::chrono::seconds{green.receive_timeout_s}});
    if (!wire)
      return std::move(wire.error());
    wires.push_back(std::move(*wire));
  }
  return wires;
}

/// What is there before the first thread.
struct opened_store {
  std::shared_ptr<storage::store> store;
  std::shared_ptr<storage::verification_run> verification;
};

caf::expected<opened_store> open_store(const config::settings& settings, const wall_clock& now) {
  storage::store::options how;
  how.data_root = settings.data_root;
  how.now = now;
  auto opened = storage::store::open(std::move(how));
  if (!opened)
    return std::move(opened.error());
  log::set_key((*opened)->log_key());
  auto verification = storage::verification_run::begin(**opened);
  if (!verification)
    return std::move(verification.error());
  return opened_store{std::move(*opened), std::move(*verification)};
}

}  // namespace

struct topology::state {
  state(const config::settings& wanted, opened_store from, const wall_clock& now)
      : settings(std::make_shared<const config::settings>(wanted)),
        figures(std::make_shared<metrics>(backend_names(wanted))),
        store(std::move(from.store)),
        verification(std::move(from.verification)),
        shedder(std::make_shared<load_shedder>(store, figures, now, settings)),
        loop(std::make_unique<net::event_loop>(wanted.http.threads)),
        client(std::make_shared<net::http_client>(*loop, net::http_client::options{})),
        actors_config(wanted),
        system(std::in_place, actors_config) {}

  settings_ptr settings;
  std::shared_ptr<metrics> figures;
  std::shared_ptr<storage::store> store;
  std::shared_ptr<storage::verification_run> verification;
  std::shared_ptr<load_shedder> shedder;
  std::unique_ptr<net::event_loop> loop;
  std::shared_ptr<net::http_client> client;
  actor_system_config actors_config;
  std::optional<caf::actor_system> system;

  writer_actor writer;
  std::vector<llm_actor> backends;
  embedder_actor embedder;
  indexer_actor indexer;
  std::vector<recall_actor> recalls;
  std::vector<channel_wire_ptr> wires;
  std::vector<outbound_actor> outbounds;  ///< one for each wire
  std::vector<poller_actor> pollers;
  ingress_actor ingress;
  sweeper_actor sweeper;
  archivist_actor archivist;
  helper_actor reads, backups, checks;
  supervisor_actor supervisor;
  http_api_actor api;
  std::unique_ptr<net::http_server> server;
  /// For the server, which is there before it; set once, before the first request.
  std::shared_ptr<http_api_actor> served_by = std::make_shared<http_api_actor>();
  bool stopped = false;

  void spawn_longterm();
  void spawn_outbounds(const wall_clock& now);
  std::vector<intake_surroundings> spawn_pollers(const wall_clock& now);
  session_surroundings_ptr spawn_backends(const wall_clock& now);
  void note_orderly_end();
  caf::error bind();
  caf::expected<storage::requeued> take_up();
  void spawn_all(config::loaded config, options how, std::vector<std::string> waiting);
  void await_verification();

  /// Ends an actor and waits until it has ended; a handle that is none is fine.
  template <class Handle>
  void end(Handle& who) {
    if (!who)
      return;
    caf::scoped_actor waiting{*system};
    waiting->monitor(who);
    caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
    waiting->receive([](const caf::down_msg&) {});
    who = nullptr;
  }
};

/// What waits from before. Counts an attempt, so nothing that may end this start comes behind it.
caf::expected<storage::requeued> topology::state::take_up() {
  if (!store)
    return storage::requeued{};
  auto found = requeue(*store);
  if (!found)
    return found;
  if (found->waiting > 0)
    log::info("topology", "Messages from before the start are answered now.",
              {{"waiting", std::to_string(found->waiting)}});
  if (found->dead > 0)
    log::error("topology", "Messages were put aside after three starts that did not answer them.",
               {{"dead_letters", std::to_string(found->dead)}});
  return found;
}

/// The whole store is read in a process of its own, behind the start. What is damaged is not served
/// in any case; somebody should know before it is missed.
void topology::state::await_verification() {
  if (!verification)
    return;
  const auto what = [run = verification, figures = figures] {
    const auto result = run->wait();
    if (result.ok())
      return log::debug("topology", "The store is sound.",
                        {{"records", std::to_string(result.records)}});
    if (result.damaged == 0 && run->is_stopped())
      return;
    figures->error("store", ec::store_damaged);
    log::error("topology",
               "The store is damaged, or could not be read to its end. Stop the daemon, run "
               "'denidin verify', and restore a backup.",
               {{"damaged", std::to_string(result.damaged)}, {"crashed", result.crashed}});
  };
  caf::anon_send(checks, run_atom_v, task_ptr{std::make_shared<const std::function<void()>>(what)});
}

/// Whatever the configuration says of memory: a reload may switch it on.
void topology::state::spawn_longterm() {
  embedder = system->spawn(actors::embedder, settings, client, figures,
                           std::hash<std::string>{}("embedder"));
  indexer = system->spawn<caf::detached>(actors::indexer, store);
  const auto workers = settings->topology.recall_workers;
  for (uint32_t i = 0; i < workers; ++i)
    recalls.push_back(system->spawn(recall, store, indexer, settings->longterm.collection_name,
                                    std::max(1u, settings->topology.recall_cache_mb / workers)));
}

void topology::state::spawn_outbounds(const wall_clock& now) {
  const http_caller call = [client = client](net::http_call what, auto done) {
    client->start(std::move(what), std::move(done));
  };
  for (const auto& wire : wires)
    outbounds.push_back(system->spawn(
        outbound, outbound_surroundings{store, writer, wire, call, figures, now}, settings));
}

/// They begin to ask at once: whatever they bring, there is somebody to take it.
std::vector<intake_surroundings> topology::state::spawn_pollers(const wall_clock& now) {
  std::vector<intake_surroundings> channels;
  for (size_t i = 0; i < wires.size(); ++i) {
    channels.push_back({ingress, outbounds[i], writer, wires[i], figures, now});
    if (wires[i]->is_polled())
      pollers.push_back(
          system->spawn(poller, channels.back(), [client = client](net::http_call what, auto done) {
            client->start(std::move(what), std::move(done));
          }));
  }
  return channels;
}

session_surroundings_ptr topology::state::spawn_backends(const wall_clock& now) {
  std::map<std::string, llm_actor> by_name;
  for (const auto& backend : settings->topology.backends) {
    auto actor = system->spawn(llm, backend.name, settings, client, figures,
                               std::hash<std::string>{}(backend.name));
    by_name.emplace(backend.name, actor);
    backends.push_back(std::move(actor));
  }
  auto around = std::make_shared<session_surroundings>();
  around->store = store;
  around->writer = writer;
  around->figures = figures;
  around->now = now;
  around->collection = settings->longterm.collection_name;
  for (size_t i = 0; i < wires.size(); ++i)
    around->outbounds.emplace(wires[i]->via(), outbounds[i]);
  around->embedder = embedder;
  around->recalls = recalls;
  for (const auto& [role, names] : settings->topology.routes)
    for (const auto& name : names)
      around->routes[role].push_back(by_name.at(name));
  return around;
}

/// What is not answered by now was not to blame: the next start does not count it as an attempt.
void topology::state::note_orderly_end() {
  if (!writer)
    return;
  const auto what = std::make_shared<const storage::change>(storage::note_orderly_end);
  caf::scoped_actor waiting{*system};
  waiting->request(writer, caf::infinite, write_atom_v, change_ptr{what})
      .receive([](uint64_t) {}, [](const caf::error&) {});
}

void topology::state::spawn_all(config::loaded config, options how,
                                std::vector<std::string> waiting) {
  // Called by those who are called: each is there before somebody knows of it.
  if (store) {
    writer = system->spawn<caf::detached>(actors::writer, store,
                                          settings->topology.writer_max_batch, figures);
    spawn_longterm();
    spawn_outbounds(how.now);
  }
  const auto around = spawn_backends(how.now);
  ingress = system->spawn(actors::ingress, around, settings);
  // Ahead of everybody who brings messages, so that nothing overtakes what waits from before.
  if (!waiting.empty())
    caf::anon_send(ingress, resume_atom_v, std::move(waiting));
  if (store) {
    sweeper = system->spawn(actors::sweeper, store, writer, ingress, how.now, settings);
    archivist = system->spawn<caf::detached>(
        actors::archivist,
        archivist_surroundings{store, writer, embedder, recalls, around->routes.at("summary"),
                               figures, how.now},
        settings);
  }
  reads = system->spawn<caf::detached>(helper, "reads");
  backups = system->spawn<caf::detached>(helper, "backups");
  if (verification)
    checks = system->spawn<caf::detached>(helper, "checks");
  const auto channels = spawn_pollers(how.now);
  supervised those{ingress,
                   sweeper,
                   archivist,
                   embedder,
                   outbounds,
                   backends,
                   {},
                   std::move(how.load),
                   std::move(how.end_process)};
  const auto watched = [&](const std::string& name, const auto& who) {
    if (who)
      those.watched.emplace(name, caf::actor_cast<caf::actor>(who));
  };
  watched("writer", writer);
  watched("ingress", ingress);
  watched("sweeper", sweeper);
  watched("archivist", archivist);
  watched("embedder", embedder);
  watched("indexer", indexer);
  watched("reads", reads);
  watched("backups", backups);
  watched("checks", checks);
  for (size_t i = 0; i < outbounds.size(); ++i)
    watched("outbound " + std::string{to_string(wires[i]->via())}, outbounds[i]);
  for (size_t i = 0; i < pollers.size(); ++i)
    watched("poller " + std::string{to_string(wires[i]->via())}, pollers[i]);
  for (size_t i = 0; i < backends.size(); ++i)
    watched("llm " + settings->topology.backends[i].name, backends[i]);
  for (size_t i = 0; i < recalls.size(); ++i)
    watched("recall " + std::to_string(i + 1), recalls[i]);
  supervisor =
      system->spawn(actors::supervisor, std::move(those), std::move(config), store != nullptr);
  api = system->spawn(http_api,
                      http_api_surroundings{around, ingress, sweeper, backends, channels, reads,
                                            backups, supervisor, shedder},
                      settings);
  *served_by = api;
  caf::anon_send(supervisor, attach_atom_v, api);
}

caf::error topology::state::bind() {
  net::http_server::options how;
  how.address = settings->http.address;
  how.port = settings->http.port;
  how.tls_certificate = settings->http.tls_certificate;
  how.tls_key = settings->http.tls_key;
  how.body_bytes = settings->limits.body_bytes;
  how.connections = settings->limits.connections;
  server = std::make_unique<net::http_server>(
      *loop, std::move(how), [target = served_by, shedder = shedder](http_exchange_ptr exchange) {
        if (!shedder->refuses(exchange))
          caf::anon_send(*target, serve_atom_v, std::move(exchange));
      });
  return server->bind();
}

topology::topology() = default;

topology::~topology() { stop(); }

caf::expected<std::unique_ptr<topology>> topology::start(config::loaded config, options how) {
  opened_store from;
  if (config.effective.needs_store()) {
    auto opened = open_store(config.effective, how.now);
    if (!opened)
      return std::move(opened.error());
    from = std::move(*opened);
  }
  auto wires = wires_of(config.effective);
  if (!wires)
    return std::move(wires.error());
  std::unique_ptr<topology> house{new topology};
  house->data_ = std::make_unique<state>(config.effective, std::move(from), how.now);
  auto& data = *house->data_;
  data.wires = std::move(*wires);
  if (auto error = data.bind())
    return error;
  auto waiting = data.take_up();
  if (!waiting)
    return waiting.error();
  data.spawn_all(std::move(config), std::move(how), std::move(waiting->chats));
  if (auto error = data.server->listen())
    return error;
  data.await_verification();
  return house;
}

uint16_t topology::port() const { return data_->server->port(); }

void topology::reload() { caf::anon_send(data_->supervisor, reload_atom_v); }

uint64_t topology::stop() {
  if (!data_ || std::exchange(data_->stopped, true))
    return 0;
  auto& data = *data_;
  uint64_t unfinished = 0;
  const auto deadline = std::chrono::steady_clock::now() + data.settings->limits.drain;
  // What comes from now on stays with the channel until the next start.
  for (auto& poller : data.pollers)
    data.end(poller);
  // New messages are refused by name while those under way end; the interface stays up for that.
  if (data.ingress) {
    caf::scoped_actor waiting{*data.system};
    waiting
        ->request(data.ingress, std::chrono::milliseconds{data.settings->limits.drain},
                  drain_atom_v)
        .receive([&](uint64_t left) { unfinished = left; },
                 [&](const caf::error&) { unfinished = 1; });
    if (unfinished > 0) {
      waiting->request(data.ingress, caf::infinite, describe_atom_v)
          .receive([&](const ingress_status& status) { unfinished = status.in_flight; },
                   [](const caf::error&) {});
    }
  }
  // A send that is cut off would be one of unknown fate.
  for (const auto& outbound : data.outbounds) {
    caf::scoped_actor waiting{*data.system};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    waiting->request(outbound, std::max(left, least_patience), drain_atom_v)
        .receive([](uint64_t) {}, [](const caf::error&) {});
  }
  data.end(data.sweeper);
  data.end(data.archivist);
  // Takes its sessions with it, before the actors that they use, and tells who still waits.
  data.end(data.ingress);
  // Those answers go out; then nobody sends to the interface any more.
  if (data.server)
    data.server->drain(close_patience);
  data.end(data.api);
  data.end(data.supervisor);
  for (auto& outbound : data.outbounds)
    data.end(outbound);
  for (auto& backend : data.backends)
    data.end(backend);
  data.end(data.embedder);
  for (auto& recall : data.recalls)
    data.end(recall);
  data.end(data.indexer);
  if (data.verification)
    data.verification->stop();
  data.end(data.reads);
  data.end(data.backups);
  data.end(data.checks);
  data.note_orderly_end();
  // Last of those who know the store: it commits what it was given before it ends.
  data.end(data.writer);
  data.server.reset();
  data.served_by.reset();
  data.shedder.reset();
  data.client.reset();
  // Completions that are still queued hold actors; they go before the actor system does.
  data.loop.reset();
  data.system.reset();
  data.verification.reset();
  data.store.reset();
  return unfinished;
}

}  // namespace denidin::actors
