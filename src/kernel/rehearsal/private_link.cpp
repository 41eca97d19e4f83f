#include <fcntl.h>
#include <fmt/core.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <set>
#include <string_view>

#include "egressc/diagnostics.h"
#include "kernel/nft/netlink.h"
#include "kernel/rehearsal/rehearsal.h"
#include "support/descriptor.h"

namespace egressc::kernel {
namespace {

// A message in the making, for the libmnl functions that add attributes.
class RouteRequest {
 public:
  // `flags` besides NLM_F_REQUEST and NLM_F_ACK.
  RouteRequest(std::uint16_t type, std::uint16_t flags) : message_(::mnl_nlmsg_put_header(buffer_)) {
    message_->nlmsg_type = type;
    message_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    message_->nlmsg_seq = 1;
  }
  RouteRequest(const RouteRequest&) = delete;
  RouteRequest& operator=(const RouteRequest&) = delete;

  template <typename Header>
  Header& put_header() {
    return *static_cast<Header*>(::mnl_nlmsg_put_extra_header(message_, sizeof(Header)));
  }
  nlmsghdr* message() { return message_; }

 private:
  alignas(nlmsghdr) char buffer_[1024];
  nlmsghdr* message_;
};

// Asks rtnetlink(7) in the network namespace of the thread that opened it, one request at a time.
class RouteSocket {
 public:
  static Result<RouteSocket> open() {
    RouteSocket route(open_netlink(NETLINK_ROUTE, 0));
    if (!route.socket_) return system_failure("rtnetlink", errno);
    return route;
  }

  // 0, or the errno that the kernel answers with.
  int ask(RouteRequest& request) {
    const nlmsghdr* const message = request.message();
    if (::mnl_socket_sendto(socket_.get(), message, message->nlmsg_len) < 0) return errno;
    alignas(nlmsghdr) char answer[8192];
    const ssize_t size = receive(socket_, answer);
    if (size < 0) return errno;
    const unsigned port = ::mnl_socket_get_portid(socket_.get());
    const int run = ::mnl_cb_run(answer, static_cast<std::size_t>(size), message->nlmsg_seq, port, nullptr, nullptr);
    return run < 0 ? errno : 0;
  }

 private:
  explicit RouteSocket(NetlinkSocket socket) : socket_(std::move(socket)) {}

