#include "deploy/site.h"

#include <fmt/core.h>

#include "deploy/confirmation.h"
#include "egressc/diagnostics.h"
#include "support/output.h"

namespace egressc::deploy {
namespace {

Result<NetworkNamespace> find_or_create(Kernel& kernel, const ChangeOptions& options,
                                        std::optional<CreatedNamespace>& created) {
  auto network = kernel.identify(options.netns);
  if (network || !options.create) return network;
  const auto made = kernel.create_namespace(options.netns);
  if (!made) return Failure{fmt::format("{}; {}", network.failure().message, made.failure().message)};
  created.emplace(kernel, options.netns);
  return kernel.identify(options.netns);
}

}  // namespace

std::string place_name(const NetworkNamespace& network) {
  if (network.key == "host") return "this host";
  return network.name.empty() ? "this network namespace"
                              : fmt::format("network namespace {}", printable(network.name, 255));
}

std::string command_there(std::string_view command, const NetworkNamespace& network) {
  return fmt::format("egressc {}{}", command,
                     network.name.empty() ? "" : fmt::format(" --netns {}", printable(network.name, 255)));
}

std::string snapshot_now(const Site& site) {
  const auto age = std::chrono::steady_clock::now() - site.looked;
  return aged(site.snapshot, std::chrono::duration_cast<std::chrono::milliseconds>(age));
}

std::string undone_to(const Site& site) { return runs_nothing(site.table) ? std::string() : snapshot_now(site); }

std::string who_changed_it(const Site& site) {
  std::string names;
  for (const std::string& other : site.watch->others()) names += (names.empty() ? "" : ", ") + other;
  return names.empty() ? "another process changed the ruleset meanwhile"
                       : "the ruleset was changed meanwhile by " + names;
}

Result<std::monostate> look_again(Kernel& kernel, Site& site, const std::string& netns) {
  for (int attempt = 0; attempt < most_looks; ++attempt) {
    auto listing = kernel.list(netns);
    if (!listing) return listing.failure();
    auto snapshot = kernel.own_text(netns);
    if (!snapshot) return snapshot.failure();
    auto table = kernel.own_table(netns);
    if (!table) return table.failure();
    if (table->generation != listing->generation) continue;
    site.listing = std::move(*listing);
    site.snapshot = std::move(*snapshot);
    site.running = running_table(site.snapshot);
    site.table = std::move(*table);
    site.looked = std::chrono::steady_clock::now();
    return std::monostate{};
  }
  return Failure{"the ruleset kept changing while it was read: try again when nothing else changes it"};
}

Result<Site> open_site(Kernel& kernel, const ChangeOptions& options) {
  if (const Ability ability = kernel.net_admin(); !ability.given) return Failure{ability.reason};
  std::optional<CreatedNamespace> created;
  auto network = find_or_create(kernel, options, created);
  if (!network) return network.failure();
  Site site{std::move(created),
            *network,
            State(options.state_directory, network->key),
            std::nullopt,
            nullptr,
            {},
            {},
            {},
            {},
            {}};
  if (!options.dry_run) {
    if (const auto made = site.state.make(); !made) return made.failure();
    auto lock = LockFile::take(site.state.lock());
    if (!lock) return lock.failure();
    if (!*lock)
      return Failure{fmt::format("another egressc is changing {}: try again when it has ended", place_name(*network))};
    site.lock.emplace(std::move(**lock));
  }
  // Whoever armed a guardian held the lock meanwhile.
  if (const auto pending = confirmation_pending(site.state, site.network); !pending.empty()) return Failure{pending};
  auto watch = kernel.watch(options.netns);
  if (!watch) return watch.failure();
  site.watch = std::move(*watch);
  if (const auto looked = look_again(kernel, site, options.netns); !looked) return looked.failure();
  if (site.state.awaits_confirmation(site.table))
    (void)write_stderr(fmt::format(
        "warning: the last change of {} was not confirmed, and its guardian has died: it is what runs now\n",
        place_name(site.network)));
  if (!options.dry_run)
    if (const auto recovered = site.state.recover(site.table); !recovered) return recovered.failure();
  return site;
}

}  // namespace egressc::deploy
