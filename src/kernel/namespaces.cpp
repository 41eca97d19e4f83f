#include "kernel/namespaces.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>

#include "egressc/diagnostics.h"
#include "kernel/capabilities.h"

namespace egressc::kernel {
namespace {

// Done if ids in rules of this network namespace are counted as this process counts them.
Result<Done> check_owner(const OwnedFd& network, const std::string& path) {
  const OwnedFd owner(::ioctl(network.get(), NS_GET_USERNS));
  if (!owner && errno == ENOTTY)
    return Failure{path + ": no network namespace, but a file that one may have left: `ip netns delete` removes it"};
  const OwnedFd ours(::open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
  if (!ours) return failed("/proc/self/ns/user", errno);
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
      return failed("unshare", error_number).message;
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
  const OwnedFd network(::open(fmt::format("/run/netns/{}", name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!network && errno == ENOENT)
    return Failure{path + ": there is no network namespace of this name; `ip netns` lists them"};
  if (!network) return failed(path, errno);
  if (const auto owned = check_owner(network, path); !owned) return owned.failure();
  if (::setns(network.get(), CLONE_NEWNET) == 0) return Done{};
  if (errno == EPERM) return Failure{path + ": entering it needs CAP_SYS_ADMIN: run egressc as root"};
  return failed(path, errno);
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

}  // namespace egressc::kernel
