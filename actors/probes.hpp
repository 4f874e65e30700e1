#pragma once

#include <span>
#include <string_view>

namespace denidin::actors {

/// One pair of texts with which an embedding model is calibrated: what somebody writes in a chat
/// and what the memory holds. The texts are made up; they come from nobody's conversations.
struct probe_pair {
  /// A question or remark as a chat user writes it: UTF-8, NFC, 1 to 400 bytes.
  std::string_view query;
  /// A stored turn, fact or summary, of the same form.
  std::string_view memory;
  /// Whether the memory answers or concerns the query. An unrelated pair often shares language,
  /// register and field with its query, as the memories of one chat do, but not the matter.
  bool related;
};

/// All pairs, always the same and in the same order, each text once. The cosines of the unrelated
/// ones give a model's background (mean and spread), those of the related ones say where its
/// "relevant" lies, so that one threshold means the same for every model. English and Hebrew are
/// most of them; ten more languages and a few pairs across languages are the rest. A change of any
/// pair makes stored calibrations stale.
std::span<const probe_pair> probe_pairs();

}  // namespace denidin::actors
