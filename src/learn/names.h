// Which names a subject had asked for when it reached an address.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "egressc/name.h"
#include "egressc/observation.h"

namespace egressc::learn {

using NameId = std::uint32_t;

// How long an answer may be used, without the grace that clients take.
Micros life_of(const Resolution& resolution);

// Whose packets left from a port at a time: from packet records to port 53, for joining with a resolver's log.
class AskerIndex {
 public:
  explicit AskerIndex(std::span<const Observations> inputs);
  // no_id: no packet record within a second of `at`, or those of several subjects, or no more than `turn` of them:
  // connection tracking knows the port from before, so that whoever uses it now leaves no record.
  std::uint32_t uid_of(const Address& from, std::uint16_t port, Micros at, std::uint16_t turn = 0) const;
  // Who got an answer. no_id: no log tells of any question from there whose it was, so that anybody may have asked.
  // nullopt: of others that is told, and of this one not, so that it may be that of anybody but who reached the
  // address.
  std::optional<std::uint32_t> asker_of(const Resolution& resolution) const;
  // Whether `from` may be this host: it is loopback, or queries left from it, or no packet record tells and no question
  // came by loopback.
  bool is_local(const Address& from) const;
  // And whether it surely is, as far as the packets tell which addresses this host has.
  bool is_known_local(const Address& from) const;

 private:
  // Whether packet records tell of questions that left from `from`.
  bool tells_of(const Address& from) const;

  std::vector<Asker> askers_;          // by (from, port, at, uid)
  std::vector<std::size_t> run_ends_;  // of each: where the packets of its port become another's
  std::vector<Address> locals_;        // sorted
  bool tells_of_loopback_ = false;
  std::vector<Address> own_;  // sorted: what packets left from
  bool has_asked_by_loopback_ = false;
};

// Names that fit at a time; ascending. Of more than `most` none is called by any: then these are some of them, those
// without an address of the host's surroundings first.
struct NameSet {
  static constexpr std::size_t most = 32;
  bool crowded = false;
  std::vector<NameId> names;
  auto operator<=>(const NameSet&) const = default;
};

// What an asker's answers held one address for, second by second.
class Timeline {
 public:
  struct Life {
    NameId name = 0;
    std::uint32_t first = 0;  // seconds since 1970
    std::uint32_t last = 0;
    bool inside = false;  // the name has an address of the host's surroundings
  };
  explicit Timeline(std::vector<Life> lives);
  // changes_ point into sets_.
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;
  Timeline(Timeline&&) = default;
  Timeline& operator=(Timeline&&) = default;
  ~Timeline() = default;

  const NameSet& at(std::uint32_t second_of_time) const;

 private:
  struct Change {
    std::uint32_t second_of = 0;
    const NameSet* set = nullptr;
  };
  std::set<NameSet> sets_;
  std::vector<Change> changes_;  // ascending
};

class NameIndex {
 public:
  // Answers of trusted inputs only; names that are no host names are left out. An answer holds until its TTL and
  // `grace` are over.
  NameIndex(std::span<const Observations> inputs, const AskerIndex& askers, Micros grace);

  // No resolver's log told of an answer.
  bool empty() const { return windows_.empty(); }
  // Whether the name was answered with the address only for who may be another host: that opens nothing by itself.
  bool is_anybodys(NameId name, const Address& answer) const {
    return std::binary_search(anybodys_.begin(), anybodys_.end(), std::pair(name, answer));
  }
  // Answers that name nothing, since it is not known which of the host's subjects asked.
  std::uint64_t unattributed() const { return unattributed_; }
  // Whether any answer that `uid` may have got held `to`.
  bool answers_hold(std::uint32_t uid, const Address& to) const;
  // What answers to `asker` alone held `to` for.
  Timeline timeline(std::uint32_t asker, const Address& to) const;
  // Whether an answer to `uid`, or to an unknown asker, ever held `to` for the name.
  bool resolved(std::uint32_t uid, NameId name, const Address& to) const;
  std::optional<NameId> find(std::string_view host) const;
  // Every address the name had in answers to `uid`; ascending.
  std::vector<Address> addresses(std::uint32_t uid, NameId name) const;
  // As `uid` spelled it, if always in the same way; else in lower case.
  DomainName spelled(std::uint32_t uid, NameId name) const;

  // The formats of the logs in which `uid` (or an unknown asker) got the name's answers; ascending.
  std::vector<std::string_view> formats(std::uint32_t uid, NameId name) const;

 private:
  struct Window {
    std::uint32_t asker = no_id;
    Address answer;
    NameId name = 0;
    Micros from = 0;
    Micros until = 0;
  };
  // Who used which spelling of a name, in a log of which format.
  struct Told {
    std::uint32_t asker = no_id;
    NameId name = 0;
    std::string_view spelling;
    std::string_view format;
    auto operator<=>(const Told&) const = default;
  };
  std::span<const Window> windows(std::uint32_t asker, const Address& answer) const;
  std::vector<std::vector<NameId>> number_names(std::span<const Observations> inputs);
  void coalesce();
  template <typename IsUnknown>
  void leave_out_told(std::span<const Observations> inputs, const std::vector<std::vector<NameId>>& numbers,
                      IsUnknown is_unknown_host);
  template <typename Visit>
  void each_told(std::uint32_t uid, NameId name, Visit visit) const;

  std::vector<DomainName> names_;                     // by key; a NameId is an index
  std::vector<bool> inside_;                          // by name: some answer held an address of the host's surroundings
  std::vector<Window> windows_;                       // by (asker, answer, name, from)
  std::vector<std::uint32_t> by_name_;                // numbers of windows, by (asker, name, answer)
  std::vector<Told> told_;                            // sorted
  std::vector<std::pair<NameId, Address>> anybodys_;  // sorted
  std::uint64_t unattributed_ = 0;
};

// The names at a place, for attempts that come by place: a timeline is made once for each.
class NamesAt {
 public:
  explicit NamesAt(const NameIndex& names) : names_(names) {}
  // The names `uid` had asked for (or that anybody may have, where the asker is not known) whose answer held `to`,
  // with the seconds of `seconds` (ascending) at which they did; sorted by names, crowded ones last.
  std::map<NameSet, std::vector<std::uint32_t>> at(std::uint32_t uid, const Address& to,
                                                   const std::vector<std::uint32_t>& seconds);

 private:
  const Timeline& timeline(std::uint32_t asker, const Address& to);

  const NameIndex& names_;
  std::map<Address, Timeline> anybody_;
  std::optional<std::tuple<std::uint32_t, Address, Timeline>> own_;  // of the last uid
};

}  // namespace egressc::learn
