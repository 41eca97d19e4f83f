// What attempts and claims become: grants, or review entries with their reason.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "egressc/policy.h"
#include "learn/attempts.h"
#include "learn/gather.h"
#include "learn/names.h"

namespace egressc::learn {

// nullopt: a grant. Metadata services come first, whatever the evidence; see LANGUAGE, "What a grant is made of".
std::optional<Reason> reason_for_review(const Attempt& attempt, const LearnOptions& options);

// The grants and review entries of subjects, gathered from attempts and claims.
class GrantTable {
 public:
  GrantTable(const NameIndex& names, const LearnOptions& options) : names_(names), at_(names), options_(options) {}

  // An attempt that is granted (no reason) unless its names stand against it, or that stands in review for `reason`.
  // Whether some of it is granted.
  bool add(const Attempt& attempt, std::optional<Reason> reason);
  // A claim that no attempt bears out. A subject that no log but an agent's knows is not governed: such a claim goes to
  // the policy's own review.
  void add(const UnmatchedClaim& unmatched, bool known_subject);

  // Subjects and the policy's own review; in no particular order of grants (normalize() follows).
  void write(Policy& policy) const;

 private:
  using SubjectKey = std::pair<std::uint32_t, std::uint32_t>;  // uid, gid
  struct Destination {
    std::optional<Address> address;  // first: it tells most apart
    std::optional<Reason> reason;
    std::vector<NameId> names;
    std::string claimed_host;  // in review only
    std::string comment;
    auto operator<=>(const Destination&) const = default;
  };
  struct Entry {
    std::vector<Service> services;
    std::vector<Address> addresses;
    // As in Evidence; views into the observations.
    std::uint64_t seen = 0;
    Micros first = no_time;
    Micros last = no_time;
    std::vector<std::string_view> by;
    std::vector<std::string_view> exe;
    std::vector<std::uint32_t> gid;
    std::vector<std::string_view> claimed;
  };

  Destination destination(const Attempt& attempt, const NameSet& names, std::optional<Reason> reason) const;
  void judge_names(std::uint32_t uid, const NameSet& names, Destination& to) const;
  const std::vector<Address>& inside_of(std::uint32_t uid, NameId name) const;
  std::optional<Grant> to_grant(const SubjectKey& subject, const Destination& to, const Entry& entry) const;
  void add_entry(const Attempt& attempt, Destination to, const std::vector<std::uint32_t>& seconds);

  const NameIndex& names_;
  NamesAt at_;
  const LearnOptions& options_;
  mutable std::map<std::pair<std::uint32_t, NameId>, std::vector<Address>> inside_;  // what inside_of() has found
  std::map<SubjectKey, std::map<Destination, Entry>> subjects_;
};

}  // namespace egressc::learn
