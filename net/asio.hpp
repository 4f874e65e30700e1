#pragma once

#include <memory>
#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

/// What the sources of this folder share of Asio; no public header includes it. Executors are named
/// by their type, which spares each operation a type-erased one.
namespace denidin::net {

namespace asio = boost::asio;
using boost::system::error_code;

/// Whatever belongs to one connection runs on its strand.
using strand = asio::strand<asio::io_context::executor_type>;
using tcp = asio::ip::tcp;
using tcp_socket = asio::basic_stream_socket<tcp, strand>;
using tcp_acceptor = asio::basic_socket_acceptor<tcp, strand>;
using strand_timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, strand>;

template <class T>
using awaitable = asio::awaitable<T, strand>;
/// Completes a `co_await` with a tuple of the error and the result; nothing is thrown.
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<strand>{});
/// What reading or writing comes to.
using io_result = std::tuple<error_code, size_t>;

}  // namespace denidin::net
