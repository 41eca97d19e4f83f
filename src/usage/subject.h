// What one subject's sets and rules counted.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "egressc/policy.h"
#include "egressc/ruleset.h"
#include "usage/usage.h"
#include "usage/cells.h"

namespace egressc::counting {

class SubjectCounts {
 public:
  // All three have to stay.
  SubjectCounts(const Policy& policy, const Subject& subject, const SubjectRules& rules);

  // False if the policy has no such element.
  bool add(const ElementCount& element);
  // What a rule of the `live`th of its live sets let pass.
  void add_live(std::size_t live, const Count& count);

  // Its grants and resolvers.
  void describe(SubjectUsage& usage, std::optional<CivilDate> today) const;

 private:
  // Grants to one name that have the same services share a set.
  using LiveKey = std::pair<std::string, std::vector<Service>>;
  const Policy& policy_;
  const Subject& subject_;
  const SubjectRules& rules_;
  Cells cells_;
  std::map<LiveKey, Count> live_;  // of those that have rules
};

}  // namespace egressc::counting
