#pragma once

namespace denidin::test {

/// What the server programs of the tests have in common. Made before the first thread.
class serving_program {
 public:
  /// Room for thousands of connections; SIGTERM and SIGINT are kept for `wait_for_the_end`.
  serving_program();

  /// Waits for SIGTERM or SIGINT, and for the end of standard input if `with_stdin`.
  void wait_for_the_end(bool with_stdin) const;

 private:
  int signals_ = -1;
};

}  // namespace denidin::test
