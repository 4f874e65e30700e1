#include <exception>
#include <iostream>

#include <boost/json/serialize.hpp>
#include <CLI/CLI.hpp>

#include "bench/latency.hpp"
#include "bench/recall.hpp"
#include "bench/recall_scale.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Measures the real daemon against a model server in a process of its own."};
  app.require_subcommand(1);
  auto* latency = app.add_subcommand("latency", "A scenario of docs/performance.md");
  denidin::bench::latency_options options;
  bool as_json = false;
  latency
      ->add_option(
          "--scenario", options.scenario,
          "P1: one chat at a time; P2: 100 a second; P3: 64 back to back; P4: 5,000 at once; "
          "P5: a long conversation; P6: one stuck; P7: overload; P8: many sessions; P9: "
          "start and stop")
      ->required()
      ->check(CLI::IsMember({"P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9"}));
  latency->add_option("--count", options.count,
                      "How many messages, turns (P5), sessions (P8) or seconds (P7); default: the "
                      "goal's");
  latency->add_flag("--json", as_json, "One JSON object on standard output and nothing else");
  latency->footer("Example:\n  denidin-bench latency --scenario P8 --count 10000");
  auto* recall = app.add_subcommand("recall", "How much of the evidence for questions is found");
  denidin::bench::recall_options asked;
  auto* dataset =
      recall->add_option("DATASET", asked.dataset, "Conversations and questions, JSON lines");
  denidin::bench::scale_options scale;
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
  recall->add_flag("--json", as_json, "One JSON object on standard output and nothing else");
  recall->footer(
      "Examples:\n  denidin-bench recall conversations.jsonl\n"
      "  denidin-bench recall --scale 1000,10000,100000 --dimensions 384,1536");
  CLI11_PARSE(app, argc, argv);
  if (recall->parsed() && asked.dataset.empty() && scale.scales.empty()) {
    std::cerr << "denidin-bench recall: name a dataset, or sizes with --scale.\n";
    return 64;
  }
  try {
    const auto result = !recall->parsed()      ? denidin::bench::run_latency(options)
                        : scale.scales.empty() ? denidin::bench::run_recall(asked)
                                               : denidin::bench::run_recall_scale(scale);
    if (as_json) {
      std::cout << boost::json::serialize(result) << '\n';
      return 0;
    }
    for (const auto& [name, value] : result)
      std::cout << name << ": " << boost::json::serialize(value) << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "denidin-bench: " << error.what() << '\n';
    return 70;
  }
}
