// nft_verdicts TEXT: what the ruleset of this network namespace says of the flows on standard input, one a line: "UID
// GID LOOPBACK PROTOCOL ADDRESS PORT", numbers but for the address. Prints allowed, denied or undecided for each. TEXT
// is the ruleset in nftables' language: loaded into a namespace of its own, as "diff" and "explain" do, it has to mean
// the same.
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "egressc/readers.h"
#include "flow_lines.h"
#include "kernel/kernel.h"

namespace {

using namespace egressc;

std::optional<Meaning> meaning_of(const std::string& listing, const char* name) {
  Diagnostics diagnostics;
  auto filter = read_nftables_json(listing, name, diagnostics);
  if (filter && !diagnostics.has_errors()) {
    const ReadRuleset ruleset{name, std::move(*filter), FlowSpace::all()};
    return std::move(evaluate({&ruleset, 1}).front());
  }
  std::fputs(diagnostics.render(false).c_str(), stderr);
  return std::nullopt;
}

std::optional<std::string> listed() {
  auto listing = make_kernel()->list("");
  if (!listing) {
    std::fputs(listing.failure().message.c_str(), stderr);
    return std::nullopt;
  }
  return std::move(listing->nftables_json);
}

std::optional<std::string> listed_again(const char* path) {
  const auto trial = make_kernel()->try_nftables(contents(path), path);
  if (!trial) {
    std::fputs(trial.failure().message.c_str(), stderr);
    return std::nullopt;
  }
  std::fputs(trial->refusal.render(false).c_str(), stderr);
  if (trial->outcome != TrialOutcome::loaded) return std::nullopt;
  return trial->listing.nftables_json;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto listing = listed();
  const auto meaning = listing ? meaning_of(*listing, "kernel") : std::nullopt;
  const auto again = listed_again(argv[1]);
  const auto other = again ? meaning_of(*again, argv[1]) : std::nullopt;
  if (!meaning || !other) return 1;
  if (meaning->least != other->least || meaning->most != other->most) {
    std::fputs("the two listings do not mean the same\n", stderr);
    return 3;
  }
  for (const Undecided& rule : meaning->undecided)
    std::fprintf(stderr, "%s: %s\n", rule.text.c_str(), rule.why.c_str());
  FlowPoint flow;
  while (read_flow(flow)) std::puts(verdict(*meaning, flow));
  return 0;
}
