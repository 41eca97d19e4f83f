// Random policies under random guards, compared flow by flow with what egressc-guard(5) says.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "flow_space_universe.h"
#include "guard_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

const std::array names = {"a.example", "b.example", "x.b.example", "y.x.b.example", "*.b.example", "*.x.b.example"};
const std::array places = {"192.0.2.0/30", "192.0.2.0", "192.0.2.1",      "192.0.2.2/31", "192.0.2.2",
                           "192.0.2.9",    "0.0.0.0/0", "2001:db8::/126", "2001:db8::1",  "::/0"};
const std::array services = {"tcp", "udp/53", "tcp/80", "tcp/79-81", "any/80", "any/53-80", "icmp", "icmpv6", "any"};
constexpr std::array<std::uint16_t, 7> ports = {52, 53, 54, 79, 80, 81, 443};
const std::array destinations = {"192.0.2.0", "192.0.2.1", "192.0.2.2",   "192.0.2.3",
                                 "192.0.2.9", "10.0.0.1",  "2001:db8::1", "2001:db8::9"};

// Flows, one of every kind that the above tell apart.
struct Packet {
  std::uint32_t uid;
  Address to;
  Protocol protocol;
  std::uint16_t port;
};

bool opens(const Service& service, const Packet& flow) {
  if (flow.protocol == Protocol::icmp || flow.protocol == Protocol::icmpv6) return service.protocol == flow.protocol;
  return (service.protocol == Protocol::any || service.protocol == flow.protocol) && service.ports.first <= flow.port &&
         flow.port <= service.ports.last;
}

bool opens(const std::vector<Service>& list, const Packet& flow) {
  return std::any_of(list.begin(), list.end(), [&](const Service& service) { return opens(service, flow); });
}

bool hold(const std::vector<Prefix>& list, const Address& to) {
  return std::any_of(list.begin(), list.end(), [&](const Prefix& prefix) { return contains(prefix, to); });
}

bool hold(const std::vector<IdRange>& ids, std::uint32_t id) {
  return ids.empty() || std::any_of(ids.begin(), ids.end(),
                                    [=](const IdRange& range) { return range.first <= id && id <= range.last; });
}

bool opens(const Grant& grant, const Packet& flow) {
  const bool leads = grant.prefix ? contains(*grant.prefix, flow.to) : hold(grant.addresses, flow.to);
  return leads && opens(grant.services, flow);
}

bool opens(const Subject& subject, const Packet& flow) {
  return hold(subject.uids, flow.uid) && std::any_of(subject.allow.begin(), subject.allow.end(),
                                                     [&](const Grant& grant) { return opens(grant, flow); });
}

// Whether everything that `name` means is held.
bool covers(const DomainName& pattern, const DomainName& name) {
  if (pattern == name || pattern.matches(name)) return true;
  return pattern.is_wildcard() && name.is_wildcard() && pattern.matches(*DomainName::parse("w" + name.key().substr(1)));
}

bool covers(const std::vector<DomainName>& list, const DomainName& name) {
  return std::any_of(list.begin(), list.end(), [&](const DomainName& pattern) { return covers(pattern, name); });
}

bool touches(const std::vector<DomainName>& list, const DomainName& name) {
  return covers(list, name) ||
         std::any_of(list.begin(), list.end(), [&](const DomainName& pattern) { return covers(name, pattern); });
}

bool concerns(const GuardEntry& entry, const Packet& flow) {
  return hold(entry.subjects.uids, flow.uid) && (entry.services.empty() || opens(entry.services, flow));
}

bool forbids_name(const GuardEntry& entry, const std::vector<DomainName>& asked) {
  return std::any_of(asked.begin(), asked.end(), [&](const DomainName& name) {
    return touches(entry.to.names, name) && !covers(entry.except.names, name);
  });
}

