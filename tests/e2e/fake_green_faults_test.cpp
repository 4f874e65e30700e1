#include <future>
#include <mutex>

#include "tests/e2e/fake_green_caller.hpp"
#include "tests/support/raw_socket.hpp"
#include "tests/support/scripted_server.hpp"

/// How the fake Green API fails when it is told to, and its webhooks.
namespace denidin::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

struct fake_green_faults : fake_green_caller {
  /// A whole sendMessage as it stands on the wire.
  std::string raw_message() const {
    const std::string body = R"({"chatId":"1@c.us","message":"hi"})";
    return "POST " + path_of("sendMessage") +
           " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }
  /// A call for an answer that must not come in time; a slow machine only makes that surer.
  net::http_result impatiently(const std::string& name) {
    auto call = call_to("GET", path_of(name));
    call.first_byte_timeout = call.total_timeout = std::chrono::milliseconds{200};
    return client.run(std::move(call));
  }
};

// -- faults ---------------------------------------------------------------------------------------

TEST_F(fake_green_faults, a_refusal_takes_no_effect) {
  api.behave(R"([{"method":"sendMessage","times":1,"status":466,"body":{"why":"quota"}},
                 {"method":"sendMessage","times":1,"status":429,"headers":{"Retry-After":"7"}},
                 {"only_when_contains":"hated","status":500}])");
  const auto quota = send("1");
  EXPECT_EQ(quota.answer.status, 466);
  EXPECT_EQ(quota.answer.body, R"({"why":"quota"})");
  const auto busy = send("2");
  EXPECT_EQ(busy.answer.status, 429);
  EXPECT_EQ(busy.answer.retry_after, "7");
  EXPECT_EQ(send("the hated word").answer.status, 500);
  EXPECT_THAT(api.sent(), IsEmpty());
  EXPECT_EQ(send("3").answer.status, 200);
  api.behave_normally();
  EXPECT_EQ(send("the hated word").answer.status, 200);
  EXPECT_EQ(api.calls("sendMessage"), 5);
}

TEST_F(fake_green_faults, connections_break_before_and_after_the_effect) {
  api.behave(R"({"drop_connection":true,"times":1})");
  EXPECT_EQ(code_of(send("before").error), ec::upstream_reset);
  EXPECT_EQ(api.sent_count(), 0);
  api.behave(R"({"drop_after":true,"times":1})");
  EXPECT_EQ(code_of(send("after").error), ec::upstream_reset);
  EXPECT_EQ(api.sent_count(), 1);
  api.behave(R"({"half_response":true,"times":1})");
  EXPECT_EQ(code_of(send("half").error), ec::upstream_reset);
  EXPECT_EQ(api.sent_count(), 2);
  api.behave(R"({"garbage":"what?\r\n\r\n","times":1})");
  EXPECT_EQ(code_of(send("garbage").error), ec::upstream_garbage);
  EXPECT_EQ(api.sent_count(), 2);
  EXPECT_EQ(send("whole").answer.status, 200);
}

