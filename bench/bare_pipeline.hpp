#pragma once

#include <cstdint>
#include <filesystem>

namespace denidin::bench {

/// Serves the bare pipeline of a message until standard input ends: Beast in, one actor, a call for
/// an embedding, an exact scan of 1,000 vectors of 384 dimensions, a chat completion, the answer.
/// No session, no window, no policies: what the daemon does beyond it is its own. `model_port` is
/// that of a model server. Under `data_root`, unless it is empty, each message takes two durable
/// commits, before and after the calls, through the daemon's own writer.
int serve_pipeline(uint16_t model_port, const std::filesystem::path& data_root);

}  // namespace denidin::bench
