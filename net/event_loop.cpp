#include "net/event_loop.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace denidin::net {

namespace asio = boost::asio;

namespace {

/// Blocks all signals in this thread, and so in the threads it starts, until destroyed. Those that
/// a fault of the program itself raises stay: blocked, they would end it without their handlers.
class signals_blocked {
 public:
  signals_blocked() {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
      sigdelset(&all, fault);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

 private:
  sigset_t before_;
};

void run(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception&) {
      // What one handler throws must not end the sockets of all others.
      continue;
    }
  }
}

}  // namespace

struct event_loop::state {
  explicit state(uint32_t count) : context{static_cast<int>(count)} {
    const signals_blocked guard;
    for (uint32_t i = 0; i < count; ++i)
      threads.emplace_back([this] { run(context); });
  }

  ~state() {
    context.stop();
    for (auto& thread : threads)
      thread.join();
  }

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::vector<std::thread> threads;
};

event_loop::event_loop(uint32_t threads)
    : data_(std::make_unique<state>(std::clamp<uint32_t>(threads, 1, 64))) {}

event_loop::~event_loop() = default;

asio::io_context& event_loop::context() { return data_->context; }

}  // namespace denidin::net
