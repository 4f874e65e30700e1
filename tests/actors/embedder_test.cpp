#include "actors/embedder.hpp"

#include <cmath>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "actors/builtin_embedder.hpp"
#include "actors/log.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait_until.hpp"

namespace denidin::actors {
namespace {

using namespace std::chrono_literals;
using test::wait_until;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using texts = std::vector<std::string>;

double length_of(const std::vector<float>& values) {
  double squares = 0;
  for (const auto value : values)
    squares += static_cast<double>(value) * value;
  return std::sqrt(squares);
}

/// The real actor between a test and a fake model server on loopback.
struct embedders : testing::Test {
  struct actor_system_config : caf::actor_system_config {
    actor_system_config() {
      add_message_types<caf::id_block::denidin>();
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", size_t{1});
    }
  };

  test::fake_model model;
  config::settings settings;
  net::event_loop loop{1};
  std::shared_ptr<net::http_client> client =
      std::make_shared<net::http_client>(loop, net::http_client::options{});
  std::shared_ptr<metrics> figures = std::make_shared<metrics>();
  actor_system_config actors_config;
  caf::actor_system system{actors_config};
  embedder_actor subject;

  embedders() {
    settings.embedding.provider = "openai";
    settings.embedding.base_url = model.base_url();
    settings.ai.max_retries = 0;
  }

  ~embedders() override {
    stop();
    client.reset();
  }

  void start() {
    subject = system.spawn(embedder, std::make_shared<const config::settings>(settings), client,
                           figures, uint64_t{1});
  }

  void stop() {
    if (!subject)
      return;
    caf::scoped_actor waiting{system};
    waiting->monitor(subject);
    caf::anon_send_exit(subject, caf::exit_reason::user_shutdown);
    waiting->receive([](const caf::down_msg&) {});
    subject = nullptr;
  }

  template <class Result, class... Args>
  std::future<caf::expected<Result>> request(Args... args) {
    if (!subject)
      start();
    auto promise = std::make_shared<std::promise<caf::expected<Result>>>();
    system.spawn([=, to = subject](caf::event_based_actor* self) {
      self->request(to, caf::infinite, args...)
          .then([=](const Result& value) { promise->set_value(value); },
                [=](const caf::error& error) { promise->set_value(error); });
    });
    return promise->get_future();
  }

  auto ask(const std::string& text, std::chrono::milliseconds wait = 60s) {
    return request<embedding_ptr>(embed_atom_v, text, std::chrono::steady_clock::now() + wait);
  }
  auto ask_all(texts what) {
    return request<embeddings_ptr>(embed_atom_v,
                                   texts_ptr{std::make_shared<const texts>(std::move(what))});
  }
  embedder_status status() { return *request<embedder_status>(describe_atom_v).get(); }

  static embedding_ptr value_of(std::future<caf::expected<embedding_ptr>> asked) {
    auto result = asked.get();
    if (result)
      return *result;
    ADD_FAILURE() << explain(result.error()).message;
    return std::make_shared<const embedding>();
  }
  template <class Result>
  static ec failure_of(std::future<caf::expected<Result>> asked) {
    const auto result = asked.get();
    return result ? ec::none : code_of(result.error());
  }

  /// What each request asked for.
  std::vector<texts> inputs() const {
    std::vector<texts> result;
    for (const auto& each : model.requests())
      result.push_back(boost::json::value_to<texts>(boost::json::parse(each.body).at("input")));
    return result;
  }

  static texts numbered(size_t count, const std::string& prefix = "text ") {
    texts result;
    for (size_t n = 0; n < count; ++n)
      result.push_back(prefix + std::to_string(n));
    return result;
  }
};

TEST_F(embedders, answer_with_a_direction_and_who_made_it) {
  settings.embedding.api_key = "sk-embed";
  EXPECT_EQ(status().model, "");
  const auto made = value_of(ask("hello world"));
  EXPECT_EQ(made->model, "text-embedding-3-small:64");
  EXPECT_EQ(made->values.size(), 64u);
  EXPECT_NEAR(length_of(made->values), 1, 1e-5);
  const auto sent = model.requests();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].path, "/v1/embeddings");
  EXPECT_EQ(sent[0].authorization, "Bearer sk-embed");
  const auto now = status();
  EXPECT_EQ(now.model, "text-embedding-3-small:64");
  EXPECT_EQ(now.provider, "openai");
  EXPECT_EQ(now.calls, 1u);
  EXPECT_EQ(now.calls_24h, 1u);
  EXPECT_EQ(now.failures, 0u);
  EXPECT_EQ(now.cached, 1u);
  EXPECT_EQ(now.in_flight + now.queued, 0u);
}

