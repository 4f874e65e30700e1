#include "tests/support/fake_green_api.hpp"

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "tests/e2e/fake_green_caller.hpp"
#include "tests/support/raw_socket.hpp"

/// The fake Green API itself: what other tests take its word for.
namespace denidin {
namespace {

using namespace std::chrono_literals;
using namespace test;
namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

struct fake_green_api : fake_green_caller {};

// -- receiving ------------------------------------------------------------------------------------

TEST_F(fake_green_api, the_head_comes_until_it_is_deleted) {
  const auto first = api.push_text(dana, "one"), second = api.push_text(dana, "two");
  const auto head = receive();
  EXPECT_EQ(receive(), head);
  EXPECT_EQ(id_of(head.at("body")), first);
  EXPECT_TRUE(remove(head.at("receiptId")));
  EXPECT_FALSE(remove(head.at("receiptId")));
  EXPECT_EQ(id_of(receive().at("body")), second);
  EXPECT_EQ(api.queued(), 1);
  EXPECT_EQ(api.calls("receiveNotification"), 3);
  EXPECT_THAT(api.bodies("deleteNotification"), ElementsAre("1", "1"));
  EXPECT_EQ(api.bodies("receiveNotification").front(), "receiveTimeout=60");
}

TEST_F(fake_green_api, a_notification_has_the_documented_form) {
  api.push_text(dana, "Hello", "F7AEC1B7");
  auto body = receive().at("body").as_object();
  EXPECT_GT(body["timestamp"].as_int64(), 1'700'000'000);
  body.erase("timestamp");
  EXPECT_EQ(json::value(body), json::parse(R"({
    "typeWebhook":"incomingMessageReceived",
    "instanceData":{"idInstance":7103000000,"wid":"972559000000@c.us","typeInstance":"whatsapp"},
    "idMessage":"F7AEC1B7",
    "senderData":{"chatId":"972500000001@c.us","sender":"972500000001@c.us","chatName":"Dana",
                  "senderName":"Dana","senderContactName":""},
    "messageData":{"typeMessage":"textMessage","textMessageData":{"textMessage":"Hello"}}})"));
}

TEST_F(fake_green_api, a_group_has_a_sender_of_its_own) {
  api.push_text("12036300@g.us", "hi", {}, "972500000007@c.us", "Gil");
  const auto sender = receive().at("body").at("senderData");
  EXPECT_EQ(sender.at("chatId"), "12036300@g.us");
  EXPECT_EQ(sender.at("sender"), "972500000007@c.us");
  EXPECT_EQ(sender.at("senderName"), "Gil");
}

TEST_F(fake_green_api, other_notifications_and_raw_ones_come_as_they_are) {
  api.push_other("stateInstanceChanged", {{"stateInstance", "notAuthorized"}});
  api.push_raw("{ this is not JSON");
  const auto head = receive();
  EXPECT_EQ(head.at("body").at("typeWebhook"), "stateInstanceChanged");
  EXPECT_EQ(head.at("body").at("stateInstance"), "notAuthorized");
  EXPECT_TRUE(head.at("body").at("instanceData").is_object());
  EXPECT_TRUE(remove(head.at("receiptId")));
  EXPECT_EQ(get("receiveNotification").answer.body, R"({"receiptId":2,"body":{ this is not JSON})");
}

TEST_F(fake_green_api, whoever_waits_gets_what_comes_meanwhile) {
  std::promise<std::string> answered;
  auto call = call_to("GET", path_of("receiveNotification"));
  call.query = "receiveTimeout=60";
  call.first_byte_timeout = call.total_timeout = 90s;
  client.start(call,
               [&](const net::http_result& result) { answered.set_value(result.answer.body); });
  ASSERT_TRUE(wait_until([&] { return api.calls("receiveNotification") == 1; }));
  EXPECT_EQ(get("getStateInstance").answer.status, 200);  // others are served meanwhile
  const auto id = api.push_text(dana, "late");
  EXPECT_THAT(answered.get_future().get(), HasSubstr(id));
}

TEST_F(fake_green_api, an_empty_queue_answers_null_in_the_end) {
  api.set_options(R"({"receive_timeout_ms":20})");
  EXPECT_EQ(get("receiveNotification", "receiveTimeout=60").answer.body, "null");
  EXPECT_EQ(get("receiveNotification").answer.body, "null");
  EXPECT_EQ(get("receiveNotification", "receiveTimeout=4").answer.status, 400);
  EXPECT_EQ(get("receiveNotification", "receiveTimeout=61").answer.status, 400);
}

TEST_F(fake_green_api, strangers_are_refused) {
  api.push_text(dana, "secret");
  for (const auto* path : {"/waInstance7103000000/receiveNotification/wrong-token",
                           "/waInstance7103000001/receiveNotification/fake-token-CANARY-0123456789",
                           "/waInstance7103000000/receiveNotification"}) {
    const auto result = client.run(call_to("GET", path));
    EXPECT_EQ(result.answer.status, 401) << path;
    EXPECT_THAT(result.answer.body, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(api.refused(), 3);
  EXPECT_EQ(api.calls("receiveNotification"), 0);
  EXPECT_EQ(get("noSuchMethod").answer.status, 404);
  EXPECT_EQ(get("sendMessage").answer.status, 405);
}

// -- sending --------------------------------------------------------------------------------------

TEST_F(fake_green_api, a_message_that_is_sent_is_recorded) {
  const auto answer = json::parse(send("hello").answer.body);
  EXPECT_TRUE(answer.at("idMessage").as_string().starts_with("3EB0"));
  post("sendMessage", {{"chatId", "1@g.us"}, {"message", "answer"}, {"quotedMessageId", "F7"}});
  const auto sent = api.sent();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].chat_id, dana);
  EXPECT_EQ(sent[0].message, "hello");
  EXPECT_EQ(sent[0].quoted, "");
  EXPECT_EQ(sent[0].id_message, id_of(answer));
  EXPECT_EQ(sent[1].quoted, "F7");
  EXPECT_NE(sent[0].id_message, sent[1].id_message);
  EXPECT_THAT(api.sent("1@g.us"), SizeIs(1));
  EXPECT_EQ(api.queued(), 0);  // no echo unless it is asked for
}

TEST_F(fake_green_api, messages_that_cannot_be_sent_are_refused) {
  std::string alefs;
  for (int i = 0; i < 20'000; ++i)
    alefs += "\u05d0";
  EXPECT_EQ(send("").answer.status, 400);
  EXPECT_EQ(send(alefs + 'x').answer.status, 400);
  EXPECT_EQ(post("sendMessage", {{"chatId", "dana"}, {"message", "hi"}}).answer.status, 400);
  EXPECT_EQ(post("sendMessage", {{"chatId", dana}}).answer.status, 400);
  EXPECT_EQ(client.run(call_to("POST", path_of("sendMessage"), "{")).answer.status, 400);
  EXPECT_THAT(api.sent(), IsEmpty());
  EXPECT_EQ(send(alefs).answer.status, 200);
  EXPECT_EQ(api.calls("sendMessage"), 6);
}

TEST_F(fake_green_api, a_message_echoes_and_reports_its_way) {
  api.set_options(R"({"echoes":true,"statuses":true})");
  const auto id = id_of(json::parse(send("hello").answer.body));
  const auto bodies = drain();
  ASSERT_THAT(ids_of(bodies), ElementsAre(id, id, id, id));
  EXPECT_EQ(bodies[0].at("typeWebhook"), "outgoingAPIMessageReceived");
  EXPECT_EQ(bodies[0].at("senderData").at("chatId"), dana);
  EXPECT_EQ(bodies[0].at("senderData").at("sender"), json::value(api.wid()));
  EXPECT_EQ(bodies[0].at("messageData").at("extendedTextMessageData").at("text"), "hello");
  EXPECT_EQ(bodies[1].at("typeWebhook"), "outgoingMessageStatus");
  EXPECT_EQ(bodies[1].at("chatId"), dana);
  EXPECT_EQ(bodies[1].at("sendByApi"), true);
  EXPECT_EQ(bodies[1].at("status"), "sent");
  EXPECT_EQ(bodies[2].at("status"), "delivered");
  EXPECT_EQ(bodies[3].at("status"), "read");
  api.set_options(R"({"echoes":false,"reorder_statuses":true})");
  send("again");
  EXPECT_EQ(receive().at("body").at("status"), "read");
}

TEST_F(fake_green_api, the_small_methods_answer) {
  EXPECT_EQ(post("sendTyping", {{"chatId", dana}, {"typingTime", 5000}}).answer.status, 200);
  EXPECT_EQ(post("sendTyping", {{"chatId", dana}, {"typingTime", 999}}).answer.status, 400);
  EXPECT_EQ(post("readChat", {{"chatId", dana}, {"idMessage", "F7"}}).answer.status, 200);
  EXPECT_EQ(get("getStateInstance").answer.body, R"({"stateInstance":"authorized"})");
  api.set_options(R"({"state":"yellowCard"})");
  EXPECT_EQ(get("getStateInstance").answer.body, R"({"stateInstance":"yellowCard"})");
  EXPECT_EQ(json::parse(get("getSettings").answer.body).at("wid"), json::value(api.wid()));
  EXPECT_THAT(api.bodies("readChat"),
              ElementsAre(R"({"chatId":"972500000001@c.us","idMessage":"F7"})"));
}

TEST_F(fake_green_api, limits_refuse_what_comes_too_fast) {
  api.set_options(R"({"limits":{"sendMessage":3}})");
  // as many as it takes: no machine is too slow for four a second for ever
  std::vector<unsigned> statuses;
  EXPECT_TRUE(wait_until([&] {
    for (int i = 0; i < 4; ++i)
      statuses.push_back(send("hurry").answer.status);
    return std::count(statuses.begin(), statuses.end(), 429u) > 0;
  }));
  EXPECT_GE(statuses.size(), 4);
  EXPECT_EQ(std::count(statuses.begin(), statuses.begin() + 3, 200u), 3);
  EXPECT_EQ(api.sent_count(),
            static_cast<size_t>(std::count(statuses.begin(), statuses.end(), 200u)));
  EXPECT_TRUE(wait_until([&] { return send("patience").answer.status == 200; }));
  api.set_options(R"({"limits":true})");
  EXPECT_TRUE(wait_until([&] { return get("getStateInstance").answer.status == 429; }));
}

// -- the rest -------------------------------------------------------------------------------------

TEST_F(fake_green_api, is_controlled_over_http) {
  const auto body = api.message_body(dana, api.text_data("whole"), "F1");
  EXPECT_EQ(control("POST", "/notifications", json::serialize(body)).answer.status, 200);
  EXPECT_EQ(
      control("POST", "/notifications", json::serialize(json::array{body, body})).answer.status,
      200);
  const auto ids = control("POST", "/messages",
                           R"([{"chat_id":"1@c.us","text":"a","id":"A"},
                               {"chat_id":"2@g.us","text":"b","sender":"3@c.us"}])");
  EXPECT_EQ(json::parse(ids.answer.body).at(0), "A");
  const auto fresh = std::string{json::parse(ids.answer.body).at(1).as_string()};
  EXPECT_THAT(ids_of(drain()), ElementsAre("F1", "F1", "F1", "A", fresh));

  EXPECT_EQ(control("PUT", "/behaviour", R"({"method":"sendMessage","times":1,"status":500})")
                .answer.status,
            200);
  EXPECT_EQ(control("PUT", "/options", R"({"echoes":true})").answer.status, 200);
  EXPECT_EQ(send("1").answer.status, 500);
  send("2");
  send("3");
  EXPECT_EQ(api.queued(), 2);
  const auto sent = json::parse(control("GET", "/sent", {}, "since=1").answer.body).as_array();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].at("chat_id"), dana);
  EXPECT_EQ(sent[0].at("message"), "3");
  EXPECT_EQ(sent[0].at("id_message"), json::value(api.sent()[1].id_message));
  EXPECT_GT(sent[0].at("time_ms").as_double(), 1.7e12);

