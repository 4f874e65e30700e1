#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace denidin::test {

/// A model server that speaks the OpenAI wire, for tests and for measuring. It takes
///
/// * `POST /v1/chat/completions`: answers `echo: <text of the last user message>`, with the usage
///   counted in words;
/// * `POST /v1/embeddings`: gives each text the sum of its words' hashed directions, normalised, as
///   base64 or floats;
/// * `GET /control/requests?since=N&endpoint=E`: the bodies received so far, a JSON array in order
///   of arrival, only those of `chat` or of `embeddings` if E says so, and of them not the first N;
/// * `DELETE /control/requests`: forgets them;
/// * `PUT /control/behaviour`: a behaviour, or an array of them, that replaces those in force.
///
/// A behaviour is an object. For each request the first one that fits decides; without one the
/// answers above are given. All keys are optional:
///
/// * `only_when_contains`: fits only requests whose body contains this text
/// * `endpoint`: fits only `chat` or `embeddings`
/// * `times`: fits that many requests, then never again
/// * `delay_ms`: before the answer
/// * `delay_distribution`: added to it; `{"kind":"uniform","min_ms","max_ms","seed"}` or
///   `{"kind":"lognormal","median_ms","sigma","seed"}`
/// * `status`, `body`, `content_type`, `headers`: the answer as it is; `body` may be an object; a
///   `status` alone gets an error object
/// * `reply`: the text of the completion; `{last_user}` and `{model}` stand for the request's; an
///   array is a script with one text per request, the last one for ever
/// * `finish_reason`: instead of `stop`
/// * `usage`: `false` for none, or an object that is given as it is
/// * `hang`: true: never answers
/// * `drop_connection`: true: closes the connection instead of answering
/// * `garbage`: these bytes instead of HTTP, then the connection is closed
class fake_model {
 public:
  /// A request to one of the model's endpoints.
  struct recorded {
    std::string path, authorization, body;
  };

  /// Listens on 127.0.0.1 at once (`port` 0: any free one); `dimensions` of its embeddings where
  /// the request names none. `bias` is how far all of them lean to one side, against a length of 1:
  /// with 2 the cosine of texts without a common word is 0.8 rather than 0.
  /// Without `keeps` no request is remembered, for loads that would fill the memory.
  explicit fake_model(uint16_t port = 0, uint32_t dimensions = 64, double bias = 0,
                      bool keeps = true);
  ~fake_model();
  fake_model(const fake_model&) = delete;
  fake_model& operator=(const fake_model&) = delete;

  uint16_t port() const;
  /// What belongs into `ai.base_url`: `http://127.0.0.1:<port>/v1`.
  std::string base_url() const;

  /// As `PUT /control/behaviour`; throws `std::invalid_argument` for what it cannot read.
  void behave(std::string_view json);
  /// As `PUT /control/behaviour` with an empty array.
  void behave_normally() { behave("[]"); }

  /// Everything received so far, in order of arrival.
  std::vector<recorded> requests() const;
  /// How many chat completions were asked for.
  size_t chat_count() const;
  /// How many embedding calls came.
  size_t embedding_count() const;
  /// The body of the n-th chat request (from 0); throws `std::out_of_range`.
  boost::json::value chat_body(size_t n) const;
  /// The `content` of each message of the n-th chat request, in order.
  std::vector<std::string> contents(size_t n) const;
  /// The contents of the newest chat request.
  std::vector<std::string> last_contents() const { return contents(chat_count() - 1); }
  /// As `DELETE /control/requests`.
  void forget();

 private:
  struct state;
  std::unique_ptr<state> data_;
};

}  // namespace denidin::test