TEST_F(embedders, name_the_configured_dimension_from_the_start) {
  settings.embedding.dimensions = 32;
  EXPECT_EQ(status().model, "text-embedding-3-small:32");
  EXPECT_EQ(value_of(ask("hello"))->values.size(), 32u);
}

TEST_F(embedders, put_texts_that_come_together_into_one_request) {
  settings.topology.embedding_linger_ms = 300;
  settings.topology.embedding_max_in_flight = 4;
  start();
  // A request that is under way is what others may wait for.
  model.behave(R"({"only_when_contains": "the first", "delay_ms": 100})");
  auto first = ask("the first");
  EXPECT_TRUE(wait_until([&] { return model.embedding_count() == 1; }));
  std::vector<std::future<caf::expected<embedding_ptr>>> asked;
  for (const auto& text : numbered(10))
    asked.push_back(ask(text));
  std::vector<embedding_ptr> together;
  for (auto& each : asked)
    together.push_back(value_of(std::move(each)));
  EXPECT_THAT(inputs(), ElementsAre(SizeIs(1), SizeIs(10)));
  value_of(std::move(first));
  // Each got its own vector, as it gets it alone.
  stop();
  settings.topology.embedding_linger_ms = 0;
  for (size_t n = 0; n < together.size(); ++n)
    EXPECT_EQ(value_of(ask(numbered(10)[n]))->values, together[n]->values) << n;
}

TEST_F(embedders, keep_to_the_size_of_a_batch) {
  settings.topology.embedding_batch = 4;
  settings.topology.embedding_max_in_flight = 2;
  const auto all = *ask_all(numbered(10)).get();
  EXPECT_THAT(all->of, SizeIs(10));
  EXPECT_THAT(inputs(), ElementsAre(SizeIs(4), SizeIs(4), SizeIs(2)));
  EXPECT_THAT((*ask_all({}).get())->of, IsEmpty());
}

TEST_F(embedders, leave_room_for_turns_beside_background_work) {
  settings.topology.embedding_batch = 1;
  settings.topology.embedding_max_in_flight = 4;
  model.behave(R"({"hang": true})");
  auto background = ask_all(numbered(6, "background "));
  EXPECT_TRUE(wait_until([&] { return status().queued == 4; }));
  EXPECT_EQ(status().in_flight, 2u);
  std::vector<std::future<caf::expected<embedding_ptr>>> asked;
  for (const auto& text : numbered(5))
    asked.push_back(ask(text));
  EXPECT_TRUE(wait_until([&] { return status().in_flight == 4; }));
  EXPECT_TRUE(wait_until([&] { return status().queued == 4 + 3; }));
  EXPECT_TRUE(wait_until([&] { return model.embedding_count() == 4; }));
  EXPECT_THAT(figures->expose(), HasSubstr(R"(denidin_actor_queue_length{actor="embedder"} 7)"));
  // Whoever waits is answered when the actor ends.
  stop();
  EXPECT_EQ(failure_of(std::move(background)), ec::draining);
  for (auto& each : asked)
    EXPECT_EQ(failure_of(std::move(each)), ec::draining);
}

TEST_F(embedders, ask_once_for_the_same_text) {
  model.behave(R"({"delay_ms": 200})");
  auto first = ask("same"), second = ask("same"), other = ask("other");
  auto many = ask_all({"same", "same"});
  const auto made = value_of(std::move(first));
  EXPECT_EQ(value_of(std::move(second)), made);
  EXPECT_NE(value_of(std::move(other)), made);
  EXPECT_THAT((*many.get())->of, ElementsAre(made, made));
  size_t sent = 0;
  for (const auto& each : inputs())
    sent += each.size();
  EXPECT_EQ(sent, 2u);
  // Nor afterwards.
  EXPECT_EQ(value_of(ask("same")), made);
  EXPECT_EQ(status().cache_hits, 1u);
  EXPECT_EQ(status().texts, 6u);
}

