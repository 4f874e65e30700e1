#include "cli/command_line.hpp"

#include <charconv>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "config/suggest.hpp"
#include "messages/version.hpp"

namespace denidin::cli {

namespace {

/// What is wrong with the number of a part; the library takes -1 for one.
std::string number_of_part(const std::string& text) {
  uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool is_number = error == std::errc{} && stop == end && number > 0;
  return is_number ? std::string{} : '\'' + text + "' is no number as 'outbox list' shows them";
}

/// Builds the tree of commands; `selected` is what the parsed line asks for.
class command_tree {
 public:
  command_tree() : root_("DeniDin gives a WhatsApp assistant a memory.", "denidin") {
    root_.require_subcommand(0, 1);
    root_.set_version_flag("--version", "denidin " + std::string{version});
    root_.get_formatter()->column_width(32);
    root_.footer(
        "Run 'denidin COMMAND --help' for the options and examples of a command.\n\n"
        "Exit codes: 0 ok, 1 there is something to look at, 64 wrong usage, 69 no daemon answers,\n"
        "74 files or the store, 75 the data directory is in use, 78 configuration.\n\n"
        "Examples:\n"
        "  denidin serve                   run the daemon in the foreground\n"
        "  denidin chat                    talk to it from another terminal\n"
        "  denidin status                  see how it is doing");
    add_daemon_commands();
    add_config_commands();
    add_session_commands();
    add_memory_commands();
    add_outbox_commands();
    add_store_commands();
    auto* about = add(root_, "version", "Print the version.", "  denidin version\n", common_);
    bind(about, [this] { return show_version(common_); });
  }

  CLI::App& root() { return root_; }
  const std::function<int()>& selected() const { return selected_; }

 private:
  /// A command with what all of them have.
  static CLI::App* add(CLI::App& under, const char* name, const char* does, const char* examples,
                       common_options& options) {
    auto* command = under.add_subcommand(name, does);
    command->footer(std::string{"Examples:\n"} + examples);
    command->get_formatter()->column_width(32);
    add_config_option(command, options.config);
    command->add_flag("--json", options.json, "Print one JSON value instead of text");
    return command;
  }

  static void add_config_option(CLI::App* command, std::string& file) {
    command
        ->add_option("--config", file,
                     "Configuration file (default: $DENIDIN_CONFIG, config/denidin.json, "
                     "config/config.json)")
        ->type_name("FILE");
  }

  template <class Function>
  void bind(CLI::App* command, Function function) {
    command->callback(
        [this, function] { selected_ = [function] { return static_cast<int>(function()); }; });
  }

  void add_daemon_commands() {
    auto* run = root_.add_subcommand("serve", "Run the daemon until SIGTERM or Ctrl-C ends it.");
    run->footer(
        "SIGTERM drains and ends it, SIGHUP re-reads the configuration.\n\nExamples:\n"
        "  denidin serve\n"
        "  denidin serve --config /etc/denidin/denidin.json\n");
    add_config_option(run, serve_.config);
    bind(run, [this] { return serve(serve_); });

    auto* talk = add(root_, "chat", "Talk to the running daemon, one message per line.",
                     "  denidin chat\n"
                     "  denidin chat --as 972501234567@c.us\n"
                     "  denidin chat --once 'What is my name?'\n"
                     "  printf 'My name is Dana.\\nWhat is my name?\\n' | denidin chat\n",
                     chat_);
    talk->add_option("--as", chat_.chat_id, "The chat to speak in")
        ->capture_default_str()
        ->type_name("CHAT");
    talk->add_option("--once", chat_.once, "Send this one message and end")->type_name("TEXT");
    bind(talk, [this] { return chat(chat_); });

    auto* state = add(root_, "status", "Show the daemon's state and the metrics to watch.",
                      "  denidin status\n"
                      "  denidin status --json\n"
                      "  denidin status >/dev/null || echo 'look at DeniDin'\n",
                      common_);
    bind(state, [this] { return status(common_); });

    auto* clean = add(root_, "sweep", "Have the daemon archive the sessions that timed out, now.",
                      "  denidin sweep\n", common_);
    bind(clean, [this] { return sweep(common_); });
  }