  NetlinkSocket socket_;
};

constexpr const char* link_name = "egressc0";
constexpr const char* end_name = "egressc1";
constexpr Address first_own_4{Family::ipv4, 0, 0xc0000201};           // 192.0.2.1
constexpr Address first_own_6{Family::ipv6, 0x20010db800000000, 1};   // 2001:db8::1
constexpr Address gateway_4{Family::ipv4, 0, 0xa9fefffe};             // 169.254.255.254, RFC 3927
constexpr Address gateway_6{Family::ipv6, 0xfe80000000000000, 0xfe};  // fe80::fe, RFC 4291

unsigned char family_of(const Address& address) { return address.family == Family::ipv4 ? AF_INET : AF_INET6; }

void put_address(nlmsghdr* message, std::uint16_t type, const Address& address) {
  std::array<std::uint8_t, 16> bytes{};
  const std::size_t size = address.bits() / 8;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t place = size - 1 - i;  // from the last byte
    bytes[place] = static_cast<std::uint8_t>((i < 8 ? address.low : address.high) >> i % 8 * 8);
  }
  ::mnl_attr_put(message, type, size, bytes.data());
}

// None of the flows goes there.
Address unused(Address address, std::span<const FlowPoint> flows) {
  std::set<Address> used;
  for (const FlowPoint& flow : flows) used.insert(flow.to);
  while (used.count(address) != 0) address = *next(address);
  return address;
}

int raise(RouteSocket& route, unsigned index) {
  RouteRequest request(RTM_NEWLINK, 0);
  auto& header = request.put_header<ifinfomsg>();
  header.ifi_index = static_cast<int>(index);
  header.ifi_flags = header.ifi_change = IFF_UP;
  return route.ask(request);
}

void put_new_link(RouteRequest& request, const char* name) {
  auto& header = request.put_header<ifinfomsg>();
  header.ifi_flags = header.ifi_change = IFF_NOARP;
  ::mnl_attr_put_strz(request.message(), IFLA_IFNAME, name);
}

int add_dummy(RouteSocket& route) {
  RouteRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  put_new_link(request, link_name);
  nlattr* const info = ::mnl_attr_nest_start(request.message(), IFLA_LINKINFO);
  ::mnl_attr_put_strz(request.message(), IFLA_INFO_KIND, "dummy");
  ::mnl_attr_nest_end(request.message(), info);
  return route.ask(request);
}

// A pair whose other end listens to nobody: frames carry the address of their own sender.
int add_veth(RouteSocket& route) {
  RouteRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  put_new_link(request, link_name);
  nlattr* const info = ::mnl_attr_nest_start(request.message(), IFLA_LINKINFO);
  ::mnl_attr_put_strz(request.message(), IFLA_INFO_KIND, "veth");
  nlattr* const data = ::mnl_attr_nest_start(request.message(), IFLA_INFO_DATA);
  nlattr* const peer = ::mnl_attr_nest_start(request.message(), VETH_INFO_PEER);
  put_new_link(request, end_name);
  ::mnl_attr_nest_end(request.message(), peer);
  ::mnl_attr_nest_end(request.message(), data);
  ::mnl_attr_nest_end(request.message(), info);
  return route.ask(request);
}

int add_address(RouteSocket& route, unsigned index, const Address& address) {
  RouteRequest request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  auto& header = request.put_header<ifaddrmsg>();
  header.ifa_family = family_of(address);
  header.ifa_prefixlen = static_cast<unsigned char>(address.bits());
  header.ifa_flags = IFA_F_NODAD;
  header.ifa_index = index;
  put_address(request.message(), IFA_LOCAL, address);
  return route.ask(request);
}

// By a gateway, so that all destinations have one neighbour: the kernel keeps no more than a thousand of them
// (arp(7), gc_thresh3).
int add_default_route(RouteSocket& route, unsigned index, const Address& gateway) {
  RouteRequest request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  auto& header = request.put_header<rtmsg>();
  header.rtm_family = family_of(gateway);
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  header.rtm_flags = RTNH_F_ONLINK;
  put_address(request.message(), RTA_GATEWAY, gateway);
  ::mnl_attr_put_u32(request.message(), RTA_OIF, index);
  return route.ask(request);
}

Result<unsigned> add_link(RouteSocket& route) {
  int error_number = add_dummy(route);
  if (error_number == EOPNOTSUPP) error_number = add_veth(route);
  if (error_number == EOPNOTSUPP)
    return Failure{
        "a rehearsal needs a link that leads nowhere, and this kernel has neither dummy nor veth links (CONFIG_DUMMY, "
        "CONFIG_VETH; modprobe dummy)"};
  if (error_number != 0) return system_failure("adding a link", error_number);
  // A link whose other end is up already takes packets as soon as it is up; otherwise some time later.
  if (const unsigned end = ::if_nametoindex(end_name); end != 0) error_number = raise(route, end);
  const unsigned link = ::if_nametoindex(link_name);
  if (error_number == 0) error_number = raise(route, link);
  if (error_number != 0) return system_failure("setting up a link", error_number);
  return link;
}

// Lets every group open sockets for echo requests, icmp(7).
Result<Done> allow_echo() {
  constexpr const char* path = "/proc/sys/net/ipv4/ping_group_range";
  const Descriptor file(::open(path, O_WRONLY | O_CLOEXEC));
  const int error_number = file ? write_all(file.get(), "0 2147483647\n") : errno;
  if (error_number == EINVAL)  // some of them have no number here
    return Failure{"this user namespace does not have all users and groups: run egressc outside of it"};
  if (error_number != 0) return system_failure(path, error_number);
  return Done{};
}

}  // namespace

Result<unsigned> set_up_links(std::span<const FlowPoint> flows) {
  auto route = RouteSocket::open();
  if (!route) return route.failure();
  constexpr unsigned loopback = 1;  // always the first
  if (const int error_number = raise(*route, loopback); error_number != 0)
    return system_failure("setting up the loopback link", error_number);
  const auto link = add_link(*route);
  if (!link) return link;
  for (const Address& own : {unused(first_own_4, flows), unused(first_own_6, flows)}) {
    const bool is_4 = own.family == Family::ipv4;
    int error_number = add_address(*route, *link, own);
    if (error_number == 0) error_number = add_default_route(*route, *link, is_4 ? gateway_4 : gateway_6);
    if (error_number == 0) continue;
    return Failure{fmt::format("{}{}",
                               system_failure(fmt::format("giving a link {}", to_string(own)), error_number).message,
                               is_4 ? "" : ": is IPv6 turned off here? --to iptables-restore rehearses IPv4 alone")};
  }
  if (const auto allowed = allow_echo(); !allowed) return allowed.failure();
  return link;
}

}  // namespace egressc::kernel
