#include <exception>
#include <iostream>

#include <boost/json/serialize.hpp>
#include <CLI/CLI.hpp>

#include "bench/latency.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Measures the real daemon against a model server in a process of its own."};
  app.require_subcommand(1);
  auto* latency = app.add_subcommand("latency", "A scenario of docs/performance.md");
  denidin::bench::latency_options options;
  bool as_json = false;
  latency->add_option("--scenario", options.scenario, "P5: a long conversation; P8: many sessions")
      ->required()
      ->check(CLI::IsMember({"P5", "P8"}));
  latency->add_option("--count", options.count, "Turns (P5) or sessions (P8); default: the goal's");
  latency->add_flag("--json", as_json, "One JSON object on standard output and nothing else");
  latency->footer("Example:\n  denidin-bench latency --scenario P8 --count 10000");
  CLI11_PARSE(app, argc, argv);
  try {
    const auto result = denidin::bench::run_latency(options);
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
