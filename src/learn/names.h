// Which names a subject had asked for when it reached an address.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
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
  // Whether `from` may be this host: it is loopback, or queries left from it, or no packet record tells.
  bool is_local(const Address& from) const;

 private:
  std::vector<Asker> askers_;  // by (from, port, at, uid)
  std::set<Address> locals_;
};

class NameIndex {
 public:
  // Answers of trusted inputs only; names that are no host names are left out. An answer holds until its TTL and
  // `grace` are over.
  NameIndex(std::span<const Observations> inputs, const AskerIndex& askers, Micros grace);

  // No resolver's log told of an answer.
  bool empty() const { return windows_.empty(); }
  // Whether any answer that `uid` may have got held `to`: else at() is empty.
  bool answers_hold(std::uint32_t uid, const Address& to) const;
  // The names `uid` had asked for (or that anybody may have, where the asker is not known) whose answer held `to` at
  // that second; ascending.
  std::vector<NameId> at(std::uint32_t uid, const Address& to, std::uint32_t second_of_time) const;
  // The same at any time.
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
  std::span<const Window> windows(std::uint32_t asker, const Address& answer) const;
  void coalesce();

  std::vector<DomainName> names_;  // by key; a NameId is an index
  std::vector<Window> windows_;    // by (asker, answer, name, from)
  std::map<std::pair<std::uint32_t, NameId>, std::set<Address>> addresses_;
  std::map<std::pair<std::uint32_t, NameId>, std::set<std::string>> spellings_;
  std::map<std::pair<std::uint32_t, NameId>, std::set<std::string_view>> formats_;
};

}  // namespace egressc::learn
