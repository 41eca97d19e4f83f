// egressc: the egress policy compiler.
#include "commands/commands.h"
#include "support/heap.h"

int main(int argc, char** argv) {
  using namespace egressc;
  constexpr commands::Command all[] = {
      {"compile", "logs or a policy in, a firewall ruleset out", commands::compile},
      {"diff", "what a policy or ruleset lets through and another does not", commands::diff},
      {"check", "what a reviewer of a policy should look at", commands::check},
      {"explain", "is a flow allowed, by what, and what would grant it", commands::explain},
      {"rehearse", "does a kernel do with real packets what a policy says", commands::rehearse},
      {"apply", "a reviewed policy into the kernel, at one moment", commands::apply},
      {"confirm", "keep a change that was applied with --confirm-within", commands::confirm},
      {"rollback", "back to the rules from before the last change", commands::rollback},
      {"status", "what runs, since when, and whether it is what the policy says", commands::status},
      {"refresh", "live names up to date, where no resolver does it", commands::refresh},
      {"remove", "the rules out of the kernel", commands::remove},
      {"watch-rules", "rules that log who reaches what, in lines that nobody can forge", commands::watch_rules},
  };
  prepare_heap();
  return commands::dispatch(all, {argv + 1, argv + argc});
}
