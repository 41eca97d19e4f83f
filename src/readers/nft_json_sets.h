// The named sets and verdict maps of a ruleset, and what lookups in them find.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "egressc/flow_space.h"
#include "readers/nft_json_document.h"
#include "readers/nft_json_lookup.h"
#include "readers/nft_json_verdict.h"

namespace egressc::readers {

inline constexpr std::string_view own_nft_table = "inet egressc";

struct NftJsonSet {
  std::string name;
  std::string comment;
  bool has_timeout = false;  // elements come and go while it is in use
  bool is_live = false;      // of egressc's own table: a resolver keeps it filled
  bool is_expiring = false;  // elements that were listed will go
  bool is_verdict_map = false;
  bool is_changed_by_packets = false;  // a rule adds elements, or deletes some
  std::string doubt;                   // why an element may not be found, or empty
  const Json* elements = nullptr;
};

class NftJsonSets {
 public:
  // `markers` may be nullptr.
  explicit NftJsonSets(LiveMarkers* markers) : markers_(markers) {}

  // `table` tells the tables of a ruleset apart. False if it has a set of this name already.
  bool add(std::string_view table, const Json& set);
  // A statement of a rule of `table`, which may change a set.
  void note_statement(std::string_view table, const NamedJson& statement);
  // nullptr if there is none of that name, without its "@".
  const NftJsonSet* find(std::string_view table, std::string_view name) const;

  // What lookups of `keys` find. A set of whose elements too many kinds of keys are asked is not understood.
  const NftLookup& look_up(const NftJsonSet& set, const NftKeys& keys);
  // nullptr if the map is not understood.
  const std::vector<NftCase>* cases(const NftJsonSet& map, const NftKeys& keys);
  // Those that were looked up, by name.
  std::vector<const NftJsonSet*> used() const;

 private:
  // Each use costs as much as the set is long: their number must not grow with the rules.
  bool may_use(const NftJsonSet& set);

  LiveMarkers* markers_;
  std::map<std::pair<std::string, std::string>, NftJsonSet, std::less<>> sets_;
  std::map<std::pair<const NftJsonSet*, NftKeys>, NftLookup> lookups_;
  std::map<std::pair<const NftJsonSet*, NftKeys>, std::vector<NftCase>> cases_;
  std::map<const NftJsonSet*, int> uses_;
  NftLookup not_understood_{{}, FlowSpace::all(), "its set is looked up in too many ways"};
};

// What lookups of `keys` in a set without a name find.
NftLookup look_up(const Json& elements, const NftKeys& keys);

}  // namespace egressc::readers
