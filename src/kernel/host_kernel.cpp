#include <linux/capability.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "kernel/kernel.h"
#include "kernel/nft/netlink.h"
#include "kernel/nft/nft.h"
#include "kernel/process/namespaces.h"
#include "kernel/process/process.h"
#include "kernel/rehearsal/rehearsal.h"
#include "kernel/rehearsal/xtables.h"
#include "support/descriptor.h"

namespace egressc {
namespace kernel {
namespace {

constexpr int most_attempts = 3;

Result<Listing> list_once() {
  Listing listing;
  const auto generation = ruleset_generation();
  if (!generation) return generation.failure();
  listing.generation = *generation;
  auto json = list_ruleset();
  if (!json) return json.failure();
  listing.nftables_json = std::move(*json);
  for (const auto list_xtables : {list_nft_owned, list_legacy}) {
    auto more = list_xtables();
    if (!more) return more.failure();
    for (XtablesListing& one : *more) listing.xtables.push_back(std::move(one));
  }
  const auto asks = [](const XtablesListing& one) { return asks_for_sets(one.text); };
  if (std::any_of(listing.xtables.begin(), listing.xtables.end(), asks))
    if (auto sets = save_sets()) listing.ipsets = std::move(*sets);  // without them, they are not known
  return listing;
}

// The calling thread's network namespace, at one moment.
Result<Listing> list_here() {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    auto listing = list_once();
    const auto after = ruleset_generation();
    if (!after) return after.failure();
    // What failed may have failed because of the change.
    if (!listing && attempt + 1 == most_attempts) return listing;
    if (listing && listing->generation == *after) return listing;
  }
  return Failure{"the ruleset kept changing while it was read: try again when nothing else changes it"};
}

// Whether body(), in a child process, has a result.
template <typename Body>
Ability ability(Body body) {
  const auto finished = run_child("a private network namespace", "", [&] {
    const auto result = body();
    if (!result) (void)write_all(1, result.failure().message);
    return result ? 0 : 1;
  });
  if (!finished) return {false, finished.failure().message};
  return {finished->status == 0, finished->output};
}

// work() in the named network namespace, or in this thread's own for "".
template <typename Work>
auto inside(std::string_view netns, Work work) -> decltype(work()) {
  if (netns.empty()) return work();
  return in_namespace([&] { return enter_named_network(netns); }, work);
}

class HostKernel final : public Kernel {
 public:
  Abilities abilities() override {
    Abilities all;
    all.net_admin = net_admin();
    all.user_namespaces = ability(enter_user_network);
    all.nf_tables = ability([]() -> Result<std::uint32_t> {
      if (const auto entered = enter_private_network(); !entered) return entered.failure();
      return ruleset_generation();
    });
    return all;
  }

  Ability net_admin() override {
    if (has_capability(CAP_NET_ADMIN)) return {true, {}};
    return {false, "CAP_NET_ADMIN is missing: run egressc as root"};
  }

  Result<Listing> list(std::string_view netns) override { return inside(netns, list_here); }
  Result<OwnTable> own_table(std::string_view netns) override { return inside(netns, find_own_table); }
  Result<std::string> own_text(std::string_view netns) override {
    return inside(netns, [] { return list_own_table(false); });
  }
  Result<std::string> own_json(std::string_view netns) override {
    return inside(netns, [] { return list_own_table(true); });
  }
  std::future<Result<Change>> check(std::string_view netns, const RulesetChange& change, const std::string& file,
                                    Tried tried) override {
    // Where there can be no other thread, it is done when its result is asked for.
    return std::async(std::launch::async | std::launch::deferred, [name = std::string(netns), &change, &file, tried] {
      return inside(name, [&] { return change_ruleset(change, file, std::nullopt, tried); });
    });
  }
  void wait_for_packets() override {
    if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0) pause_for(std::chrono::milliseconds(100));
  }
  Result<Change> commit(std::string_view netns, const RulesetChange& change, const std::string& file,
                        std::optional<std::uint32_t> generation, int link) override {
    return inside(netns, [&] { return change_ruleset(change, file, Commit{generation, link}); });
  }
  Result<EndedConnections> end_connections(std::string_view netns,
                                           const std::function<bool(const FlowPoint&)>& is_denied) override {
    return inside(netns, [&] { return kernel::end_connections(is_denied); });
  }
  Result<std::unique_ptr<RulesetWatch>> watch(std::string_view netns) override { return inside(netns, watch_ruleset); }
  Result<NetworkNamespace> identify(std::string_view netns) override { return inside(netns, identify_network); }
  Result<Done> run_inside(std::string_view netns, const std::function<void()>& work) override {
    return inside(netns, [&]() -> Result<Done> {
      work();
      return Done{};
    });
  }
  Result<Done> create_namespace(std::string_view name) override { return create_named_network(name); }
  Result<Done> delete_namespace(std::string_view name) override { return delete_named_network(name); }

  Result<Trial> try_nftables(std::string_view text, const std::string& file) override {
    return load_and_list(text, file);
  }
  Result<Trial> try_iptables(std::string_view text, Family family, const std::string& file,
                             std::string_view sets) override {
    return kernel::try_iptables(text, family, file, sets);
  }
  Result<Trial> try_ferm(std::string_view text, const std::string& file, std::string_view sets) override {
    return kernel::try_ferm(text, file, sets);
  }
  Result<Trial> expand_ferm(std::string_view text, const std::string& file) override {
    return kernel::expand_ferm(text, file);
  }
  Result<Rehearsal> rehearse(const RehearsalOrder& order) override { return kernel::rehearse(order); }
};

}  // namespace
}  // namespace kernel

std::unique_ptr<Kernel> make_kernel() { return std::make_unique<kernel::HostKernel>(); }

}  // namespace egressc
