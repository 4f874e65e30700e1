#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <simdjson.h>

#include "messages/types.hpp"
#include "storage/memories.hpp"

/// The bodies of `/v1/memories` and `/v1/recall` (contract §3). Pure functions.
namespace denidin::actors {

/// What `POST /v1/memories` carries.
struct posted_memory {
  std::string chat_id;  ///< empty: the shared scope
  std::string text;
  memory_kind kind = memory_kind::fact;  ///< never `turn`
};

/// Reads a body as `read_fields` does; either `chat_id` or `"scope": "shared"` is there.
caf::expected<posted_memory> read_memory(simdjson::dom::parser& parser, std::string& body);

/// Whose memories are meant must be said, once: a chat's or the shared ones.
caf::error check_scope(bool has_chat, bool is_shared);

/// What `POST /v1/recall` carries.
struct posted_question {
  std::string chat_id;
  std::string query;
  std::optional<uint32_t> top_k;         ///< 1 … 1000
  std::optional<double> min_similarity;  ///< 0 … 1
  bool explains = false;
};

/// Reads a body as `read_fields` does.
caf::expected<posted_question> read_question(simdjson::dom::parser& parser, std::string& body);

/// One memory.
std::string write_memory(const storage::memory& what);

/// `GET /v1/memories`; `next` is the name of the last one, or null.
std::string write_memories(const storage::memory_page& page);

/// `POST /v1/recall`; `explains` adds what each similarity is made of.
std::string write_recalled(const recall_answer& found, bool explains);

/// The name of a memory of a page before which the next one begins, `m12`; 0 for an empty one, none
/// for what names no memory.
std::optional<uint64_t> parse_before(const std::string& name);

}  // namespace denidin::actors
