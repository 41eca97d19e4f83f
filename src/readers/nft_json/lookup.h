// What conditions on keys mean, and what lookups in sets and maps find, among packets that open a flow.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "egressc/filter.h"
#include "egressc/flow_space.h"
#include "readers/meaning/match.h"
#include "readers/nft_json/document.h"
#include "readers/nft_json/keys.h"

namespace egressc::readers {

// Narrows `match` to packets that have the key at all.
void require(Match& match, const NftKey& key);
// To those whose key, which it requires, has one of the values.
void narrow(Match& match, const NftKey& key, const RangeBounds& values);

inline constexpr std::string_view other_ports = "ports of protocols other than tcp and udp";

// Of a box, the packets whose destination port, if it has any, is in `ports`. Those of protocols other than tcp and udp
// may have something else in its place: they are possible.
void add_transport_boxes(const FlowBox& box, std::vector<FlowBox>& sure, std::vector<FlowBox>& possible);

// Elements of a set, one by one, become the packets whose keys are found, among those that have the keys at all.
class NftElements {
 public:
  explicit NftElements(const NftKeys& keys) : keys_(keys) {}
  void add(const Json& element);
  // Of a key that is an address.
  void add(const Address& address);
  // One that may be any.
  void add_unknown(std::string why);
  // Not found every time.
  void doubt(std::string why);
  FlowBounds finish() const;

 private:
  struct Boxes;

  void add_by_state(const Boxes& boxes, const NftKey& key, const NftValue& value);
  void add_boxes(const Boxes& boxes);
  void add_transport(const Boxes& boxes);
  template <typename Why>
  void differ(Why why);

  const NftKeys& keys_;
  std::vector<FlowBox> sure_;  // where `why_` is not empty
  std::vector<FlowBox> possible_;
  bool is_doubtful_ = false;
  std::string why_;
};

bool is_catch_all(const Json& element);

struct NftVerdict {
  Verdict verdict = Verdict::none;  // none: what is left of the rule goes on
  std::string_view target;          // of jump and go: a chain of the table
  bool operator==(const NftVerdict&) const = default;
};

// {"accept": null}, {"jump": {"target": "c"}}; nullopt for anything else.
std::optional<NftVerdict> read_verdict(const Json& statement);

// The entries of a map that lead to one verdict.
struct NftCase {
  NftVerdict verdict;
  bool is_known = true;
  FlowBounds keys;
  const Json* first = nullptr;  // the first of the keys
  std::size_t count = 0;
};

// By the first entry of each verdict; that of the catch-all element, if there is one, is the last. Keys of a map are
// apart, so the order says nothing. `doubt` is why a key may not be found, or empty.
std::vector<NftCase> read_cases(const NftKeys& keys, const Json& entries, std::string_view doubt);

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

// The named sets and verdict maps of a ruleset, and what lookups in them find.
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
  const FlowBounds& look_up(const NftJsonSet& set, const NftKeys& keys);
  // nullptr if the map is not understood.
  const std::vector<NftCase>* cases(const NftJsonSet& map, const NftKeys& keys);
  // Those that were looked up, by name.
  std::vector<const NftJsonSet*> used() const;

 private:
  // Each use costs as much as the set is long: their number must not grow with the rules.
  bool may_use(const NftJsonSet& set);

  LiveMarkers* markers_;
  std::map<std::pair<std::string, std::string>, NftJsonSet, std::less<>> sets_;
  std::map<std::pair<const NftJsonSet*, NftKeys>, FlowBounds> lookups_;
  std::map<std::pair<const NftJsonSet*, NftKeys>, std::vector<NftCase>> cases_;
  std::map<const NftJsonSet*, int> uses_;
  FlowBounds not_understood_{{}, FlowSpace::all(), "its set is looked up in too many ways"};
};

// What lookups of `keys` in a set without a name find.
FlowBounds look_up(const Json& elements, const NftKeys& keys);

}  // namespace egressc::readers
