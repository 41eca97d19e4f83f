// From INPUT words to observations and policies, and from those to one policy.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "egressc/ceiling.h"
#include "egressc/diagnostics.h"
#include "egressc/observation.h"
#include "egressc/policy.h"
#include "support/input.h"

namespace egressc {

// What a command line says of its inputs, with what the files hold that it names.
struct InputContext {
  InputOptions options;  // with all ids of --uid and --gid in `learn`
  UserIds users;
  UserIds groups;
  Ceiling ceiling;

  // As read_policy() takes them: nullptr where no file was named.
  const UserIds* known_users() const { return users.empty() ? nullptr : &users; }
};

// Wrong files, and ids that they do not have, are errors: nullopt. A Failure if a file cannot be read.
Result<std::optional<InputContext>> open_context(InputOptions options, Diagnostics& diagnostics);

struct Inputs {
  std::vector<Observations> logs;  // in the order of the command line
  std::vector<Policy> policies;
  std::vector<std::string> policy_files;  // of each
};

// Opens and reads everything, several logs at a time. `words` are FORMAT:PATH or PATH, "-" for standard input. Wrong
// input is in `diagnostics` (nullopt: there were errors); what cannot be opened or read is a Failure. `opened` has, at
// the place of a word without FORMAT, its file where it is open already: a pipe can be opened only once.
Result<std::optional<Inputs>> read_inputs(std::span<const std::string> words, const InputContext& context,
                                          Diagnostics& diagnostics, std::vector<std::optional<LineInput>> opened = {});

// A policy among the inputs, as it was read.
struct PolicyOperand {
  std::string file;
  Scope scope;
  Mode mode;
  std::size_t grants;
};

// One policy from all inputs of a command line.
struct InputPolicy {
  Policy policy;                   // normalized and valid
  std::optional<CivilDate> today;  // only if a grant expires
  std::vector<Observations> logs;
  LearnSummary learnt;  // of the logs
  std::size_t cut = 0;  // grants that the ceiling cut
  std::vector<Generalized> generalized;
  std::vector<PolicyOperand> operands;
};

// A line for each, for the summary.
std::string describe_operands(std::span<const PolicyOperand> operands);

// Logs are learnt from and policies merged. nullopt: errors were added; a Failure if an input cannot be read. `opened`
// as for read_inputs().
Result<std::optional<InputPolicy>> read_policy_of(std::span<const std::string> words, const InputContext& context,
                                                  Diagnostics& diagnostics,
                                                  std::vector<std::optional<LineInput>> opened = {});

// The system's clock.
Micros system_now();

// The day that --now says, or the clock's: nullopt where no grant expires.
std::optional<CivilDate> today_for(const Policy& policy, std::optional<Micros> now);

// The policy that `input.logs` show, with `learning` in the place of `context.options.learn`, cut() to the ceiling. Of
// `input`, `learnt`, `cut` and `generalized` are filled in.
Policy learn_within(const LearnOptions& learning, const InputContext& context, InputPolicy& input,
                    Diagnostics& diagnostics);

// --names live, by which names from a reviewed source follow DNS: whether somebody who is not governed vouches that
// whoever owns the name may choose the addresses that the subject reaches. This is the one place where it is decided: a
// log never does, since a governed process chooses the names it asks for, and could point one of its own at a good
// address, connect, and move it later.
using Vouches = std::function<bool(const Subject& subject, const Grant& grant)>;

// What reviewed policies and guards say of a grant with one name: it is vouched for where a policy grants the name to a
// subject with the same ids, itself or by a wildcard, or a guard holds exactly this name; and where no guard forbids
// what the name may come to mean. All are copied.
Vouches vouched_for(const std::vector<Policy>& reviewed, const Ceiling& ceiling);

// Turns on `live` for every grant with one name that is vouched for. A note for each other name says why it stays
// pinned; an error if none is live in the end. The policy is normalized.
void make_names_live(Policy& policy, const Vouches& vouches, Diagnostics& diagnostics);

}  // namespace egressc
