// The one table of options: what each is called, takes and says, and which command has it. The parser, --help, the
// man pages (tests/unit/cli) and what shells complete come from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"

namespace egressc {

enum class FlagKind : std::uint8_t {
  flag,  // takes no value
  text,  // one
  list,  // one each time it is given
};

// What a shell can offer in the place of a value or an operand.
enum class Completes : std::uint8_t { nothing, words, file, directory, input, policy, ruleset, network_namespace };

struct Flag {
  std::string_view name;  // without the dashes
  char letter = 0;        // 0: it has no short form
  FlagKind kind = FlagKind::flag;
  std::string_view value = {};  // as help and man page call it: "FILE"; "reject|drop" where it is one of these words
  Completes completes = Completes::nothing;
  std::string_view help = {};
  std::string (*told)() = nullptr;                // the help, where other tables have a part of it
  std::vector<std::string> (*known)() = nullptr;  // the words, where another table has them
  std::string_view alone = {};                    // the value of an option without one; "": it needs one
  bool hidden = false;                            // from --help, which has it in the usage

  // Those that the value has to be one of; none where it may be anything.
  std::vector<std::string> words() const;
};

struct FlagGroup {
  std::string_view title;
  std::vector<Flag> flags;
};

struct CommandLine {
  std::string_view command;
  std::string before;  // of the help: what stands above the options,
  std::string after;   // and below them
  std::vector<FlagGroup> groups;
  Completes operand = Completes::nothing;

  // nullptr: the command has no option of this name.
  const Flag* find(std::string_view name) const;
};

// In the order of `egressc --help`.
std::vector<std::string_view> command_names();

// `command` is one of command_names(). With --rehearse among the words, apply takes what rehearse does.
CommandLine command_line(std::string_view command, const std::vector<std::string>& words = {});

// Whether --help or -h stands among the options.
bool wants_help(const std::vector<std::string>& words);

// What --help prints.
std::string help_text(const CommandLine& line);

}  // namespace egressc

namespace egressc::cli {

// What was given: the values of each option, none for one that takes none; operands are those of "".
using Arguments = std::map<std::string, std::vector<std::string>, std::less<>>;

// nullopt: errors were added.
std::optional<Arguments> parse_words(const CommandLine& line, const std::vector<std::string>& words,
                                     Diagnostics& diagnostics);

// "a, b, or c", with `last` before the last.
std::string listed(const std::vector<std::string>& words, std::string_view last = ", or ");

// Whether `word` stands among the options: before "--", if there is one.
bool stands_among(std::string_view word, const std::vector<std::string>& words);

}  // namespace egressc::cli
