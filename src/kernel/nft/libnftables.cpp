#include <fmt/core.h>
#include <jansson.h>
#include <nftables/libnftables.h>
#include <nss.h>

#include <cstdlib>
#include <functional>
#include <memory>

#include "egressc/diagnostics.h"
#include "kernel/nft/netlink.h"
#include "kernel/nft/nft.h"
#include "kernel/nft/refusal.h"
#include "kernel/process/namespaces.h"
#include "kernel/process/process.h"

namespace egressc::kernel {
namespace {

// How a child ends. What belongs to it is on its standard output. libnftables itself ends a process with 1 to 4.
enum Ending : int { listed = 0, not_possible = 11, not_loaded = 12, not_the_same = 13 };

int end(Ending ending, std::string_view output) { return write_all(1, output) == 0 ? ending : not_possible; }

class Context {
 public:
  // The network namespace is that of this moment. Ids are numbers since there is no NFT_CTX_OUTPUT_GUID, and states
  // are words since there is no NFT_CTX_OUTPUT_NUMERIC_SYMBOL.
  explicit Context(unsigned flags) : context_(::nft_ctx_new(NFT_CTX_DEFAULT)) {
    ::nft_ctx_buffer_output(context_.get());
    ::nft_ctx_buffer_error(context_.get());
    ::nft_ctx_output_set_flags(context_.get(), flags);
  }

  void dry_run() { ::nft_ctx_set_dry_run(context_.get(), true); }
  bool run(const std::string& command) { return ::nft_run_cmd_from_buffer(context_.get(), command.c_str()) == 0; }
  // Through a file, since only then lines and columns are right; libnftables reads all of standard input for this name.
  bool run_standard_input() { return ::nft_run_cmd_from_filename(context_.get(), "/dev/stdin") == 0; }
  std::string_view output() const { return ::nft_ctx_get_output_buffer(context_.get()); }
  std::string_view errors() const { return ::nft_ctx_get_error_buffer(context_.get()); }

 private:
  struct Free {
    void operator()(nft_ctx* context) const { ::nft_ctx_free(context); }
  };
  std::unique_ptr<nft_ctx, Free> context_;
};

constexpr unsigned json_flags = NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_STATELESS | NFT_CTX_OUTPUT_HANDLE;

// libnftables 1.0.6 prints the flag of a table that has one from a value that it has freed (src/json.c,
// table_flags_json). The child that lists ends soon enough.
void keep_freed_json() {
  ::json_set_alloc_funcs(std::malloc, [](void*) {});
}

// In a child.
int list(const std::string& what, unsigned flags) {
  if (const auto answers = ruleset_generation(); !answers) return end(not_possible, answers.failure().message);
  keep_freed_json();
  Context context(flags);
  return context.run("list " + what) ? end(listed, context.output()) : end(not_possible, context.errors());
}

// In a child: from now on nothing has a name. For "1001" libnftables looks for a user of that name first.
void forget_names() {
  for (const char* const database : {"passwd", "group", "hosts"}) (void)::__nss_configure_lookup(database, "none");
}

// In a child. What it prints is the generation of the ruleset that it leaves.
int change(const std::optional<Commit>& commit) {
  const auto before = ruleset_generation();
  if (!before) return end(not_possible, before.failure().message);
  if (commit && commit->generation && *commit->generation != *before)
    return end(not_the_same, fmt::format("{}", *before));
  forget_names();
  Context context(0);
  if (!commit) context.dry_run();
  if (!context.run_standard_input()) return end(not_loaded, context.errors());
  const auto after = ruleset_generation();
  return after ? end(listed, fmt::format("{}", *after)) : end(not_possible, after.failure().message);
}

// In a child. Where an address belongs, the text of somebody else may have the name of a host: that is not looked up.
int load() {
  (void)::__nss_configure_lookup("hosts", "none");
  if (const auto answers = ruleset_generation(); !answers)
    return end(not_possible, "in a private network namespace: " + answers.failure().message);
  Context loading(0);
  return loading.run_standard_input() ? listed : end(not_loaded, loading.errors());
}

// In a child.
int load_privately_and_list(const std::vector<std::string>& links) {
  if (const auto entered = enter_private_network(); !entered) return end(not_possible, entered.failure().message);
  add_links(links);
  const int loaded = load();
  return loaded == listed ? list("ruleset", json_flags) : loaded;
}

Failure failure_of(const Finished& finished) {
  const std::string& said = finished.status == not_possible ? finished.output : finished.errors;
  const std::string message = printable(said.substr(0, said.find_last_not_of('\n') + 1), 4096);
  if (finished.status == not_possible) return {message};
  return {fmt::format("libnftables: exit status {}: {}", finished.status, message)};
}

// What becomes of the text in a child that `load` runs.
Result<Trial> try_in_child(std::string_view text, const std::string& file, const std::function<int()>& load) {
  Trial trial;
  trial.loader = "libnftables";
  // libnftables would take the text to end there.
  if (refuse_nul(text, file, trial.refusal)) return trial;
  auto finished = run_child("libnftables", text, load);
  if (!finished) return finished.failure();
  if (finished->status == listed) {
    trial.outcome = TrialOutcome::loaded;
    trial.listing.nftables_json = std::move(finished->output);
  } else if (finished->status == not_loaded) {
    trial.outcome = explain_nft_errors(finished->output, text, file, trial.refusal);
  } else {
    return failure_of(*finished);
  }
  return trial;
}

Result<std::string> listed_in_child(const std::string& what, unsigned flags) {
  auto finished = run_child("libnftables", "", [&] { return list(what, flags); });
  if (!finished) return finished.failure();
  if (finished->status != listed) return failure_of(*finished);
  return std::move(finished->output);
}

}  // namespace

Result<std::string> list_ruleset() { return listed_in_child("ruleset", json_flags); }

Result<std::string> list_table(Family family, std::string_view table) {
  return listed_in_child(fmt::format("table {} {}", family == Family::ipv4 ? "ip" : "ip6", table),
                         NFT_CTX_OUTPUT_STATELESS);
}

Result<std::string> list_own_table(bool json) {
  const auto table = find_own_table();
  if (!table) return table.failure();
  if (!table->present) return std::string();
  const unsigned flags = json ? NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_HANDLE : 0U;
  return listed_in_child("table inet egressc", flags);
}

Result<Change> change_by_libnftables(std::string_view text, const std::string& file, std::optional<Commit> commit) {
  Change done;
  if (refuse_nul(text, file, done.refusal)) return done;
  const auto finished = run_child(
      "libnftables", text, [&] { return change(commit); }, {}, commit ? commit->link : -1);
  if (!finished) return finished.failure();
  if (finished->status == not_loaded) {
    (void)explain_nft_errors(finished->output, text, file, done.refusal);
    return done;
  }
  if (finished->status != listed && finished->status != not_the_same) return failure_of(*finished);
  done.outcome = finished->status == listed ? ChangeOutcome::done : ChangeOutcome::outdated;
  done.generation = static_cast<std::uint32_t>(std::strtoul(finished->output.c_str(), nullptr, 10));
  return done;
}

Result<Trial> load_and_list(std::string_view text, const std::string& file) {
  return try_in_child(text, file, [links = links_named(text)] { return load_privately_and_list(links); });
}

Result<Trial> load_nftables(std::string_view text, const std::string& file) { return try_in_child(text, file, load); }

}  // namespace egressc::kernel
