#include "cli/command_line.hpp"

int main(int argc, char** argv) { return denidin::cli::run(argc, argv); }
