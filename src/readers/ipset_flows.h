// The packets that ipsets hold, on their way out.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "egressc/flow_space.h"
#include "readers/ipset_table.h"

namespace egressc::readers {

// Surely and possibly in a set.
struct SetFlows {
  FlowSpace least;
  FlowSpace most;
  std::string why;  // they differ
};

class IpSetFlows {
 public:
  // Without a table nothing is known of any set.
  IpSetFlows(const IpSetTable* table, Family family, LiveNames live = {})
      : table_(table), family_(family), live_(live) {}

  // That rules add to it, or take from it.
  void changes(std::string_view set) { changed_.emplace(set); }
  // What "--match-set SET DIRECTIONS" matches.
  const SetFlows& match(std::string_view set, std::string_view directions);

 private:
  using Directions = std::vector<bool>;  // of an element's parts, whether they are of the destination

  const SetFlows& known(const std::string& set, const Directions& directions, bool is_member);
  SetFlows compute(const std::string& set, const Directions& directions, bool is_member);
  bool is_live(const std::string& set, const IpSet& held) const;
  SetFlows live(const std::string& set, const IpSet& held, const Directions& directions);
  SetFlows unite_members(const IpSet& list, const Directions& directions);

  const IpSetTable* table_;
  Family family_;
  LiveNames live_;
  std::unordered_set<std::string> changed_;
  std::unordered_map<std::string, SetFlows> known_;
};

// Of a set without members and of the family: `is_destination` says which of the parts are.
SetFlows flows_of_elements(const IpSet& set, const std::vector<bool>& is_destination, Family family);

}  // namespace egressc::readers
