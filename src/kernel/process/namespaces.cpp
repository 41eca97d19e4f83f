#include "kernel/process/namespaces.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <memory>

#include "egressc/diagnostics.h"
#include "kernel/process/process.h"

namespace egressc::kernel {

bool has_capability(int capability) {
  assert(capability < 32);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  return ::syscall(SYS_capget, &header, data) == 0 && (data[0].effective >> capability & 1) != 0;
}

namespace {

// Done if ids in rules of this network namespace are counted as this process counts them.
Result<Done> check_owner(const Descriptor& network, const std::string& path) {
  const Descriptor owner(::ioctl(network.get(), NS_GET_USERNS));
  if (!owner && errno == ENOTTY)
    return Failure{path + ": no network namespace, but a file that one may have left: `ip netns delete` removes it"};
  const Descriptor ours(::open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
  if (!ours) return system_failure("/proc/self/ns/user", errno);
  struct stat theirs_status;
  struct stat ours_status;
  // EPERM, ioctl_ns(2): it belongs to a user namespace that is not below ours.
  const bool known = owner && ::fstat(owner.get(), &theirs_status) == 0 && ::fstat(ours.get(), &ours_status) == 0;
  if (known && theirs_status.st_dev == ours_status.st_dev && theirs_status.st_ino == ours_status.st_ino) return Done{};
  return Failure{fmt::format(
      "{}: it belongs to another user namespace, where users have other numbers: run egressc in that one", path)};
}

std::string why_not_private(int error_number) {
  switch (error_number) {
    case EPERM:
    case EACCES:
      return "user namespaces are not open to everyone here (kernel.unprivileged_userns_clone, "
             "kernel.apparmor_restrict_unprivileged_userns, or the rules of a container): run egressc as root";
    case ENOSPC:
    case EUSERS:
      return "there may be no more namespaces (user.max_user_namespaces, user.max_net_namespaces): raise these, or run "
             "egressc as root";
    case EINVAL:
      return "this kernel has no user or network namespaces (CONFIG_USER_NS, CONFIG_NET_NS): run egressc as root";
    default:
      return system_failure("unshare", error_number).message;
  }
}

}  // namespace

Result<Done> check_network_name(std::string_view name) {
  if (!name.empty() && name.size() <= 255 && name != "." && name != ".." && name.find('/') == name.npos &&
      name.find('\0') == name.npos)
    return Done{};
  return Failure{
      fmt::format("/run/netns/{}: not the name of a network namespace; `ip netns` lists them", printable(name, 255))};
}

Result<Done> enter_named_network(std::string_view name) {
  if (const auto good = check_network_name(name); !good) return good.failure();
  const std::string path = fmt::format("/run/netns/{}", printable(name, 255));
  const Descriptor network(::open(fmt::format("/run/netns/{}", name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!network && errno == ENOENT)
    return Failure{path + ": there is no network namespace of this name; `ip netns` lists them"};
  if (!network) return system_failure(path, errno);
  if (const auto owned = check_owner(network, path); !owned) return owned.failure();
  if (::setns(network.get(), CLONE_NEWNET) == 0) return Done{};
  if (errno == EPERM) return Failure{path + ": entering it needs CAP_SYS_ADMIN: run egressc as root"};
  return system_failure(path, errno);
}

Result<Done> enter_new_network() {
  if (::unshare(CLONE_NEWNET) == 0) return Done{};
  if (errno == EPERM) return Failure{"making a network namespace: CAP_SYS_ADMIN is missing: run egressc as root"};
  return Failure{"making a network namespace: " + why_not_private(errno)};
}

Result<Done> enter_user_network() {
  // No ids are mapped: nf_tables keeps the numbers of a rule as they are, and nothing here looks at files as somebody.
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) return Done{};
  return Failure{"making a private network namespace: " + why_not_private(errno)};
}

Result<Done> enter_private_network() {
  if (has_capability(CAP_SYS_ADMIN) && has_capability(CAP_NET_ADMIN)) return enter_new_network();
  return enter_user_network();
}

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
  if (::stat("/proc/thread-self/ns/net", &network) != 0) return system_failure("/proc/thread-self/ns/net", errno);
  struct stat first;
  if (::stat("/proc/1/ns/net", &first) == 0 && same(network, first)) return NetworkNamespace{"", "host"};
  const std::string name = name_of(network);
  if (!name.empty()) return NetworkNamespace{name, "netns-" + name};
  return NetworkNamespace{"", fmt::format("net-{}", network.st_ino)};
}

Result<Done> create_named_network(std::string_view name) { return ip_netns("add", name); }

Result<Done> delete_named_network(std::string_view name) { return ip_netns("delete", name); }

}  // namespace egressc::kernel