TEST_F(fake_green_faults, half_a_response_is_half_of_it) {
  api.behave(R"({"half_response":true})");
  raw_socket socket{api.port()};
  socket.send("GET " + path_of("getStateInstance") + " HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto bytes = socket.receive_all();
  EXPECT_THAT(bytes, HasSubstr("Content-Length: 30\r\n\r\n{\"stateInstance"));
  EXPECT_THAT(bytes, Not(HasSubstr("authorized")));
}

TEST_F(fake_green_faults, a_call_hangs_without_effect_and_others_go_on) {
  api.behave(R"({"method":"sendMessage","hang":true,"times":1})");
  raw_socket socket{api.port()};
  socket.send(raw_message());
  ASSERT_TRUE(wait_until([&] { return api.calls("sendMessage") == 1; }));
  EXPECT_EQ(send("next").answer.status, 200);
  EXPECT_EQ(api.sent_count(), 1);
  socket.finish();
  EXPECT_EQ(socket.receive_all(), "");
}

TEST_F(fake_green_faults, a_delayed_call_takes_effect_at_once) {
  api.behave(R"({"method":"sendMessage","delay_ms":600000})");
  raw_socket socket{api.port()};
  socket.send(raw_message());
  EXPECT_TRUE(wait_until([&] { return api.sent_count() == 1; }));
  api.behave(R"({"delay_ms":600000})");
  EXPECT_EQ(code_of(impatiently("getStateInstance").error), ec::upstream_timeout);
}

TEST_F(fake_green_faults, a_slow_body_comes_behind_its_head) {
  api.behave(R"({"slow_body_ms":600000})");
  raw_socket socket{api.port()};
  socket.send(raw_message());
  EXPECT_THAT(socket.receive_until("\r\n\r\n"), HasSubstr("Content-Length: 38"));
  EXPECT_EQ(api.sent_count(), 1);
  EXPECT_EQ(code_of(impatiently("getStateInstance").error), ec::upstream_timeout);
  api.behave(R"({"slow_body_ms":20})");
  EXPECT_EQ(get("getStateInstance").answer.body, R"({"stateInstance":"authorized"})");
}

TEST_F(fake_green_faults, a_waiting_receive_is_spoilt_too) {
  api.behave(R"({"method":"receiveNotification","drop_after":true,"times":1})");
  auto ended = std::make_shared<std::promise<net::http_result>>();
  client.start(call_to("GET", path_of("receiveNotification")),
               [ended](net::http_result result) { ended->set_value(std::move(result)); });
  ASSERT_TRUE(wait_until([&] { return api.calls("receiveNotification") == 1; }));
  api.push_text(dana, "hello");
  EXPECT_EQ(code_of(ended->get_future().get().error), ec::upstream_reset);
  EXPECT_EQ(api.queued(), 1);
  EXPECT_TRUE(receive().is_object());
}

TEST_F(fake_green_faults, notifications_are_duplicated) {
  api.set_options(R"({"duplicates":3})");
  const auto id = api.push_text(dana, "thrice");
  EXPECT_THAT(ids_of(drain()), ElementsAre(id, id, id));
  EXPECT_THAT(api.bodies("deleteNotification"), ElementsAre("1", "2", "3"));
}

TEST_F(fake_green_faults, what_was_deleted_comes_back_once) {
  api.set_options(R"({"redeliver_after_ms":20})");
  const auto id = api.push_text(dana, "again");
  EXPECT_TRUE(remove(1));
  const auto head = receive();
  EXPECT_EQ(id_of(head.at("body")), id);
  EXPECT_EQ(head.at("receiptId"), 2);
  EXPECT_TRUE(remove(2));
  // a later one passes the way of the first again, and comes back behind anything that could
  const auto later = api.push_text(dana, "later");
  EXPECT_TRUE(remove(3));
  EXPECT_EQ(id_of(receive().at("body")), later);
}

TEST_F(fake_green_faults, deletions_get_lost) {
  api.set_options(R"({"lose_deletes":2})");
  api.push_text(dana, "sticky");
  EXPECT_TRUE(remove(1));
  api.set_options(R"({"state":"authorized"})");  // does not begin to count anew
  EXPECT_TRUE(remove(1));
  EXPECT_EQ(api.queued(), 1);
  EXPECT_TRUE(remove(1));
  EXPECT_EQ(api.queued(), 0);
  api.forget();
  api.set_options(R"({"lose_deletes":0.5})");
  for (int i = 0; i < 200; ++i)
    api.push_text(dana, "sticky");
  size_t times = 0;
  for (; api.queued() > 0 && times < 10'000; ++times)
    EXPECT_TRUE(remove(receive().at("receiptId")));
  EXPECT_GT(times, 250);  // of 400 on average, with a fixed seed
  EXPECT_LT(times, 600);
  EXPECT_THROW(api.set_options(R"({"loose":1})"), std::invalid_argument);
  EXPECT_THROW(api.behave(R"({"loose":1})"), std::invalid_argument);
}

// -- webhooks -------------------------------------------------------------------------------------

/// Somebody who takes webhooks.
struct webhook_receiver {
  scripted_answer take(const scripted_request& request) {
    const std::lock_guard lock{mutex};
    requests.push_back(request);
    scripted_answer answer;
    answer.status = status;
    return answer;
  }
  std::vector<scripted_request> received() {
    const std::lock_guard lock{mutex};
    return requests;
  }
  void answer_with(unsigned next) {
    const std::lock_guard lock{mutex};
    status = next;
  }
  /// Options that lead here.
  std::string options(const json::object& more = {}) const {
    json::object object{
        {"webhook_url", "http://127.0.0.1:" + std::to_string(server.port()) + "/v1/webhook/green"},
        {"webhook_token", "hook-token"}};
    for (const auto& [key, value] : more)
      object[key] = value;
    return json::serialize(object);
  }

  std::mutex mutex;
  std::vector<scripted_request> requests;
  unsigned status = 200;
  scripted_server server{0, [this](const scripted_request& request) { return take(request); }};
};

TEST_F(fake_green_faults, a_webhook_gets_one_after_the_other) {
  webhook_receiver hook;
  const auto early = api.push_text(dana, "early");
  api.set_options(hook.options());
  const auto late = api.push_text(dana, "late");
  ASSERT_TRUE(wait_until([&] { return api.queued() == 0; }));
  const auto received = hook.received();
  ASSERT_THAT(received, SizeIs(2));
  EXPECT_EQ(received[0].method, "POST");
  EXPECT_EQ(received[0].path, "/v1/webhook/green");
  EXPECT_EQ(received[0].authorization, "Bearer hook-token");
  EXPECT_EQ(id_of(json::parse(received[0].body)), early);
  EXPECT_EQ(id_of(json::parse(received[1].body)), late);
  EXPECT_THAT(api.webhook_statuses(), ElementsAre(200, 200));
  EXPECT_EQ(get("receiveNotification").answer.status, 400);
}

TEST_F(fake_green_faults, the_webhooks_token_has_three_shapes) {
  webhook_receiver hook;
  for (const auto* shape : {"basic", "bare"}) {
    api.set_options(hook.options({{"webhook_authorization", shape}}));
    api.push_text(dana, "hello");
    ASSERT_TRUE(wait_until([&] { return api.queued() == 0; }));
  }
  EXPECT_EQ(hook.received().at(0).authorization, "Basic hook-token");
  EXPECT_EQ(hook.received().at(1).authorization, "hook-token");
  EXPECT_THROW(api.set_options(R"({"webhook_authorization":"digest"})"), std::invalid_argument);
  EXPECT_THROW(api.set_options(R"({"webhook_url":"nowhere"})"), std::invalid_argument);
}

TEST_F(fake_green_faults, the_head_is_sent_again_until_the_webhook_takes_it) {
  webhook_receiver hook;
  hook.answer_with(503);
  api.set_options(hook.options({{"webhook_retry_ms", 10}}));
  const auto head = api.push_text(dana, "head");
  api.push_text(dana, "behind");
  ASSERT_TRUE(wait_until([&] { return hook.received().size() >= 3; }));
  EXPECT_EQ(api.queued(), 2);
  hook.answer_with(200);
  ASSERT_TRUE(wait_until([&] { return api.queued() == 0; }));
  const auto received = hook.received();
  for (size_t i = 0; i + 1 < received.size(); ++i)
    EXPECT_EQ(id_of(json::parse(received[i].body)), head);
  EXPECT_NE(id_of(json::parse(received.back().body)), head);
}

TEST_F(fake_green_faults, a_webhook_that_is_not_there_is_asked_again_when_it_moved) {
  api.set_options(R"({"webhook_url":"http://127.0.0.1:)" + std::to_string(unused_port()) + "\"}");
  api.push_text(dana, "hello");
  ASSERT_TRUE(wait_until([&] { return !api.webhook_statuses().empty(); }));
  EXPECT_THAT(api.webhook_statuses(), ElementsAre(0));
  webhook_receiver hook;
  api.set_options(hook.options());  // ends the pause of a minute
  EXPECT_TRUE(wait_until([&] { return api.queued() == 0; }));
}

}  // namespace
}  // namespace denidin::test