bool permits(const Guard& guard, const std::vector<DomainName>& asked, const Packet& flow) {
  if (!hold(guard.subjects.uids, flow.uid)) return true;
  for (const GuardEntry& entry : guard.never)
    if (concerns(entry, flow) &&
        (forbids_name(entry, asked) || (hold(entry.to.prefixes, flow.to) && !hold(entry.except.prefixes, flow.to))))
      return false;
  if (!guard.allow) return true;
  const auto any = [&](auto holds) {
    return std::any_of(guard.allow->begin(), guard.allow->end(),
                       [&](const GuardEntry& entry) { return concerns(entry, flow) && holds(entry); });
  };
  if (any([&](const GuardEntry& entry) { return hold(entry.to.prefixes, flow.to); })) return true;
  return !asked.empty() && std::all_of(asked.begin(), asked.end(), [&](const DomainName& name) {
    return any([&](const GuardEntry& entry) { return covers(entry.to.names, name); });
  });
}

// Closed because a name that is never granted to the subject has the address.
bool is_closed(const Guard& guard, const Subject& subject, const Packet& flow) {
  return hold(guard.subjects.uids, flow.uid) &&
         std::any_of(guard.never.begin(), guard.never.end(), [&](const GuardEntry& entry) {
           return concerns(entry, flow) && std::any_of(subject.allow.begin(), subject.allow.end(), [&](const Grant& g) {
                    return forbids_name(entry, g.names) && opens(g, flow);
                  });
         });
}

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  // Of single users if `exact`: then no entry is about a part of a subject.
  Policy policy(bool exact) {
    Policy policy;
    policy.scope = Scope::subjects;
    for (std::uint32_t uid = 1000; uid < 1003; ++uid) {
      Subject subject;
      subject.label = "s" + std::to_string(uid);
      subject.uids = {exact ? IdRange{uid, uid} : IdRange{uid * 10, uid * 10 + 9}};
      for (std::size_t i = random_.below(5); i > 0; --i) subject.allow.push_back(grant());
      policy.subjects.push_back(std::move(subject));
    }
    normalize(policy);
    Diagnostics diagnostics;
    validate(policy, diagnostics);
    REQUIRE_MESSAGE(!diagnostics.has_errors(), diagnostics.render(false));
    return policy;
  }

  Guard guard(bool exact) {
    Guard guard;
    if (chance(3)) guard.subjects.uids = ids(exact);
    if (chance(2)) {
      guard.allow.emplace();
      for (std::size_t i = 1 + random_.below(4); i > 0; --i) guard.allow->push_back(entry(exact, false));
    }
    for (std::size_t i = random_.below(4); i > 0; --i) guard.never.push_back(entry(exact, true));
    return guard;
  }

 private:
  bool chance(std::size_t of) { return random_.below(of) == 0; }
  template <typename T>
  const char* pick(const T& list) {
    return list[random_.below(list.size())];
  }

  Grant grant() {
    Grant grant;
    for (std::size_t i = 1 + random_.below(2); i > 0; --i) grant.services.push_back(*parse_service(pick(services)));
    if (chance(2)) {
      grant.prefix = *parse_prefix(pick(places));
      const Protocol foreign = grant.prefix->address.family == Family::ipv4 ? Protocol::icmpv6 : Protocol::icmp;
      for (Service& service : grant.services)
        if (service.protocol == foreign) service = *parse_service("tcp/80");
      return grant;
    }
    for (std::size_t i = chance(4) ? 2 : 1; i > 0; --i) grant.names.push_back(*DomainName::parse_pattern(pick(names)));
    for (std::size_t i = 1 + random_.below(3); i > 0; --i) grant.addresses.push_back(*parse_prefix(pick(places)));
    grant.live = grant.names.size() == 1 && chance(4);
    return grant;
  }

  std::vector<IdRange> ids(bool exact) {
    const auto first = static_cast<std::uint32_t>(1000 + random_.below(3));
    const auto last = static_cast<std::uint32_t>(first + random_.below(2));
    return {exact ? IdRange{first, last}
                  : IdRange{first * 10 + static_cast<std::uint32_t>(random_.below(10)), last * 10 + 9}};
  }

  GuardPlaces where() {
    GuardPlaces to;
    for (std::size_t i = 1 + random_.below(3); i > 0; --i)
      if (chance(2))
        to.names.push_back(*DomainName::parse_pattern(pick(names)));
      else
        to.prefixes.push_back(*parse_prefix(pick(places)));
    std::sort(to.names.begin(), to.names.end());
    return to;
  }

  GuardEntry entry(bool exact, bool never) {
    GuardEntry entry;
    entry.to = where();
    if (never && chance(2)) entry.except = where();
    for (std::size_t i = random_.below(3); i > 0; --i) entry.services.push_back(*parse_service(pick(services)));
    if (chance(4)) entry.subjects.uids = ids(exact);
    return entry;
  }

  Random random_;
};

