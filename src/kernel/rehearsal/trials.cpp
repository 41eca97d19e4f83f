#include "kernel/nft/refusal.h"
#include "kernel/process/namespaces.h"
#include "kernel/process/process.h"
#include "kernel/rehearsal/xtables.h"

namespace egressc::kernel {
namespace {

// Loads the text in the calling thread's network namespace and adds what is there then; false if it is refused.
Result<bool> load_and_save(std::string_view text, Family family, const std::string& file, bool places, Trial& trial) {
  const auto programs = find_xtables(family);
  if (!programs) return programs.failure();
  trial.loader += (trial.loader.empty() ? "" : ", ") + programs->version;
  const auto loaded = restore(*programs, text, file, places, trial.refusal);
  if (!loaded || !*loaded) return loaded;
  auto saved = save(*programs, family);
  if (!saved) return saved.failure();
  trial.listing.xtables.push_back(std::move(*saved));
  return true;
}

// What ferm makes of its text for one family: iptables-restore text, and nothing is loaded. Empty if refused.
Result<std::string> ferm_output(const std::string& ferm, std::vector<std::string> options, std::string_view text,
                                Family family, const std::string& file, Diagnostics& diagnostics) {
  for (const char* const word : {"--domain", family == Family::ipv4 ? "ip" : "ip6", "-"}) options.emplace_back(word);
  auto finished = run_program(ferm, options, text);
  if (!finished) return finished.failure();
  if (finished->status == 0) return std::move(finished->output);
  explain_program_errors("ferm", finished->status, finished->errors, text, file, diagnostics);
  return std::string();
}

// True if they are there; false, with an error in the trial, if they are refused.
Result<bool> add_sets(std::string_view sets, Trial& trial) {
  if (sets.empty()) return true;
  const auto restored = restore_sets(sets, trial.refusal);
  if (!restored || !*restored) return restored;
  auto saved = save_sets();
  if (!saved) return saved.failure();
  trial.listing.ipsets = std::move(*saved);
  return true;
}

}  // namespace

Result<Trial> load_iptables(std::string_view text, Family family, const std::string& file, std::string_view sets) {
  Trial trial;
  const auto added = add_sets(sets, trial);
  if (!added) return added.failure();
  if (!*added) return trial;
  const auto loaded = load_and_save(text, family, file, true, trial);
  if (!loaded) return loaded.failure();
  trial.outcome = *loaded ? TrialOutcome::loaded : TrialOutcome::refused;
  return trial;
}

Result<Trial> load_ferm(std::string_view text, const std::string& file, std::string_view sets) {
  const auto ferm = find_program("ferm");
  if (!ferm) return Failure{"ferm is not installed: install ferm"};
  Trial trial;
  if (refuse_nul(text, file, trial.refusal)) return trial;
  const auto added = add_sets(sets, trial);
  if (!added) return added.failure();
  if (!*added) return trial;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto printed = ferm_output(*ferm, {"--remote"}, text, family, file, trial.refusal);
    if (!printed) return printed.failure();
    if (trial.refusal.has_errors()) return trial;
    const auto loaded = load_and_save(*printed, family, file, false, trial);
    if (!loaded) return loaded.failure();
    if (!*loaded) return trial;
  }
  trial.outcome = TrialOutcome::loaded;
  return trial;
}

Result<Trial> try_iptables(std::string_view text, Family family, const std::string& file, std::string_view sets) {
  return in_namespace(enter_new_network, [&] { return load_iptables(text, family, file, sets); });
}

Result<Trial> try_ferm(std::string_view text, const std::string& file, std::string_view sets) {
  return in_namespace(enter_new_network, [&] { return load_ferm(text, file, sets); });
}

Result<Trial> expand_ferm(std::string_view text, const std::string& file) {
  const auto ferm = find_program("ferm");
  if (!ferm) return Failure{"ferm is not installed: install ferm"};
  Trial trial;
  trial.loader = "ferm";
  if (refuse_nul(text, file, trial.refusal)) return trial;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    auto printed = ferm_output(*ferm, {"--noexec", "--lines", "--remote"}, text, family, file, trial.refusal);
    if (!printed) return printed.failure();
    if (trial.refusal.has_errors()) return trial;
    trial.listing.xtables.push_back({trial.loader, family, true, std::move(*printed)});
  }
  trial.outcome = TrialOutcome::loaded;
  return trial;
}

}  // namespace egressc::kernel
