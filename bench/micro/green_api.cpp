#include <stdexcept>

#include <benchmark/benchmark.h>

#include "net/green_api.hpp"

namespace denidin::bench {
namespace {

constexpr std::string_view notification = R"({"receiptId":1234567,"body":{
  "typeWebhook":"incomingMessageReceived",
  "instanceData":{"idInstance":7103000000,"wid":"972501111111@c.us","typeInstance":"whatsapp"},
  "timestamp":1768989600,"idMessage":"F7AEC1B7086ECDC7E6E45923F5EDB825",
  "senderData":{"chatId":"972502222222@c.us","chatName":"Dana","sender":"972502222222@c.us",
    "senderName":"Dana","senderContactName":"Dana Levi"},
  "messageData":{"typeMessage":"textMessage","textMessageData":{
    "textMessage":"Good morning! Can you tell me when the delivery of Tuesday will arrive?"}}}})";

void green_api_notification(benchmark::State& state) {
  net::green_api_account account;
  account.instance_id = "7103000000";
  account.token = "token";
  const auto wire = net::green_api(account);
  net::http_result result;
  result.answer.status = 200;
  result.answer.body = notification;
  const auto now = system_now();
  const auto probe = (*wire)->read_received(result, now);
  if (!probe || !probe->item || probe->item->what != net::delivery::kind::message)
    throw std::runtime_error("the notification is no message");
  for (auto _ : state)
    benchmark::DoNotOptimize((*wire)->read_received(result, now));
}
BENCHMARK(green_api_notification);

}  // namespace
}  // namespace denidin::bench
