// Live names without a resolver that fills their sets: what is asked when, and what the answers do to the sets. No
// clock is read and nobody is asked here: times are arguments.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "egressc/address.h"
#include "egressc/name.h"
#include "model/values/dns_answer.h"

namespace egressc {

// Since any moment, by a clock that is never set.
using RefreshTime = std::chrono::milliseconds;

struct RefreshLimits {
  // How long an address stays that an answer no longer has; a second at least, as nftables takes 0 for ever.
  std::chrono::seconds grace = std::chrono::minutes(5);
  // A name is asked again after the TTL of its answer, within these bounds.
  std::chrono::seconds least_interval{1};
  std::chrono::seconds most_interval = std::chrono::minutes(30);
  // Where the answer is that there is no address; below what RFC 2308, 5 has caches keep it.
  std::chrono::seconds negative_interval = std::chrono::minutes(1);
  // After a failure; doubled with each one more.
  std::chrono::seconds least_backoff{5};
  std::chrono::seconds most_backoff = std::chrono::minutes(5);
  // Of one answer: the first in order are taken.
  std::size_t most_addresses = 64;
  // Of one set: those make room that are in no answer and have the least time left.
  std::size_t most_elements = 4096;

  // Of an element when it is added or renewed: nobody may ask for so long before it is gone.
  std::chrono::seconds lifetime() const { return 2 * most_interval + grace; }
  // An address that is still there is renewed when it has less than this.
  std::chrono::seconds least_left() const { return most_interval + grace; }
};

struct FollowedSet {
  std::string identifier;      // LiveSet::identifier
  std::vector<Prefix> listed;  // what the policy lists for it
};

struct FollowedName {
  DomainName name;
  std::vector<FollowedSet> sets;
};

// An element of a set that is in the kernel.
struct HeldElement {
  std::string set;  // with "_4" or "_6"
  Prefix address;
  std::optional<std::chrono::milliseconds> remaining;  // nullopt: it never times out, and is left alone
};

enum class RefreshKind : std::uint8_t {
  added,
  closed,     // it is no longer in the set
  failed,     // the first of several failures
  recovered,  // the first answer after them
  no_name,    // there is no such name: what it meant is let expire
  no_data,    // it had addresses of this family, and has none any more
  // An address that is_inside_address() or mapped to IPv6, and that the policy does not list: not added. Once for each
  // name and family, and so is `cut`.
  not_allowed,
  cut,  // more addresses than are taken
};

struct RefreshEvent {
  RefreshKind kind = RefreshKind::added;
  DomainName name;
  Family family = Family::ipv4;
  std::optional<Prefix> address;  // added, closed, not_allowed
  std::string why;                // failed
  bool operator==(const RefreshEvent&) const = default;
};

// One transaction.
struct RefreshRound {
  std::string text;  // nftables commands; "" if there is nothing to do
  std::vector<RefreshEvent> events;
  std::map<std::string, std::vector<Prefix>> holds;  // by set: what is in it afterwards, sorted
};

class Refresher {
 public:
  explicit Refresher(RefreshLimits limits) : limits_(limits) {}

  // These names from now on; what is known of those among them that were followed before stays known.
  void follow(std::vector<FollowedName> names);

  // What is to be asked by `now`, the longest overdue first.
  std::vector<DnsQuestion> due(RefreshTime now, std::size_t most) const;
  // When something is; nullopt if no name is followed.
  std::optional<RefreshTime> next() const;
  // Whether the last answers to all questions were answers.
  bool all_answered() const;

  // The answer to a question of due().
  std::vector<RefreshEvent> take(const DnsQuestion& question, const DnsAnswer& answer, RefreshTime now);

  // What has to change in the sets of the names. Elements of other sets do not matter.
  RefreshRound round(std::span<const HeldElement> held) const;
  // It is in the kernel.
  void done(const RefreshRound& round) { known_ = round.holds; }

 private:
  struct State {
    FollowedName followed;
    Family family = Family::ipv4;
    RefreshTime next{0};
    unsigned failures = 0;
    std::optional<std::vector<Address>> answer;  // the last one that was one: sorted
    bool has_said_not_allowed = false;
    bool has_said_cut = false;
  };

  State* find(const DomainName& name, Family family);
  void take_addresses(State& state, const DnsAnswer& answer, std::vector<RefreshEvent>& events);

  RefreshLimits limits_;
  std::vector<State> states_;  // by name, then family
  std::map<std::string, std::vector<Prefix>> known_;
};

}  // namespace egressc
