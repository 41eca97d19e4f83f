#include "kernel/named_networks.h"

#include <dirent.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "egressc/diagnostics.h"
#include "kernel/namespaces.h"
#include "kernel/program.h"

namespace egressc::kernel {
namespace {

constexpr const char* directory = "/run/netns";

struct CloseDirectory {
  void operator()(DIR* open) const { ::closedir(open); }
};

bool same(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

// The first name in the order of bytes, so that two names of one namespace are one everywhere.
std::string name_of(const struct stat& network) {
  std::string first;
  const std::unique_ptr<DIR, CloseDirectory> entries(::opendir(directory));
  while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr) {
    struct stat status;
    const std::string name = entry->d_name;
    if (::stat(fmt::format("{}/{}", directory, name).c_str(), &status) != 0 || !same(status, network)) continue;
    if (first.empty() || name < first) first = name;
  }
  return first;
}

Result<Done> ip_netns(const char* what, std::string_view name) {
  if (const auto good = check_network_name(name); !good) return good.failure();
  // ip(8) would take it for an option.
  if (name.starts_with('-'))
    return Failure{fmt::format("{}: a name of a network namespace cannot begin so", printable(name, 255))};
  const auto ip = find_program("ip");
  if (!ip) return Failure{"ip is not installed: install iproute2"};
  const auto finished = run_program(*ip, {"netns", what, std::string(name)}, "");
  if (!finished) return finished.failure();
  if (finished->status == 0) return Done{};
  const std::string& said = finished->errors;
  return Failure{fmt::format("ip netns {} {}: {}", what, printable(name, 255),
                             printable(said.substr(0, said.find_last_not_of('\n') + 1), 1000))};
}

}  // namespace

Result<NetworkNamespace> identify_network() {
  struct stat network;
  if (::stat("/proc/thread-self/ns/net", &network) != 0) return failed("/proc/thread-self/ns/net", errno);
  struct stat first;
  if (::stat("/proc/1/ns/net", &first) == 0 && same(network, first)) return NetworkNamespace{"", "host"};
  const std::string name = name_of(network);
  if (!name.empty()) return NetworkNamespace{name, "netns-" + name};
  return NetworkNamespace{"", fmt::format("net-{}", network.st_ino)};
}

Result<Done> create_named_network(std::string_view name) { return ip_netns("add", name); }

Result<Done> delete_named_network(std::string_view name) { return ip_netns("delete", name); }

}  // namespace egressc::kernel
