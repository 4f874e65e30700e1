#include "tests/actors/channel_house.hpp"

#include <algorithm>

#include "net/retry_after.hpp"

namespace denidin::test {

namespace {

writer_actor::behavior_type gated(writer_actor::pointer self, std::shared_ptr<gate> how,
                                  writer_actor real) {
  const auto pass = [=](const change_ptr& what, caf::typed_response_promise<uint64_t> answer) {
    self->request(real, caf::infinite, write_atom_v, what)
        .then([=](uint64_t id) mutable { answer.deliver(id); },
              [=](const caf::error& error) mutable { answer.deliver(error); });
  };
  return {
      [=](write_atom, const change_ptr& what) -> caf::result<uint64_t> {
        auto code = how->refuses;
        if (code == ec::none && !how->refuse_next.empty()) {
          code = how->refuse_next.front();
          how->refuse_next.pop_front();
        }
        if (code != ec::none)
          return fail(code);
        auto answer = self->make_response_promise<uint64_t>();
        if (how->holds)
          how->held.emplace_back(what, answer);
        else
          pass(what, answer);
        return answer;
      },
      [=](commit_atom) {
        for (auto& [what, answer] : std::exchange(how->held, {}))
          pass(what, answer);
      },
  };
}

std::string line_of(const net::http_call& call) { return call.query + ": " + call.body; }

}  // namespace

// -- the wire -------------------------------------------------------------------------------------

net::http_call plain_wire::call_of(const char* method, std::string query, std::string body) {
  net::http_call call;
  call.method = method;
  call.query = std::move(query);
  call.body = std::move(body);
  return call;
}

caf::expected<net::received> plain_wire::read_received(const net::http_result& result,
                                                       wall_time) const {
  if (result.error)
    return result.error;
  if (result.answer.status != 200)
    return fail(ec::channel_failed);
  if (result.answer.body.empty())
    return net::received{};
  return net::received{items.at(result.answer.body), "receipt of " + result.answer.body};
}

net::http_call plain_wire::send(const outgoing& part) const {
  auto call = call_of("send", part.chat_id, part.text);
  if (!part.quotes.empty())
    call.headers.emplace_back("quotes", part.quotes);
  return call;
}

net::send_result plain_wire::read_sent(const net::http_result& result, wall_time now) const {
  using kind = net::send_result::kind;
  if (result.error)
    return {result.request_left ? kind::unknown : kind::not_sent, {}, result.error, {}};
  const auto& answer = result.answer;
  if (answer.status == 200)
    return {kind::sent, answer.body, {}, {}};
  if (answer.status == 429)
    return {kind::not_sent, {}, fail(ec::channel_rate_limited), net::wait_asked(answer, now)};
  if (answer.status >= 500)
    return {kind::not_sent, {}, fail(ec::channel_failed), net::wait_asked(answer, now)};
  return {kind::refused, {}, fail(ec::channel_rejected), {}};
}

std::optional<std::string> plain_wire::read_state(const net::http_result& result) const {
  if (result.error || result.answer.status != 200)
    return std::nullopt;
  return result.answer.body;
}

net::http_result answered(std::string body) {
  net::http_result result;
  result.answer.status = 200;
  result.answer.body = std::move(body);
  return result;
}

net::http_result failed(unsigned status, std::string retry_after) {
  net::http_result result;
  result.answer.status = status;
  result.answer.retry_after = std::move(retry_after);
  return result;
}

net::http_result broken(ec code, bool request_left) {
  net::http_result result;
  result.error = fail(code);
  result.request_left = request_left;
  return result;
}

// -- the house ------------------------------------------------------------------------------------

channel_house::channel_house(config::settings wanted)
    : house(std::move(wanted)), real_writer_(around->writer) {
  around->writer = system().spawn(gated, writes, real_writer_);
  start_outbound();
}

channel_house::~channel_house() {
  stop_poller();
  stop_outbound();
  stop_ingress();
  writes->held.clear();
  calls_.clear();
  caf::anon_send_exit(around->writer, caf::exit_reason::user_shutdown);
  around->writer = real_writer_;
  around->outbounds.clear();
  run();
  real_writer_ = nullptr;
}

actors::http_caller channel_house::caller() {
  return [this](net::http_call what, std::function<void(net::http_result)> done) {
    made_[what.method].push_back(line_of(what));
    open_call call{std::move(what), std::move(done), {}};
    const auto known = storage::list_outbox(view_of(*store), 0, 100'000);
    if (call.what.method == "send" && known)
      for (const auto& row : *known)
        if (row.chat_id == call.what.query && row.text == call.what.body)
          call.row = row;
    calls_.push_back(std::move(call));
  };
}

std::vector<std::string> channel_house::open(const std::string& method) const {
  std::vector<std::string> lines;
  for (const auto& each : calls_)
    if (each.what.method == method)
      lines.push_back(line_of(each.what));
  return lines;
}

void channel_house::answer(const std::string& method, net::http_result with) {
  const auto call = std::find_if(calls_.begin(), calls_.end(),
                                 [&](const auto& each) { return each.what.method == method; });
  if (call == calls_.end()) {
    ADD_FAILURE() << "nobody waits for the answer of " << method;
    return;
  }
  const auto done = std::move(call->done);
  calls_.erase(call);
  done(std::move(with));
  run();
}

void channel_house::answer_send(const std::string& text, net::http_result with) {
  const auto call = std::find_if(calls_.begin(), calls_.end(), [&](const auto& each) {
    return each.what.method == "send" && each.what.body == text;
  });
  if (call == calls_.end()) {
    ADD_FAILURE() << "nobody sends " << text;
    return;
  }
  const auto done = std::move(call->done);
  calls_.erase(call);
  done(std::move(with));
  run();
}

void channel_house::take(const std::vector<std::string>& texts) {
  for (const auto& text : texts)
    answer_send(text, answered("id of " + text));
}

std::function<void(net::http_result)> channel_house::completion_of(
    const std::string& method) const {
  for (const auto& each : calls_)
    if (each.what.method == method)
      return each.done;
  throw std::runtime_error("nobody waits for the answer of " + method);
}

const channel_house::open_call& channel_house::send_of(const std::string& text) const {
  for (const auto& each : calls_)
    if (each.what.method == "send" && each.what.body == text)
      return each;
  throw std::runtime_error("nobody sends " + text);
}

// -- the way out ----------------------------------------------------------------------------------

void channel_house::start_outbound() {
  outbound_ = system().spawn(actors::outbound,
                             actors::outbound_surroundings{store, around->writer, wire, caller(),
                                                           around->figures, around->now},
                             settings);
  around->outbounds = {{channel::green_api, outbound_}};
  run();
}

void channel_house::stop_outbound() {
  if (!outbound_)
    return;
  caf::anon_send_exit(outbound_, caf::exit_reason::user_shutdown);
  outbound_ = nullptr;
  run();
  calls_.clear();
}

void channel_house::recover() {
  committed(*store, [](storage::write_transaction& txn) { return storage::recover_outbox(txn); });
}

void channel_house::put_untold(const std::string& chat, const std::vector<std::string>& parts,
                               const std::string& quotes) {
  EXPECT_FALSE(run_change(*store, [&](storage::write_transaction& txn) {
    return storage::add_reply(
        txn, {channel::green_api, wire->instance(), chat, parts, quotes, around->now()});
  }));
}

void channel_house::put(const std::string& chat, const std::vector<std::string>& parts,
                        const std::string& quotes) {
  put_untold(chat, parts, quotes);
  tell_outbound(refresh_atom_v);
}

void channel_house::report(const std::string& chat, const std::string& id, const std::string& text,
                           const std::string& failure) {
  const send_report what{chat, id, text, around->now(), failure};
  tell_outbound(report_atom_v, send_report_ptr{std::make_shared<const send_report>(what)});
}

void channel_house::account(const std::string& state) { tell_outbound(state_atom_v, state); }

std::vector<outgoing> channel_house::rows() const {
  return must(storage::list_outbox(view_of(*store), 0, 100'000));
}

std::vector<std::string> channel_house::outbox() const {
  std::vector<std::string> lines;
  for (const auto& row : rows())
    lines.push_back(row.text + ": " + std::string{to_string(row.state)});
  return lines;
}

uint64_t channel_house::seq_of(const std::string& text) const {
  for (const auto& row : rows())
    if (row.text == text)
      return row.seq;
  throw std::runtime_error("the outbox has no " + text);
}

std::vector<std::string> channel_house::replies(const std::string& chat) const {
  std::vector<std::string> texts;
  for (const auto& row : rows())
    if (row.chat_id == chat)
      texts.push_back(row.text);
  return texts;
}

channel_status channel_house::status() {
  auto result = std::make_shared<channel_status>();
  system().spawn([=, to = outbound_](caf::event_based_actor* self) {
    self->request(to, caf::infinite, describe_atom_v).then([=](const channel_status& status) {
      *result = status;
    });
  });
  run();
  return *result;
}

// -- the way in -----------------------------------------------------------------------------------

void channel_house::start_poller() {
  poller_ = system().spawn(actors::poller,
                           actors::intake_surroundings{door(), outbound_, around->writer, wire,
                                                       around->figures, around->now},
                           caller());
  run();
}

void channel_house::stop_poller() {
  if (!poller_)
    return;
  caf::anon_send_exit(poller_, caf::exit_reason::user_shutdown);
  poller_ = nullptr;
  run();
}

std::shared_ptr<inbound> channel_house::message(const std::string& chat, const std::string& text,
                                                const std::string& id) {
  auto made = std::make_shared<inbound>();
  made->via = channel::green_api;
  made->instance = wire->instance();
  made->chat_id = chat;
  made->message_id = id.empty() ? "in" + std::to_string(next_message_++) : id;
  made->text = text;
  made->sent_at = made->received_at = around->now();
  return made;
}

ec channel_house::deliver(std::shared_ptr<inbound> message) {
  const auto accepted = ask<std::string>(enqueue_atom_v, inbound_ptr{std::move(message)});
  return accepted ? ec::none : code_of(accepted.error());
}

void channel_house::hand_in(std::shared_ptr<inbound> message) {
  caf::anon_send(door(), enqueue_atom_v, inbound_ptr{std::move(message)});
}

void channel_house::open_gate() {
  writes->holds = false;
  writes->refuses = ec::none;
  writes->refuse_next.clear();
  caf::anon_send(around->writer, commit_atom_v);
  run();
}

std::optional<double> channel_house::metric(const std::string& name) const {
  const auto all = "\n" + around->figures->expose();
  const auto at = all.find("\n" + name + " ");
  if (at == all.npos)
    return std::nullopt;
  return std::stod(all.substr(at + name.size() + 2));
}

}  // namespace denidin::test