TEST_F(embedders, keep_as_many_vectors_as_configured) {
  settings.topology.embedding_cache = 1;
  value_of(ask("one"));
  value_of(ask("two"));
  EXPECT_EQ(status().cached, 1u);
  value_of(ask("one"));
  EXPECT_EQ(model.embedding_count(), 3u);
}

TEST_F(embedders, let_the_request_of_a_late_answer_fill_the_cache) {
  settings.topology.embedding_linger_ms = 0;
  model.behave(R"({"delay_ms": 400})");
  auto late = ask("slow", 50ms), patient = ask("slow", 60s);
  EXPECT_EQ(failure_of(std::move(late)), ec::upstream_timeout);
  value_of(std::move(patient));
  EXPECT_EQ(failure_of(ask("alone", 50ms)), ec::upstream_timeout);
  EXPECT_TRUE(wait_until([&] { return status().cached == 2; }));
  value_of(ask("alone", 1ms));
  EXPECT_EQ(model.embedding_count(), 2u);
  EXPECT_EQ(failure_of(ask("never sent", -1ms)), ec::upstream_timeout);
  EXPECT_EQ(model.embedding_count(), 2u);
}

TEST_F(embedders, drop_what_nobody_waits_for_any_more) {
  settings.topology.embedding_max_in_flight = 1;
  settings.topology.embedding_linger_ms = 0;
  settings.embedding.timeout = 1s;
  model.behave(R"({"hang": true, "times": 1})");
  auto first = ask("first");
  EXPECT_TRUE(wait_until([&] { return model.embedding_count() == 1; }));
  EXPECT_EQ(failure_of(ask("left", 20ms)), ec::upstream_timeout);
  EXPECT_EQ(failure_of(std::move(first)), ec::upstream_timeout);
  value_of(ask("next"));
  EXPECT_THAT(inputs(), ElementsAre(ElementsAre("first"), ElementsAre("next")));
}

TEST_F(embedders, find_the_text_that_the_server_dislikes) {
  model.behave(R"({"only_when_contains": "poison", "status": 400})");
  auto wanted = numbered(8);
  wanted[5] = "poison";
  const auto all = *ask_all(wanted).get();
  for (size_t n = 0; n < wanted.size(); ++n)
    EXPECT_EQ(all->of[n] != nullptr, n != 5) << n;
  EXPECT_EQ(status().breaker, "closed");

  settings.topology.embedding_linger_ms = 300;
  settings.topology.embedding_max_in_flight = 4;
  stop();
  start();
  model.behave(R"([{"only_when_contains": "the first", "delay_ms": 100},
                   {"only_when_contains": "poison", "status": 400}])");
  const auto before = model.embedding_count();
  auto first = ask("the first");
  EXPECT_TRUE(wait_until([&] { return model.embedding_count() == before + 1; }));
  auto good = ask("good"), bad = ask("more poison"), fine = ask("fine");
  value_of(std::move(first));
  value_of(std::move(good));
  value_of(std::move(fine));
  EXPECT_EQ(failure_of(std::move(bad)), ec::upstream_rejected);
  EXPECT_EQ((*ask_all({"poison"}).get())->of, std::vector<embedding_ptr>{nullptr});
}

TEST_F(embedders, do_not_split_what_no_text_is_the_reason_of) {
  model.behave(R"({"status": 401})");
  EXPECT_EQ(failure_of(ask_all(numbered(8))), ec::upstream_rejected);
  EXPECT_EQ(model.embedding_count(), 1u);
}

TEST_F(embedders, never_keep_garbage) {
  const auto body = [](const std::string& vectors) {
    return R"({"body": {"data": [)" + vectors + "]}}";
  };
  for (const auto& bad :
       {body(R"({"index":0,"embedding":[0,0]})"),
        body(R"({"index":0,"embedding":"AADAfwAAgD8="})"),  // NaN, 1
        body(""), body(R"({"index":0,"embedding":[1]},{"index":1,"embedding":[1]})"),
        std::string{R"({"body": "<html>"})"}}) {
    stop();
    model.behave(bad);
    EXPECT_EQ(failure_of(ask("text")), ec::upstream_garbage) << bad;
    EXPECT_EQ(status().cached, 0u) << bad;
    EXPECT_EQ(status().model, "") << bad;
  }
  EXPECT_THAT(figures->expose(),
              HasSubstr(R"(denidin_embedding_requests_total{outcome="upstream_garbage"} 5)"));
}

