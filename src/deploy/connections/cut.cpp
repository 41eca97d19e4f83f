#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "deploy/connections/connections.h"
#include "report/summary.h"
#include "support/output.h"

namespace egressc::deploy {
namespace {

// One of each set of gids that the policy tells apart.
std::vector<std::uint32_t> gids_of(const Policy& policy) {
  std::set<std::uint32_t> gids = {0};
  for (const Subject& subject : policy.subjects)
    for (const IdRange& range : subject.gids) {
      gids.insert(range.first);
      if (range.last < no_id - 1) gids.insert(range.last + 1);
    }
  return {gids.begin(), gids.end()};
}

}  // namespace

void cut_connections(Kernel& kernel, const NetworkNamespace& network, const Policy& policy, const FlowSpace& granted,
                     const ChangeOptions& options) {
  if (policy.established != Established::cut || policy.mode != Mode::enforce) return;
  const std::vector<std::uint32_t> gids = gids_of(policy);
  const auto is_denied = [&](FlowPoint flow) {
    // The kernel does not tell the group: what one of them may have stays.
    return std::none_of(gids.begin(), gids.end(), [&](std::uint32_t gid) {
      flow.gid = gid;
      return granted.contains(flow);
    });
  };
  const auto done = kernel.end_connections(options.netns, is_denied);
  const std::string left = !done
                               ? fmt::format("connections that are open could not be ended: {}", done.failure().message)
                           : done->left > 0 ? fmt::format("{} could not be ended: {}",
                                                          plural(done->left, "connection that is open and denied",
                                                                 "connections that are open and denied"),
                                                          done->reason)
                                            : "";
  if (!left.empty()) (void)write_stderr(fmt::format("warning: {}; one whose other end speaks may go on\n", left));
  if (done && done->ended > 0 && !options.quiet)
    (void)write_stderr(fmt::format("{}: ended {} that the policy denies\n", place_name(network),
                                   plural(done->ended, "open connection", "open connections")));
}

}  // namespace egressc::deploy
