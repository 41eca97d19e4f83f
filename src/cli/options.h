// The command line of each command as a value. What files it names is opened elsewhere (src/intake).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/learn_options.h"
#include "egressc/sources.h"
#include "egressc/time.h"
#include "refresh/refresh.h"
#include "resolver/resolver.h"
#include "support/terminal.h"

namespace egressc {

inline constexpr const char* default_state_directory = "/var/lib/egressc";  // file-hierarchy(7)
inline constexpr const char* default_system_guard = "/etc/egressc/guard.yaml";

// What a command says besides its result, and how.
struct Printing {
  bool quiet = false;
  bool verbose = false;
  ColorMode color = ColorMode::automatic;
};

// --guard: files that say what may ever be granted.
struct GuardOptions {
  std::vector<std::string> files;
  std::string system = default_system_guard;  // read where it is there; "" leaves it out
};

// Of every command that reads logs and policies.
struct InputOptions {
  LearnOptions learn;             // without the ids of users and groups, where files of names are given
  std::vector<std::string> uids;  // as they were given: ids_of()
  std::vector<std::string> gids;
  ParseContext parse;
  // What the command line says of a policy's settings; a policy file is only overruled where it is said.
  std::optional<Deny> deny;
  std::optional<Mode> mode;
  std::optional<Micros> now;
  std::optional<std::string> passwd;  // files of users and groups
  std::optional<std::string> group;
  GuardOptions guards = {{}, ""};         // of what is learnt, and what policies may say
  std::optional<std::size_t> generalize;  // so many siblings become a wildcard
  bool live_names = false;                // of names that reviewed policies grant
  bool strict = false;
  bool allow_empty = false;
  unsigned threads = 0;                   // 0: one for each core
  std::optional<std::size_t> max_memory;  // of what is read, in bytes
};

// compile --base: logs extend a policy file.
struct ExtendingOptions {
  std::string base;  // "": there is nothing to extend
  bool accept = false;
  std::optional<Micros> prune;  // how long a grant may be unused
  std::string usage;            // a file with what `status --json` printed
};

enum class Verification : std::uint8_t {
  none,
  model,   // by readers of the texts
  kernel,  // by what a kernel lists after it has loaded them, in a private network namespace
};

struct CompileOptions : Printing {
  std::vector<std::string> inputs;
  std::string dialect;  // "": what extending.base is
  std::string output;   // "" is standard output
  InputOptions input;
  ExtendingOptions extending;
  Verification verify = Verification::model;
  std::string dump_after;
  bool accept_below = false;
};

struct DiffOptions : Printing {
  std::vector<std::string> operands;  // two
  InputOptions input;
  std::string ipset;  // a file
  bool json = false;
  bool only_widening = false;
};

// The severities in their order, so that none reaches `never`.
enum class FailOn : std::uint8_t { note, warning, error, never };

struct CheckOptions : Printing {
  std::vector<std::string> policies;
  FailOn fail_on = FailOn::warning;
  std::vector<std::string> ignore;  // ids of rules
  std::optional<Micros> now;
  std::optional<std::string> passwd;
  GuardOptions guards;
  bool host = false;
  bool json = false;
};

struct ExplainOptions : Printing {
  std::string operand;   // a policy, or a ruleset
  std::string question;  // the words of FLOW, and what --uid, --gid, --to and --port say; "" with --log alone
  std::vector<std::string> logs;
  InputOptions input;
  std::string ipset;  // a file
  bool json = false;
};

struct RehearseOptions : Printing {
  std::string policy;
  std::string dialect = "nftables";  // or all
  std::size_t most = 2000;           // allowed flows of each dialect, and as many denied ones
  std::uint64_t seed = 1;
  std::optional<Micros> now;
  std::optional<std::string> passwd;  // nullopt: the host's
  bool json = false;
};

// Of every command that changes the ruleset of a network namespace, or looks at it.
struct ChangeOptions : Printing {
  std::string netns;    // in /run/netns; "" for this one
  bool create = false;  // the namespace
  bool delete_namespace = false;
  bool yes = false;
  bool dry_run = false;
  std::optional<std::chrono::milliseconds> confirm_within;
  std::chrono::milliseconds warm_up = std::chrono::seconds(5);
  std::string state_directory = default_state_directory;
};

struct ApplyOptions {
  std::string policy;
  ChangeOptions change;
  std::optional<Micros> now;
  std::optional<std::string> passwd;  // nullopt: the host's
  GuardOptions guards;
  std::vector<std::string> accepted;         // ids of rules of `check`
  std::optional<RehearseOptions> rehearsal;  // then nothing else holds
};

struct StatusOptions {
  ChangeOptions place;  // its namespace, its state directory, and how to print
  std::string policy;   // "": the one that was applied
  bool json = false;
};

struct RefreshOptions {
  std::string policy;
  ChangeOptions place;  // its namespace, its state directory, and how to print
  std::optional<Micros> now;
  std::optional<std::string> passwd;  // nullopt: the host's
  std::optional<DnsServer> resolver;
  RefreshLimits limits;
  bool watch = false;
  bool json = false;
};

// What the rules of watch-rules are for.
enum class WatchFor : std::uint8_t { nftables, iptables, auditctl, all };

struct WatchRulesOptions {
  std::string tag;                    // "": a new one
  std::vector<std::string> uids;      // as they were given: ids_of(); none: every user
  std::optional<std::string> passwd;  // nullopt: the host's
  WatchFor to = WatchFor::all;
};

class OptionReader;

// What was given, into what is the default. Wrong values are errors in the reader's diagnostics.
void read_options(OptionReader& reader, CompileOptions& options);
void read_options(OptionReader& reader, DiffOptions& options);
void read_options(OptionReader& reader, CheckOptions& options);
void read_options(OptionReader& reader, ExplainOptions& options);
void read_options(OptionReader& reader, RehearseOptions& options);
void read_options(OptionReader& reader, ApplyOptions& options);
void read_options(OptionReader& reader, ChangeOptions& options);  // confirm, rollback and remove
void read_options(OptionReader& reader, StatusOptions& options);
void read_options(OptionReader& reader, RefreshOptions& options);
void read_options(OptionReader& reader, WatchRulesOptions& options);

// Has `read` take the options out of the words after the command's name. False: errors were added.
bool read_command_line(std::string_view command, const std::vector<std::string>& words, Diagnostics& diagnostics,
                       const std::function<void(OptionReader&)>& read);

// What the words of --uid or --gid mean: numbers, ranges and names, with commas: "1000-1005,agent". Anything else is an
// error.
std::vector<IdRange> ids_of(std::string_view option, const std::vector<std::string>& words, const UserIds& names,
                            Diagnostics& diagnostics);

// Whether an operand is the standard input.
bool is_standard_input(std::string_view operand);

// "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353"; nullopt for anything else.
std::optional<DnsServer> parse_dns_server(std::string_view text);

}  // namespace egressc