TEST_F(embedders, find_the_text_that_makes_garbage) {
  model.behave(R"({"only_when_contains": "strange", "body": "nonsense"})");
  auto wanted = numbered(16);
  wanted[0] = "strange";
  const auto all = *ask_all(wanted).get();
  for (size_t n = 0; n < wanted.size(); ++n)
    EXPECT_EQ(all->of[n] != nullptr, n != 0) << n;
}

TEST_F(embedders, refuse_another_dimension_than_before) {
  const auto two = R"({"body": {"data": [{"index":0,"embedding":[1,0]}]}})";
  value_of(ask("first"));
  model.behave(two);
  EXPECT_EQ(failure_of(ask("second")), ec::upstream_garbage);
  EXPECT_EQ(status().cached, 1u);
  stop();
  settings.embedding.dimensions = 3;
  const auto result = ask("third").get();
  ASSERT_FALSE(result);
  EXPECT_EQ(explain(result.error()).message,
            "The embedding server's vectors have 2 numbers instead of 3. Set "
            "ai.embedding.dimensions to what the model makes.");
  EXPECT_EQ(failure_of(ask_all({"fourth", "fifth"})), ec::upstream_garbage);
}

TEST_F(embedders, leave_a_server_alone_that_does_not_work) {
  model.behave(R"({"status": 500})");
  for (const auto& text : numbered(5))
    EXPECT_EQ(failure_of(ask(text)), ec::upstream_failed);
  EXPECT_EQ(status().breaker, "open");
  EXPECT_EQ(failure_of(ask("another")), ec::upstream_breaker_open);
  EXPECT_EQ(failure_of(ask_all(numbered(3))), ec::upstream_breaker_open);
  EXPECT_EQ(model.embedding_count(), 5u);
  EXPECT_EQ(status().failures, 5u);
}

TEST_F(embedders, tell_those_who_wait_when_the_breaker_opens) {
  settings.topology.embedding_batch = 1;
  settings.topology.embedding_max_in_flight = 10;
  model.behave(R"({"status": 500})");
  EXPECT_EQ(failure_of(ask_all(numbered(100))), ec::upstream_failed);
  EXPECT_EQ(model.embedding_count(), 5u + 4u) << "five, and those in flight with the fifth";
  EXPECT_EQ(status().queued, 0u);
}

TEST_F(embedders, repeat_what_may_succeed) {
  settings.ai.max_retries = 2;
  model.behave(R"({"status": 503, "times": 1, "headers": {"retry-after-ms": "1"}})");
  value_of(ask("again"));
  EXPECT_EQ(model.embedding_count(), 2u);
  // Not, when the one who waits would be gone by then.
  model.behave(R"({"status": 503, "headers": {"retry-after-ms": "20000"}})");
  EXPECT_EQ(failure_of(ask("soon", 10s)), ec::upstream_failed);
  EXPECT_EQ(model.embedding_count(), 3u);
}

TEST_F(embedders, survive_a_connection_that_breaks) {
  model.behave(R"({"drop_connection": true, "times": 1})");
  EXPECT_EQ(failure_of(ask("first")), ec::upstream_reset);
  value_of(ask("first"));
  settings.embedding.base_url = "http://127.0.0.1:1/v1";
  stop();
  EXPECT_EQ(failure_of(ask("second")), ec::upstream_refused);
}

TEST_F(embedders, take_a_new_key_only_for_the_same_server) {
  settings.embedding.api_key = "sk-old";
  value_of(ask("one"));
  auto changed = settings;
  changed.embedding.api_key = "sk-new";
  caf::anon_send(subject, reload_atom_v, settings_ptr{std::make_shared<config::settings>(changed)});
  value_of(ask("two"));
  changed.embedding.api_key = "sk-of-another-server";
  changed.embedding.base_url = "http://127.0.0.1:1/v1";
  caf::anon_send(subject, reload_atom_v, settings_ptr{std::make_shared<config::settings>(changed)});
  value_of(ask("three"));
  texts keys;
  for (const auto& each : model.requests())
    keys.push_back(each.authorization);
  EXPECT_THAT(keys, ElementsAre("Bearer sk-old", "Bearer sk-new", "Bearer sk-new"));
}