  void add_config_commands() {
    auto* check = add(root_, "check-config", "Check the configuration without starting anything.",
                      "  denidin check-config\n"
                      "  denidin check-config --config new.json\n",
                      common_);
    bind(check, [this] { return check_config(common_); });

    auto* config = root_.add_subcommand("config", "Look at the configuration.");
    config->require_subcommand(1);
    config->footer("Examples:\n  denidin config show\n");
    auto* show = add(*config, "show",
                     "Print every effective value and where it came from; secrets are masked.",
                     "  denidin config show\n"
                     "  denidin config show --json\n",
                     common_);
    bind(show, [this] { return show_config(common_); });

    auto* graph = add(root_, "topology", "Draw the actor graph that the configuration yields.",
                      "  denidin topology\n"
                      "  denidin topology --format dot | dot -Tsvg >denidin.svg\n"
                      "  denidin topology --format mermaid\n",
                      topology_);
    graph->add_option("--format", topology_.format, "text, dot or mermaid")
        ->capture_default_str()
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "dot", "mermaid"}));
    bind(graph, [this] { return show_topology(topology_); });
  }

  void add_session_commands() {
    auto* sessions = add(root_, "sessions", "List, show and close conversations.",
                         "  denidin sessions\n"
                         "  denidin sessions list --state archived --limit 20\n"
                         "  denidin sessions show terminal\n"
                         "  denidin sessions reset 972501234567@c.us\n",
                         list_);
    sessions->require_subcommand(0, 1);
    sessions->preparse_callback([this, sessions](size_t) {
      selected_ = [this] { return static_cast<int>(list_sessions(list_)); };
    });
    auto* list = add(*sessions, "list", "List sessions, the most recently active first.",
                     "  denidin sessions list\n"
                     "  denidin sessions list --state all --json\n",
                     list_);
    list->add_option("--state", list_.state, "active, archived or all")
        ->capture_default_str()
        ->type_name("STATE")
        ->check(CLI::IsMember({"active", "archived", "all"}));
    list->add_option("--limit", list_.limit, "The most to list")
        ->capture_default_str()
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000'000));
    bind(list, [this] { return list_sessions(list_); });

    const auto add_one = [&](const char* name, const char* does, const char* example, auto* run) {
      auto* command = add(*sessions, name, does, example, session_);
      command->add_option("CHAT", session_.chat_id, "The chat's id")->required()->type_name("");
      bind(command, [this, run] { return run(session_); });
    };
    add_one("show", "Show the active session of a chat with all its turns.",
            "  denidin sessions show terminal\n", &show_session);
    add_one("reset", "Archive the active session of a chat, as /reset does.",
            "  denidin sessions reset terminal\n", &reset_session);
    add_one("expire", "Archive the active session of a chat as if it had timed out.",
            "  denidin sessions expire terminal\n", &expire_session);
  }

  /// A chat, or `--shared` in its place; `what` is the argument behind it, if there is one. Which
  /// of them stand there is seen when the line has been read.
  template <class Options, class Function>
  void bind_memory_command(CLI::App* command, Options& options, CLI::Option* what, Function run) {
    const auto* shared = command->add_flag("--shared", options.shared,
                                           "The memories that everybody shares, instead of CHAT");
    const auto* chat = command->get_option("CHAT");
    command->callback([=, this, &options] {
      const auto given = chat->count() + (what ? what->count() : 0);
      const size_t wanted = (options.shared ? 0 : 1) + (what ? 1 : 0);
      if (given < wanted)
        throw CLI::RequiredError(options.shared || given > 0 ? what->get_name() : "CHAT");
      if (given > wanted)
        throw CLI::ExcludesError(shared->get_name(), "CHAT");
      selected_ = [run, &options] { return static_cast<int>(run(options)); };
    });
  }

  void add_memory_commands() {
    auto* memories = root_.add_subcommand("memories", "List, add, forget and search memories.");
    memories->require_subcommand(1);
    memories->get_formatter()->column_width(32);
    memories->footer(
        "Examples:\n"
        "  denidin memories list terminal\n"
        "  denidin memories add terminal 'The key is under the mat.'\n"
        "  denidin memories search terminal 'Where is the key?'\n"
        "  denidin memories forget terminal m12\n");

    auto* list = add(*memories, "list", "List the memories of a chat, the newest first.",
                     "  denidin memories list terminal\n"
                     "  denidin memories list --shared --limit 20\n",
                     memory_list_);
    list->add_option("CHAT", memory_list_.chat_id, "The chat's id")->type_name("");
    list->add_option("--limit", memory_list_.limit, "The most to list")
        ->capture_default_str()
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000'000));
    bind_memory_command(list, memory_list_, nullptr, &list_memories);

    const auto add_one = [&](const char* name, const char* does, const char* examples,
                             const char* what, const char* is, auto* run) {
      auto* command = add(*memories, name, does, examples, memory_text_);
      command->add_option("CHAT", memory_text_.chat_id, "The chat's id")->type_name("");
      auto* text = command->add_option(what, memory_text_.text, is)->type_name("");
      bind_memory_command(command, memory_text_, text, [run](memory_text_options& options) {
        if (options.shared)  // then the only argument is no chat
          std::swap(options.chat_id, options.text);
        return run(options);
      });
    };
    add_one("add", "Remember a text for a chat, as /remember does.",
            "  denidin memories add terminal 'The key is under the mat.'\n"
            "  denidin memories add --shared 'We open at nine.'\n",
            "TEXT", "What to remember", &add_memory);
    add_one("forget", "Forget a memory of a chat.",
            "  denidin memories forget terminal m12\n"
            "  denidin memories forget --shared m7\n",
            "ID", "The memory's id, as 'list' shows it", &forget_memory);

    auto* search = add(*memories, "search", "Show what a chat would recall for a question.",
                       "  denidin memories search terminal 'Where is the key?'\n"
                       "  denidin memories search terminal key --min-similarity 0 --explain\n",
                       memory_search_);
    search->add_option("CHAT", memory_search_.chat_id, "The chat's id")->required()->type_name("");
    search->add_option("QUERY", memory_search_.query, "The question")->required()->type_name("");
    search->add_option("--top-k", memory_search_.top_k, "The most to find (default: as configured)")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000));
    search
        ->add_option("--min-similarity", memory_search_.min_similarity,
                     "The least similarity, 0 to 1 (default: as configured)")
        ->type_name("X")
        ->check(CLI::Range(0.0, 1.0));
    search->add_flag("--explain", memory_search_.explain, "Show what each similarity is made of");
    bind(search, [this] { return search_memories(memory_search_); });
  }

  void add_outbox_commands() {
    auto* outbox = add(root_, "outbox", "List, retry and drop replies that are not sent yet.",
                       "  denidin outbox\n"
                       "  denidin outbox list --state dead\n"
                       "  denidin outbox retry --all\n"
                       "  denidin outbox drop 4711\n",
                       outbox_list_);
    outbox->require_subcommand(0, 1);
    outbox->preparse_callback([this](size_t) {
      selected_ = [this] { return static_cast<int>(list_outbox(outbox_list_)); };
    });
    auto* list = add(*outbox, "list", "List parts of replies that are not sent, the oldest first.",
                     "  denidin outbox list\n"
                     "  denidin outbox list --state held\n"
                     "  denidin outbox list --json --limit 1000\n",
                     outbox_list_);
    list->add_option("--state", outbox_list_.state,
                     "waiting, sending, unknown, held or dead (default: all)")
        ->type_name("STATE")
        ->check(CLI::IsMember({"waiting", "sending", "unknown", "held", "dead"}));
    list->add_option("--limit", outbox_list_.limit, "The most to list")
        ->capture_default_str()
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000'000));
    bind(list, [this] { return list_outbox(outbox_list_); });

    auto* retry = add(*outbox, "retry", "Send again what was put aside (held, dead).",
                      "  denidin outbox retry 4711        with the later parts of its reply\n"
                      "  denidin outbox retry 4711 4720\n"
                      "  denidin outbox retry --all\n",
                      outbox_);
    auto* ids = add_ids(retry);
    const auto* all = retry->add_flag("--all", outbox_.all, "Everything that was put aside");
    retry->callback([=, this] {
      if (outbox_.all && ids->count() > 0)
        throw CLI::ExcludesError(all->get_name(), "ID");
      if (!outbox_.all && ids->count() == 0)
        throw CLI::RequiredError("ID or --all");
      selected_ = [this] { return static_cast<int>(retry_outbox(outbox_)); };
    });

    auto* drop = add(*outbox, "drop", "Give replies up for good; they are not sent any more.",
                     "  denidin outbox drop 4711         with the later parts of its reply\n"
                     "  denidin outbox drop 4711 4720\n",
                     outbox_);
    add_ids(drop)->required();
    bind(drop, [this] { return drop_outbox(outbox_); });
  }

  CLI::Option* add_ids(CLI::App* command) {
    return command->add_option("ID", outbox_.ids, "Parts, as 'list' shows them")
        ->type_name("")
        ->check(&number_of_part);
  }

  void add_store_commands() {
    auto* copy =
        add(root_, "backup", "Write a consistent, verified copy of the store.",
            "  denidin backup                  into backup.dir, also while the daemon runs\n"
            "  denidin backup /mnt/usb         while the daemon is stopped\n",
            directory_);
    copy->add_option("DIR", directory_.directory, "Where to (default: backup.dir)")->type_name("");
    bind(copy, [this] { return back_up(directory_); });

    auto* back = add(root_, "restore", "Copy a backup into an empty data_root.",
                     "  ./stop_denidin.sh\n"
                     "  mv data data.old\n"
                     "  denidin restore backups/denidin-20260121T100000Z-4711\n",
                     directory_);
    back->add_option("DIR", directory_.directory, "A backup, or a directory of them: the newest")
        ->required()
        ->type_name("");
    bind(back, [this] { return restore(directory_); });

    auto* check = add(root_, "verify", "Read every record of the store, or of a backup.",
                      "  denidin verify                  the store, while the daemon is stopped\n"
                      "  denidin verify backups/denidin-20260121T100000Z-4711\n",
                      directory_);
    check
        ->add_option("DIR", directory_.directory,
                     "A backup, or a directory of them (default: data_root)")
        ->type_name("");
    bind(check, [this] { return verify(directory_); });

    auto* take = add(root_, "import", "Take over the conversations of a Python DeniDin.",
                     "  ./stop_denidin.sh\n"
                     "  denidin import --dry-run data/sessions    only says what it would do\n"
                     "  denidin import data/sessions\n"
                     "  denidin import /srv/denidin/data --json >import.json\n",
                     import_);
    take->add_option("PATH", import_.path, "Its data/sessions, or the directory above")
        ->required()
        ->type_name("");
    take->add_flag("--dry-run", import_.dry_run, "Read everything, write nothing");
    bind(take, [this] { return import_sessions(import_); });
  }

  CLI::App root_;
  std::function<int()> selected_;
  common_options common_;
  serve_options serve_;
  chat_options chat_;
  topology_options topology_;
  session_list_options list_;
  session_options session_;
  memory_list_options memory_list_;
  memory_text_options memory_text_;
  memory_search_options memory_search_;
  outbox_list_options outbox_list_;
  outbox_options outbox_;
  directory_options directory_;
  import_options import_;
};

