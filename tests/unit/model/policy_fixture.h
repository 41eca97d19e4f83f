// Policy files as text, read and compared.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "egressc/policy.h"

namespace egressc::policy_tests {

struct Read {
  std::optional<Policy> policy;
  Diagnostics diagnostics;
};

inline Read read(std::string_view text, const UserIds* users = nullptr) {
  Read result;
  result.policy = read_policy(text, "p.yaml", users, result.diagnostics);
  return result;
}

// A policy whose one subject has `entries` as its grants, each "to: …" line by line at the right indent.
inline std::string with_allow(std::string_view entries) {
  return std::string("egressc: 1\nscope: subjects\nsubjects:\n  a:\n    uid: 1\n    allow:\n").append(entries);
}

inline bool same_names(const std::vector<DomainName>& a, const std::vector<DomainName>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const DomainName& x, const DomainName& y) { return x.spelling() == y.spelling(); });
}

inline bool same(const Subject& a, const Subject& b);

// All but the place in the file.
inline bool same(const Grant& a, const Grant& b) {
  return same_names(a.names, b.names) && a.prefix == b.prefix && a.services == b.services &&
         a.addresses == b.addresses && a.live == b.live && a.expires == b.expires && a.comment == b.comment &&
         a.is_new == b.is_new && a.new_addresses == b.new_addresses && a.evidence == b.evidence;
}

inline bool same(const Review& a, const Review& b) { return same(a.what, b.what) && a.reason == b.reason; }

template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const T& x, const T& y) { return same(x, y); });
}

inline bool same(const Subject& a, const Subject& b) {
  return a.label == b.label && a.uids == b.uids && a.gids == b.gids && a.comment == b.comment &&
         same(a.allow, b.allow) && same(a.review, b.review);
}

inline bool same(const Policy& a, const Policy& b) {
  return a.scope == b.scope && a.deny == b.deny && a.mode == b.mode && a.established == b.established &&
         a.log == b.log && a.resolvers == b.resolvers && a.baseline == b.baseline && same(a.subjects, b.subjects) &&
         same(a.review, b.review);
}

}  // namespace egressc::policy_tests