TEST_F(embedders, embed_a_long_text_in_pieces) {
  std::string text;
  while (text.size() < 100'000)
    text += "word" + std::to_string(text.size()) + ' ';
  const auto made = value_of(ask(text));
  EXPECT_NEAR(length_of(made->values), 1, 1e-5);
  texts sent;
  for (const auto& each : inputs())
    sent.insert(sent.end(), each.begin(), each.end());
  EXPECT_GT(sent.size(), 1u);
  std::string joined;
  for (const auto& each : sent)
    joined += each;
  EXPECT_EQ(joined, text);
  EXPECT_EQ(status().cached, 1u);
}

TEST_F(embedders, cut_a_text_that_the_server_calls_too_long) {
  model.behave(R"({"status": 400, "times": 1,
    "body": {"error": {"message": "too long", "code": "context_length_exceeded"}}})");
  std::string text;
  for (int n = 0; n < 1'000; ++n)
    text += "some words ";
  EXPECT_NEAR(length_of(value_of(ask(text))->values), 1, 1e-5);
  EXPECT_THAT(inputs(), ElementsAre(SizeIs(1), SizeIs(2)));
  model.behave(R"({"status": 400,
    "body": {"error": {"message": "too long", "code": "context_length_exceeded"}}})");
  EXPECT_EQ(failure_of(ask("short text")), ec::upstream_context_length);
}

TEST_F(embedders, refuse_empty_texts) {
  EXPECT_EQ(failure_of(ask("")), ec::invalid_field);
  EXPECT_EQ(failure_of(ask(" \n")), ec::invalid_field);
  const auto all = *ask_all({"", "text"}).get();
  EXPECT_EQ(all->of[0], nullptr);
  EXPECT_NE(all->of[1], nullptr);
  EXPECT_EQ((*ask_all({"", " "}).get())->of, std::vector<embedding_ptr>(2));
}

TEST_F(embedders, refuse_more_than_they_can_hold) {
  settings.topology.embedding_batch = 2'048;
  EXPECT_EQ(failure_of(ask_all(numbered(10'001))), ec::upstream_queue_full);
  size_t sent = 0;
  for (const auto& each : inputs())
    sent += each.size();
  EXPECT_EQ(sent, 10'000u);
  EXPECT_EQ(status().queued, 0u);
}

TEST_F(embedders, need_no_server_with_the_built_in_provider) {
  settings.embedding.provider = "builtin";
  const auto made = value_of(ask("hello", -1s));
  EXPECT_EQ(made->model, builtin_fingerprint);
  EXPECT_EQ(made->values, builtin_embedding("hello"));
  const auto all = *ask_all({"hello", "", "you"}).get();
  EXPECT_EQ(all->of[0]->values, made->values);
  EXPECT_EQ(all->of[1], nullptr);
  EXPECT_EQ(failure_of(ask("")), ec::invalid_field);
  EXPECT_EQ(status().model, builtin_fingerprint);
  EXPECT_EQ(status().calls, 2u) << "a batch is one";
  EXPECT_EQ(model.embedding_count(), 0u);
  EXPECT_THAT(figures->expose(), HasSubstr(R"(denidin_embedding_requests_total{outcome="ok"} 2)"));
}

TEST_F(embedders, log_each_call_without_what_was_said) {
  test::temporary_directory directory;
  config::settings how;
  how.log.file = directory / "log";
  ASSERT_FALSE(log::open(how));
  (void)ask_all({"canary one", "canary two"}).get();
  model.behave(R"({"status": 500})");
  (void)ask("canary three").get();
  stop();
  std::ifstream file{how.log.file};
  const std::string logged{std::istreambuf_iterator<char>{file}, {}};
  EXPECT_TRUE(std::regex_search(logged, std::regex{R"(Embedding request: 2 texts, \d+ ms\n)"}))
      << logged;
  EXPECT_TRUE(std::regex_search(logged, std::regex{R"(Embedding request: 1 texts, \d+ ms\n)"}));
  EXPECT_THAT(logged, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace denidin::actors