  const auto calls = json::parse(control("GET", "/calls").answer.body);
  EXPECT_EQ(calls.at("calls").at("sendMessage"), 3);
  EXPECT_EQ(calls.at("queued"), 2);
  EXPECT_EQ(calls.at("refused"), 0);
  const auto last = control("GET", "/calls", {}, "method=sendMessage&since=2");
  EXPECT_EQ(json::parse(last.answer.body),
            json::value(json::array{R"({"chatId":"972500000001@c.us","message":"3"})"}));

  EXPECT_EQ(control("PUT", "/options", "[]").answer.status, 400);
  EXPECT_EQ(control("PUT", "/nothing", "{}").answer.status, 404);
  EXPECT_EQ(control("DELETE", {}).answer.status, 200);
  EXPECT_THAT(api.sent(), IsEmpty());
  EXPECT_EQ(api.queued(), 0);
  EXPECT_EQ(api.calls("sendMessage"), 0);
}

TEST_F(fake_green_api, takes_thousands_of_messages_from_many_threads) {
  constexpr int threads = 4, each = 500;
  std::vector<std::thread> pushers;
  for (int t = 0; t < threads; ++t)
    pushers.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        api.push_text(std::to_string(t * 100 + i % 50) + "@c.us", "text");
    });
  std::promise<void> all;
  std::atomic<int> left = threads * each;
  for (int i = 0; i < threads * each; ++i)
    client.start(call_to("POST", path_of("sendMessage"), R"({"chatId":"1@c.us","message":"hi"})"),
                 [&](const net::http_result& result) {
                   EXPECT_EQ(result.answer.status, 200);
                   if (--left == 0)
                     all.set_value();
                 });
  for (auto& pusher : pushers)
    pusher.join();
  all.get_future().wait();
  std::set<std::string> ids;
  for (const auto& one : api.sent())
    ids.insert(one.id_message);
  EXPECT_THAT(ids, SizeIs(threads * each));
  EXPECT_EQ(api.queued(), threads * each);
  const auto received = ids_of(drain());
  EXPECT_THAT(std::set(received.begin(), received.end()), SizeIs(threads * each));
}

TEST_F(fake_green_api, ends_while_somebody_waits) {
  std::promise<net::http_result> answered;
  {
    test::fake_green_api other{{.port = 0, .instance = "12", .token = "t", .wid = "1@c.us"}};
    net::http_call call;
    call.method = "GET";
    call.to = *net::parse_url(other.api_url() + "/waInstance12/receiveNotification/t");
    client.start(call, [&](net::http_result result) { answered.set_value(std::move(result)); });
    ASSERT_TRUE(wait_until([&] { return other.calls("receiveNotification") == 1; }));
    other.set_options(R"({"webhook_url":"http://127.0.0.1:)" + std::to_string(unused_port()) +
                      "\"}");
    other.push_text("1@c.us", "hello");
  }
  EXPECT_EQ(code_of(answered.get_future().get().error), ec::upstream_reset);
  EXPECT_THROW((test::fake_green_api{{.port = 0, .instance = "x", .token = "t", .wid = "1@c.us"}}),
               std::invalid_argument);
}

}  // namespace
}  // namespace denidin
