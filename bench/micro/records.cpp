#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>

#include "storage/keys.hpp"
#include "storage/records.hpp"

namespace denidin::bench {
namespace {

turn some_turn() {
  turn made;
  made.order = 17;
  made.tokens = 21;
  made.at = system_now();
  made.text = "Good morning! Can you tell me when the delivery of Tuesday will arrive?";
  made.message_id = "F7AEC1B7086ECDC7E6E45923F5EDB825";
  made.sender_name = "Dana";
  return made;
}

const auto key = storage::turn_key(uuid::at(system_now()), 17);

void encode_turn(benchmark::State& state) {
  const auto what = some_turn();
  for (auto _ : state)
    benchmark::DoNotOptimize(storage::encode(what));
}
BENCHMARK(encode_turn);

void decode_turn(benchmark::State& state) {
  const auto body = storage::encode(some_turn());
  if (!storage::decode<turn>(storage::table::turns, key, body))
    throw std::runtime_error("the turn does not decode");
  for (auto _ : state)
    benchmark::DoNotOptimize(storage::decode<turn>(storage::table::turns, key, body));
}
BENCHMARK(decode_turn);

void seal(benchmark::State& state) {
  const auto body = storage::encode(some_turn());
  std::string place(storage::seal_bytes + body.size(), '\0');
  for (auto _ : state) {
    storage::seal_into(place.data(), storage::table::turns, key, body);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(seal);

void unseal(benchmark::State& state) {
  const auto body = storage::encode(some_turn());
  std::string sealed(storage::seal_bytes + body.size(), '\0');
  storage::seal_into(sealed.data(), storage::table::turns, key, body);
  if (!storage::unseal(storage::table::turns, key, sealed))
    throw std::runtime_error("the record does not unseal");
  for (auto _ : state)
    benchmark::DoNotOptimize(storage::unseal(storage::table::turns, key, sealed));
}
BENCHMARK(unseal);

}  // namespace
}  // namespace denidin::bench
