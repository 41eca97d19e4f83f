// The entries of one list of a policy, and what the logs add to them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "egressc/policy.h"

namespace egressc::extend {

// Evidence of several logs, put together. Both from the logs of one run: no attempt is in both.
void add_evidence(Evidence& into, const Evidence& from);

// What newer logs say, to what stands in the policy. Attempts that are not newer than `into.last` have been counted
// already, so the same logs count once. Logs that begin before it and end behind it may hold all that was counted or
// none of it: then the larger number stands, which is never too many.
void update_evidence(Evidence& into, const Evidence& gained);

// Whether the services hold all of this one.
bool holds(const std::vector<Service>& services, const Service& service);

// The prefix of a grant, or the addresses of its names.
std::vector<Prefix> reach_of(const Grant& grant);

// Numbers of grants by where they lead. Lookups do not grow with the number of grants.
class Holders {
 public:
  using Number = std::uint32_t;

  void add(Number number, const Grant& grant);
  void add(Number number, const Prefix& place);

  // Those with exactly these names; then, for a single name, those whose wildcard matches it.
  std::vector<Number> named(const std::vector<DomainName>& names) const;
  // Those that lead to the place or to a prefix around it, ascending.
  std::vector<Number> around(const Prefix& place) const;

 private:
  std::map<std::string, std::vector<Number>, std::less<>> by_names_;
  std::map<Prefix, std::vector<Number>> by_place_;
  std::map<Family, std::set<std::uint8_t>> lengths_;
};

class Ledger {
 public:
  // The reason of a grant means nothing.
  void add(const std::vector<Grant>& grants);
  void add(const std::vector<Review>& entries);
  // An entry of these logs.
  void propose(Review entry);

  // The services of `learnt` that no entry holds. Its evidence goes to the entries that hold the others, and its
  // addresses to the names among them that are not live: a live one learns them from the resolver.
  std::vector<Service> enter(const Grant& learnt);
  // The same, and nothing goes anywhere.
  std::vector<Service> missing(const Grant& learnt) const;
  // Whether an entry leads where `learnt` does, whatever its services; it gets the evidence.
  bool enter_place(const Grant& learnt);
  // Takes out what an earlier run proposed for a denial that `learnt` holds whole.
  std::vector<Review> take_proposals(const Grant& learnt);

  bool grows() const;
  // What the list is now; `grown` counts entries with new addresses. The evidence is as it was, until settle() puts
  // that of these logs to it. Entries of the file that they bear out are added to `seen`.
  void settle(std::vector<Location>& seen);
  std::vector<Review> take(std::size_t& grown) &&;

 private:
  using Number = Holders::Number;
  struct Entry {
    Review review;
    Evidence gained;
    bool has_gained = false;
    bool has_grown = false;
    bool is_gone = false;
  };

  void add(Entry entry);
  // Those of `found` that hold the service.
  std::vector<Number> holding(std::vector<Number> found, const Service& service) const;
  // Who holds this service at every place of `learnt`; nobody, if one place is left.
  std::vector<Number> around_all(const Grant& learnt, const Service& service) const;
  void grow(Number number, const Grant& learnt, const Service& service);

  std::vector<Entry> entries_;
  Holders holders_;
};

}  // namespace egressc::extend
