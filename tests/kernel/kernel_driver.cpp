// What the kernel room does, for tests of it: prints its answer, one "key value" a line, and texts after their size.
#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <system_error>

#include "egressc/flow_space.h"
#include "egressc/lower.h"
#include "egressc/policy.h"
#include "egressc/readers.h"
#include "kernel/kernel.h"
#include "prove/read_back.h"

using namespace egressc;

namespace {

void say(std::string_view key, std::string_view value) { fmt::print("{} {}\n{}\n", key, value.size(), value); }

int fail(const Failure& failure) {
  say("failure", failure.message);
  return 1;
}

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The namespaces and open files of this thread, and its child processes.
std::string surroundings() {
  std::string all;
  for (const char* directory : {"/proc/thread-self/ns", "/proc/thread-self/fd"}) {
    std::set<std::string> entries;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      std::error_code gone;
      entries.insert(entry.path().string() + "=" + std::filesystem::read_symlink(entry.path(), gone).string());
    }
    for (const std::string& entry : entries) all += entry.substr(entry.rfind('/')) + "\n";
  }
  return all + read("/proc/thread-self/children");
}

void show(const Listing& listing) {
  say("nftables", listing.nftables_json);
  say("generation", std::to_string(listing.generation));
  for (const XtablesListing& one : listing.xtables) {
    const std::string_view kind = one.legacy ? "legacy" : "nft";
    say(fmt::format("{}-{}", kind, one.family == Family::ipv4 ? 4 : 6), one.text);
    say("program", one.program);
  }
}

int show(const Result<Trial>& trial) {
  if (!trial) return fail(trial.failure());
  constexpr std::string_view outcomes[] = {"loaded", "refused", "too_large"};
  say("outcome", outcomes[static_cast<std::size_t>(trial->outcome)]);
  say("loader", trial->loader);
  say("refusal", trial->refusal.render(false));
  show(trial->listing);
  return 0;
}

int abilities(Kernel& kernel) {
  const Abilities all = kernel.abilities();
  for (const auto& [name, ability] :
       {std::pair("net_admin", all.net_admin), std::pair("user_namespaces", all.user_namespaces),
        std::pair("nf_tables", all.nf_tables)})
    say(name, ability.given ? "given" : ability.reason);
  return 0;
}

// Whether what iptables-save prints of the policy, in each of its xtables dialects, means what the policy does.
int compare(Kernel& kernel, const char* path) {
  Diagnostics diagnostics;
  const auto policy = read_policy(read(path), path, nullptr, diagnostics);
  if (!policy) return fail({diagnostics.render(false)});
  const auto lowered = lower_policy(*policy, {"0", std::nullopt, ""}, diagnostics);
  if (!lowered) return fail({diagnostics.render(false)});
  const FlowSpace wanted = flows_of(*policy, std::nullopt);
  const FlowSpace baseline = baseline_flows(*policy);
  const std::vector<PrintedFile> files = print_dialect("all", *policy, lowered->ruleset, diagnostics);
  const PrintedFile* const sets = find_printed(files, "ipset");
  for (const PrintedFile& file : files) {
    const auto trial = read_back_from_kernel(file, sets == nullptr ? "" : sets->text, kernel);
    if (!trial) return fail(trial.failure());
    if (!*trial) continue;
    if ((*trial)->outcome != TrialOutcome::loaded) return fail({(*trial)->refusal.render(false)});
    for (const XtablesListing& one : (*trial)->listing.xtables) {
      const auto filter = read_iptables(one.text, one.program, one.family, diagnostics);
      if (!filter) return fail({diagnostics.render(false)});
      const FlowSpace universe = possible_flows(one.family) - baseline;
      const Meaning meaning = evaluate(*filter, possible_flows(one.family));
      const bool equal =
          (meaning.least & universe) == (wanted & universe) && (meaning.most & universe) == (wanted & universe);
      say(fmt::format("{}-{}", file.dialect, one.family == Family::ipv4 ? 4 : 6), equal ? "equal" : "different");
    }
  }
  return 0;
}

int run(Kernel& kernel, std::string_view what, const char* argument) {
  if (what == "abilities") return abilities(kernel);
  if (what == "compare") return compare(kernel, argument);
  if (what == "list") {
    const auto listing = kernel.list(argument);
    if (!listing) return fail(listing.failure());
    show(*listing);
    return 0;
  }
  if (what == "nftables") return show(kernel.try_nftables(read(argument), "file"));
  if (what == "iptables") return show(kernel.try_iptables(read(argument), Family::ipv4, "file", ""));
  if (what == "ip6tables") return show(kernel.try_iptables(read(argument), Family::ipv6, "file", ""));
  if (what == "ferm") return show(kernel.try_ferm(read(argument), "file", ""));
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string before = surroundings();
  const int status = run(*make_kernel(), arguments[1], arguments[2]);
  say("left", surroundings() == before ? "nothing" : before + surroundings());
  return status;
}
