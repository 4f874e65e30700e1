#include "bench/embedding.hpp"

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <caf/all.hpp>

#include "actors/builtin_embedder.hpp"
#include "actors/embedder.hpp"
#include "actors/log.hpp"
#include "actors/probes.hpp"
#include "net/event_loop.hpp"
#include "storage/recall/relevance.hpp"

namespace denidin::bench {

namespace {

struct actor_config : caf::actor_system_config {
  actor_config() {
    add_message_types<caf::id_block::denidin>();
    set("scheduler.max-threads", size_t{1});
    set("logger.verbosity", caf::atom("quiet"));
  }
};

settings_ptr settings_for(const std::string& url, const std::string& model) {
  auto settings = std::make_shared<config::settings>();
  settings->embedding.provider = "openai";
  settings->embedding.base_url = url;
  settings->longterm.embedding_model = model;
  settings->log.level = "ERROR";
  if (const char* key = std::getenv("OPENAI_API_KEY"))
    settings->embedding.api_key = key;
  settings->embedding.timeout = std::chrono::minutes{1};
  return settings;
}

}  // namespace

struct embedding_source::server {
  server(const std::string& url, const std::string& model)
      : client(std::make_shared<net::http_client>(loop, net::http_client::options{})),
        system(config),
        settings(settings_for(url, model)) {
    if (auto error = actors::log::open(*settings))
      throw std::runtime_error(explain(error).message);
    actor = system.spawn(actors::embedder, settings, client, std::make_shared<actors::metrics>(),
                         uint64_t{1});
  }
  ~server() {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    actor = nullptr;
  }

  std::vector<embedding_ptr> ask(const std::vector<std::string>& texts) {
    caf::scoped_actor self{system};
    std::vector<embedding_ptr> made;
    std::string problem;
    self->request(actor, caf::infinite, embed_atom_v,
                  texts_ptr{std::make_shared<const std::vector<std::string>>(texts)})
        .receive([&](const embeddings_ptr& result) { made = result->of; },
                 [&](const caf::error& error) { problem = explain(error).message; });
    if (made.empty())
      throw std::runtime_error("No vectors from the embedding server: " + problem);
    return made;
  }

  net::event_loop loop{1};
  std::shared_ptr<net::http_client> client;
  actor_config config;
  caf::actor_system system;
  settings_ptr settings;
  embedder_actor actor;
};

embedding_source::embedding_source(const std::string& which, const std::string& model) {
  if (which == "none")
    return;
  if (which == "builtin") {
    model_ = actors::builtin_fingerprint;
    dimension_ = actors::builtin_dimension;
  } else {
    server_ = std::make_unique<server>(which, model);
    const auto first = server_->ask({"hello"}).front();
    if (!first)
      throw std::runtime_error("The embedding server gives no vector.");
    model_ = first->model;
    dimension_ = static_cast<uint32_t>(first->values.size());
  }
  std::vector<std::string> texts;
  for (const auto& pair : actors::probe_pairs()) {
    texts.emplace_back(pair.query);
    texts.emplace_back(pair.memory);
  }
  const auto vectors = make(texts);
  std::vector<recall::probe_cosine> cosines;
  for (size_t i = 0; i < actors::probe_pairs().size(); ++i)
    cosines.push_back(
        {recall::cosine(vectors[2 * i], vectors[2 * i + 1]), actors::probe_pairs()[i].related});
  calibration_ = recall::calibrate(cosines);
}

embedding_source::~embedding_source() = default;

std::vector<std::vector<float>> embedding_source::make(const std::vector<std::string>& texts) {
  std::vector<std::vector<float>> result(texts.size());
  if (!server_) {
    for (size_t i = 0; is_on() && i < texts.size(); ++i)
      result[i] = actors::builtin_embedding(texts[i]);
    return result;
  }
  const auto made = server_->ask(texts);
  for (size_t i = 0; i < texts.size() && i < made.size(); ++i)
    if (made[i])
      result[i] = made[i]->values;
  return result;
}

}  // namespace denidin::bench