/// The command that was meant, for a word that is none: 0 to 2 edits away, or its beginning.
std::string nearest_command(const CLI::App& under, const std::string& word) {
  std::string nearest;
  size_t least = 3;
  for (const auto* command : under.get_subcommands({})) {
    const auto& name = command->get_name();
    const auto edits =
        word.size() >= 2 && name.starts_with(word) ? 0 : config::distance(word, name);
    if (edits < least && edits < name.size()) {
      least = edits;
      nearest = name;
    }
  }
  return nearest;
}

/// The innermost command that was named, which is the one to explain.
const CLI::App& innermost(const CLI::App& root) {
  const auto* found = &root;
  while (!found->get_subcommands().empty())
    found = found->get_subcommands().front();
  return *found;
}

std::string full_name(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return parent ? full_name(*parent) + ' ' + command.get_name() : command.get_name();
}

int explain_usage(const CLI::App& root, const CLI::ParseError& error) {
  const auto& command = innermost(root);
  const auto name = full_name(command);
  std::cerr << "denidin: ";
  const auto rest = root.remaining(true);
  const auto takes_commands = !command.get_subcommands({}).empty();
  if (takes_commands && !rest.empty() && !rest.front().starts_with('-')) {
    std::cerr << '\'' << terminal_safe(name + ' ' + rest.front()) << "' is no command.";
    if (const auto nearest = nearest_command(command, rest.front()); !nearest.empty())
      std::cerr << " Did you mean '" << name << ' ' << nearest << "'?";
  } else {
    std::cerr << terminal_safe(error.what()) << '.';
  }
  std::cerr << "\nRun '" << name << " --help' for what there is.\n";
  return static_cast<int>(exit_code::usage);
}

int run_selected(const std::function<int()>& selected) {
  auto code = selected();
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "denidin: Standard output could not be written.\n";
    code = static_cast<int>(exit_code::io);
  }
  return code;
}

/// What is opened while a standard stream is missing would take its place, and a line for standard
/// error would be written over it.
void keep_standard_streams() {
  for (int stream = 0; stream <= STDERR_FILENO; ++stream)
    if (::fcntl(stream, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) < 0)
      std::_Exit(static_cast<int>(exit_code::io));
}

}  // namespace

int run(int argc, const char* const* argv) {
  keep_standard_streams();
  try {
    command_tree tree;
    auto& root = tree.root();
    try {
      root.parse(argc, argv);
    } catch (const CLI::Success& asked_for_help) {
      return root.exit(asked_for_help);
    } catch (const CLI::ParseError& error) {
      return explain_usage(root, error);
    }
    if (tree.selected())
      return run_selected(tree.selected());
    std::cout << root.help();
    return static_cast<int>(exit_code::ok);
  } catch (const std::exception& error) {
    std::cerr << "denidin: internal error: " << terminal_safe(error.what()) << '\n';
    return static_cast<int>(exit_code::internal);
  }
}

}  // namespace denidin::cli