std::vector<Packet> all_flows() {
  std::vector<Packet> flows;
  for (std::uint32_t uid = 1000; uid < 1003; ++uid)
    for (const char* to : destinations) {
      const Address at = address(to);
      for (const Protocol protocol : {Protocol::tcp, Protocol::udp})
        for (const std::uint16_t port : ports) flows.push_back({uid, at, protocol, port});
      flows.push_back({uid, at, at.family == Family::ipv4 ? Protocol::icmp : Protocol::icmpv6, 0});
    }
  return flows;
}

FlowPoint point(const Packet& flow) {
  FlowPoint point;
  point.uid = flow.uid;
  point.to = flow.to;
  point.port = flow.port;
  point.protocol = flow.protocol == Protocol::udp ? ip_protocol::udp : ip_protocol::tcp;
  if (flow.protocol == Protocol::icmp) point.protocol = ip_protocol::icmp, point.port = 8 << 8;
  if (flow.protocol == Protocol::icmpv6) point.protocol = ip_protocol::icmpv6, point.port = 128 << 8;
  return point;
}

}  // namespace

TEST_CASE("a flow is open afterwards exactly if it was, and every guard permits it") {
  const std::vector<Packet> flows = all_flows();
  std::size_t permitted = 0;
  std::size_t forbidden = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    Maker maker(seed);
    const Policy before = maker.policy(true);
    const std::vector<Guard> guards{maker.guard(true), maker.guard(true)};
    const Ceiling ceiling(guards);
    Policy after = before;
    const std::size_t count = cut(after, ceiling);
    const FlowSpace beyond = flows_beyond(before, guards);
    CHECK(excess_of(before, ceiling).empty() == beyond.empty());
    CHECK((count == 0) == beyond.empty());
    CHECK(flows_beyond(after, guards).empty());
    for (const Packet& flow : flows) {
      const Subject& subject = *std::find_if(before.subjects.begin(), before.subjects.end(),
                                             [&](const Subject& s) { return hold(s.uids, flow.uid); });
      bool wanted = false;
      bool is_beyond = false;
      for (const Grant& grant : subject.allow) {
        if (!opens(grant, flow)) continue;
        const bool by_all = std::all_of(guards.begin(), guards.end(),
                                        [&](const Guard& guard) { return permits(guard, grant.names, flow); });
        wanted = wanted || by_all;
        is_beyond = is_beyond || !by_all;
      }
      for (const Guard& guard : guards) wanted = wanted && !is_closed(guard, subject, flow);
      const bool open = std::any_of(after.subjects.begin(), after.subjects.end(),
                                    [&](const Subject& left) { return opens(left, flow); });
      if (open != wanted || beyond.contains(point(flow)) != is_beyond) {
        CAPTURE(to_string(single(point(flow))));
        CAPTURE(describe(before));
        CAPTURE(describe(after));
        CHECK(open == wanted);
        CHECK(beyond.contains(point(flow)) == is_beyond);
      }
      permitted += open;
      forbidden += is_beyond;
    }
  }
  // Neither is rare.
  CHECK(permitted > 10000);
  CHECK(forbidden > 10000);
}

TEST_CASE("whatever part of a subject an entry is about, nothing beyond it is left") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    Maker maker(seed);
    Policy policy = maker.policy(false);
    const std::vector<Guard> guards{maker.guard(false)};
    const Ceiling ceiling(guards);
    if (excess_of(policy, ceiling).empty()) CHECK(flows_beyond(policy, guards).empty());
    cut(policy, ceiling);
    CHECK(flows_beyond(policy, guards).empty());
    CHECK(excess_of(policy, ceiling).empty());
    Diagnostics diagnostics;
    validate(policy, diagnostics);
    CHECK_MESSAGE(!diagnostics.has_errors(), diagnostics.render(false));
    CHECK(read_policy(write_policy_yaml(policy), "again", nullptr, diagnostics).has_value());
  }
}
