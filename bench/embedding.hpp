#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/vectors.hpp"

namespace denidin::bench {

/// What makes vectors: the built-in embedder, any OpenAI-compatible server (through the daemon's
/// own embedder), or nothing.
class embedding_source {
 public:
  /// `which`: `builtin`, `none`, or the base URL of a server, asked for `model` with the key in
  /// OPENAI_API_KEY, if any. Embeds the probe pairs. Throws `std::runtime_error` when the server
  /// gives no vectors.
  embedding_source(const std::string& which, const std::string& model);
  ~embedding_source();

  bool is_on() const { return dimension_ > 0; }
  const std::string& model() const { return model_; }
  uint32_t dimension() const { return dimension_; }
  const std::optional<storage::calibration>& calibration() const { return calibration_; }

  /// One vector of length 1 for each text; empty ones when it is off.
  std::vector<std::vector<float>> make(const std::vector<std::string>& texts);
  std::vector<float> make(const std::string& text) {
    return make(std::vector<std::string>{text}).front();
  }
  /// Whether a text costs no call, so that a question may be embedded without its names.
  bool is_builtin() const { return !server_ && is_on(); }

 private:
  struct server;
  std::unique_ptr<server> server_;
  std::string model_;
  uint32_t dimension_ = 0;
  std::optional<storage::calibration> calibration_;
};

}  // namespace denidin::bench
