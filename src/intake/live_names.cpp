#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "intake/inputs.h"

namespace egressc::intake {
namespace {

using Ids = std::pair<std::vector<IdRange>, std::vector<IdRange>>;

Ids ids_of(const Subject& subject) { return {subject.uids, subject.gids}; }

// Names by their keys: "*.example.com" too.
class ReviewedNames {
 public:
  explicit ReviewedNames(const std::vector<Policy>& policies) {
    for (const Policy& policy : policies)
      for (const Subject& subject : policy.subjects)
        for (const Grant& grant : subject.allow)
          for (const DomainName& name : grant.names) keys_[ids_of(subject)].insert(name.key());
  }

  bool hold(const Subject& subject, const DomainName& name) const {
    const auto found = keys_.find(ids_of(subject));
    if (found == keys_.end()) return false;
    if (found->second.contains(name.key())) return true;
    const std::string& key = name.key();
    for (std::size_t dot = key.find('.'); dot != key.npos; dot = key.find('.', dot + 1))
      if (found->second.contains("*" + key.substr(dot))) return true;
    return false;
  }

 private:
  std::map<Ids, std::set<std::string>> keys_;
};

}  // namespace
}  // namespace egressc::intake

namespace egressc {

Vouches vouched_for(const std::vector<Policy>& reviewed, const Ceiling& ceiling) {
  return [names = intake::ReviewedNames(reviewed), ceiling](const Subject& subject, const Grant& grant) {
    Grant live = grant;
    live.live = true;
    if (excess_of(subject, live, ceiling)) return false;
    return names.hold(subject, grant.names.front()) || may_be_live(ceiling, subject, grant);
  };
}

void make_names_live(Policy& policy, const Vouches& vouches, Diagnostics& diagnostics) {
  bool any = false;
  std::set<std::pair<std::string, std::string>> noted;
  for (Subject& subject : policy.subjects)
    for (Grant& grant : subject.allow) {
      if (grant.names.empty()) continue;
      const bool is_one = grant.names.size() == 1;
      grant.live = grant.live || (is_one && vouches(subject, grant));
      any = any || grant.live;
      if (grant.live || !noted.emplace(subject.label, to_string(grant.names)).second) continue;
      diagnostics.note(grant.where,
                       fmt::format("{} of {} stays pinned: {}", to_string(grant.names), subject.label,
                                   is_one ? "no policy file and no guard holds it, or a guard forbids what it may come "
                                            "to mean; a governed process chooses the names it asks for"
                                          : "it is not known which of the names was meant"),
                       is_one ? "grant it in a reviewed policy file, and give that as an input" : "");
    }
  if (!any)
    diagnostics.error(
        {}, "--names live: there is no name that could follow DNS",
        "only names that a reviewed policy or a guard holds may: compile to a policy, read it, and compile that");
}

}  // namespace egressc
