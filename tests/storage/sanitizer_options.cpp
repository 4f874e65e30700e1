/// What ThreadSanitizer is to leave out; it asks for it by this name.
extern "C" const char* __tsan_default_suppressions();

// hnswlib holds the lock of one node while it takes that of another, in no order. Only one thread
// at a time builds a graph, so nobody waits for it.
extern "C" const char* __tsan_default_suppressions() { return "deadlock:hnswlib::"; }
