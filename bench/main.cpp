#include <exception>
#include <functional>
#include <iostream>

#include <boost/json/parse.hpp>
#include <CLI/CLI.hpp>

#include "actors/plain_json.hpp"
#include "bench/bare_pipeline.hpp"
#include "bench/bare_server.hpp"
#include "bench/floor.hpp"
#include "bench/latency.hpp"
#include "bench/recall.hpp"
#include "bench/recall_scale.hpp"
#include "bench/report_table.hpp"
#include "bench/store.hpp"

namespace {

using namespace denidin::bench;

/// What was asked for on the command line.
struct wish {
  std::function<boost::json::object()> report;
  std::function<int()> serve;  ///< of the hidden subcommands
  bool as_json = false;
};

void add_json_flag(CLI::App* to, wish& what) {
  to->add_flag("--json", what.as_json, "One JSON object on standard output and nothing else");
}

void add_own_load(CLI::App& latency, own_load_options& own) {
  const auto option = [&](const char* name, auto& value, const char* help) {
    return latency.add_option(name, value, help)->excludes("--scenario");
  };
  option("--chats", own.chats, "Chats that take turns (default: 100)")->check(CLI::PositiveNumber);
  option("--rate", own.rate, "Messages a second, whatever comes back (open loop)")
      ->check(CLI::NonNegativeNumber);
  option("--callers", own.callers, "Without a rate: so many back to back (default: 1)")
      ->check(CLI::Range(1, 10'000));
  option("--words", own.words, "Words of a message (default: 6)")->check(CLI::Range(1, 1'000));
  option("--history", own.history, "Turns of each chat that are there before");
  option("--memories", own.memories, "Facts of each chat that are there before");
  option("--model-ms", own.model_ms, "What the model takes for an answer");
  option("--embedding-ms", own.embedding_ms, "What an embedding takes");
  option("--behaviours", own.behaviours,
         "More of the model server, as tests/support/fake_model.hpp has it: objects with commas "
         "between them");
  option("--url", own.url,
         "A daemon that runs, instead of one started for this (token: DENIDIN_API_TOKEN)");
}

void add_latency(CLI::App& app, wish& what, latency_options& options) {
  auto* latency = app.add_subcommand("latency", "A scenario of docs/performance.md");
  latency
      ->add_option(
          "--scenario", options.scenario,
          "P1: one chat at a time; P2: 100 a second; P3: 64 back to back; P4: 5,000 with a slow "
          "model; P5: a long conversation; P6: one stuck; P7: overload; P8: many sessions; P9: "
          "start and stop; WA: through WhatsApp. Without one: the load of the options below")
      ->check(CLI::IsMember({"P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "WA"}));
  latency->add_option("--count", options.count,
                      "How many messages, turns (P5), sessions (P8) or seconds (P7); default: the "
                      "goal's");
  latency->add_option("--seed", options.seed, "Of what is said (default: 1)");
  latency->add_option("--runs", options.runs, "Each figure is the median of so many (default: 1)")
      ->check(CLI::Range(1, 100));
  latency->add_option_function<std::string>(
      "--config",
      [&](const std::string& text) {
        boost::system::error_code error;
        const auto value = boost::json::parse(text, error);
        if (error || !value.is_object())
          throw CLI::ValidationError{"--config", "is no JSON object"};
        options.config = value.as_object();
      },
      "Of the daemon, over what the scenario sets: a JSON object");
  add_own_load(*latency, options.own);
  add_json_flag(latency, what);
  latency->footer(
      "Examples:\n  denidin-bench latency --scenario P1 --runs 5\n"
      "  denidin-bench latency --chats 200 --rate 50 --memories 100 --model-ms 800 --count 2000");
  latency->callback([&] { what.report = [&] { return run_latency(options); }; });
}

void add_recall(CLI::App& app, wish& what, recall_options& asked, scale_options& scale) {
  auto* recall = app.add_subcommand("recall", "How much of the evidence for questions is found");
  auto* dataset =
      recall->add_option("DATASET", asked.dataset, "Conversations and questions, JSON lines");
  auto* scales = recall
                     ->add_option("--scale", scale.scales,
                                  "Instead: the time it takes, in scopes of so many rows")
                     ->delimiter(',')
                     ->excludes(dataset);
  recall->add_option("--dimensions", scale.dimensions, "Of the vectors of these scopes")
      ->delimiter(',')
      ->needs(scales);
  recall->add_option(
      "--embedder", asked.embedder,
      "builtin (default), none: words alone, or the base URL of an OpenAI-compatible "
      "server (key: OPENAI_API_KEY)");
  recall->add_option("--model", asked.model, "What such a server is asked for");
  add_json_flag(recall, what);
  recall->footer(
      "Examples:\n  denidin-bench recall conversations.jsonl\n"
      "  denidin-bench recall --scale 1000,10000,100000 --dimensions 384,1536");
  recall->callback([&] {
    if (asked.dataset.empty() && scale.scales.empty())
      throw CLI::ValidationError{"recall", "name a dataset, or sizes with --scale"};
    what.report = [&] {
      return scale.scales.empty() ? run_recall(asked) : run_recall_scale(scale);
    };
  });
}

void add_floor(CLI::App& app, wish& what) {
  auto* floor = app.add_subcommand(
      "floor", "What nothing here can be faster than: echo, append, commit, bare pipeline");
  add_json_flag(floor, what);
  floor->callback([&] { what.report = run_floor; });
}

void add_store(CLI::App& app, wish& what, store_options& options) {
  auto* store = app.add_subcommand(
      "store", "Commits by size of the batch; start, stop, verification and backup of a large one");
  store->add_option("--count", options.count, "Messages in it (default: 1,000,000)");
  store->add_option("--seed", options.seed, "Of what is said (default: 1)");
  add_json_flag(store, what);
  store->footer("Example:\n  denidin-bench store --count 100000");
  store->callback([&] { what.report = [&] { return run_store(options); }; });
}

struct pipeline_options {
  uint16_t model_port = 0;
  std::string data_root;
};

/// What this program starts as processes of their own; an empty group is not shown.
void add_servers(CLI::App& app, wish& what, pipeline_options& options) {
  auto* echo = app.add_subcommand("serve-echo", "A bare HTTP echo")->group("");
  echo->callback([&] { what.serve = serve_echo; });
  auto* pipeline =
      app.add_subcommand("serve-pipeline", "The bare pipeline of a message")->group("");
  pipeline->add_option("--model", options.model_port, "Port of the model server")->required();
  pipeline->add_option("--data", options.data_root, "Where to commit; none: nowhere");
  pipeline->callback(
      [&] { what.serve = [&] { return serve_pipeline(options.model_port, options.data_root); }; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures the real daemon against a model server in a process of its own."};
  app.require_subcommand(1);
  wish what;
  latency_options latency;
  recall_options recall;
  scale_options scale;
  store_options store;
  pipeline_options pipeline;
  add_latency(app, what, latency);
  add_floor(app, what);
  add_recall(app, what, recall, scale);
  add_store(app, what, store);
  add_servers(app, what, pipeline);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  try {
    if (what.serve)
      return what.serve();
    const auto report = what.report();
    std::cout << (what.as_json ? denidin::actors::write_plainly(report) + '\n'
                               : write_table(report));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "denidin-bench: " << error.what() << '\n';
    return 70;
  }
}
