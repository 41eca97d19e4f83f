#include "readers/xtables_address_types.h"

#include "readers/xtables_values.h"

namespace egressc::readers {
namespace {

constexpr Number all_v6 = ~Number{0};

// As __inet_dev_addr_type() of the kernel's fib_frontend.c: some types do not depend on routes. All of 0.0.0.0/8 was
// broadcast in kernels before 5.3.
const Range multicast{0xe0000000, 0xefffffff};
const Range this_network{0, 0xffffff};
const Range this_host{0, 0};
const Range broadcast{0xffffffff, 0xffffffff};

AddressTypes types_v4(std::string_view list) {
  std::vector<Range> least;
  std::vector<Range> most;
  while (!list.empty()) {
    const std::string_view type = take_item(list, ',');
    if (type == "MULTICAST") {
      least.push_back(multicast);
      most.push_back(multicast);
      continue;
    }
    if (type == "BROADCAST") {
      least.insert(least.end(), {this_host, broadcast});
      most.insert(most.end(), {this_network, broadcast});
    }
    // A route may make any other address of any type.
    most.insert(most.end(), {{this_host.last + 1, multicast.first - 1}, {multicast.last + 1, broadcast.first - 1}});
  }
  return {ranges_of(std::move(least)), ranges_of(std::move(most))};
}

// As match_type6() of xt_addrtype.c: an address has to be of every type of a list, where routes do not matter.
AddressTypes types_v6(std::string_view list) {
  const Range multicast_v6{Number{0xff} << 120, all_v6};
  if (list == "MULTICAST") return {{multicast_v6}, {multicast_v6}};
  bool only_multicast = false;
  bool never_multicast = false;
  while (!list.empty()) {
    const std::string_view type = take_item(list, ',');
    only_multicast |= type == "MULTICAST";
    never_multicast |= type == "UNICAST";
  }
  if (only_multicast && never_multicast) return {};
  if (only_multicast) return {{}, {multicast_v6}};
  if (never_multicast) return {{}, {{0, multicast_v6.first - 1}}};
  return {{}, {{0, all_v6}}};
}

}  // namespace

AddressTypes parse_address_types(std::string_view list, Family family) {
  return family == Family::ipv4 ? types_v4(list) : types_v6(list);
}

}  // namespace egressc::readers
