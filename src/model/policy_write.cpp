#include <fmt/core.h>
#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "model/document/document.h"
#include "model/policy_tree.h"
#include "model/yaml_print.h"

namespace egressc {
namespace {

std::string sha256_hex(std::string_view text) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  std::string hex;
  for (const std::uint8_t byte : digest) fmt::format_to(std::back_inserter(hex), "{:02x}", byte);
  return hex;
}

Grant meaning_of(const Grant& grant) {
  Grant bare;
  bare.names = grant.names;
  bare.prefix = grant.prefix;
  bare.services = grant.services;
  bare.addresses = grant.addresses;
  bare.live = grant.live;
  bare.expires = grant.expires;
  return bare;
}

// Normalized again, because grants that only a comment or a mark told apart have become one.
Policy meaning_of(const Policy& policy) {
  Policy bare;
  bare.scope = policy.scope;
  bare.deny = policy.deny;
  bare.mode = policy.mode;
  bare.established = policy.established;
  bare.log = policy.log;
  bare.resolvers = policy.resolvers;
  bare.baseline = policy.baseline;
  for (const Subject& subject : policy.subjects) {
    Subject& into = bare.subjects.emplace_back();
    into.label = subject.label;
    into.uids = subject.uids;
    into.gids = subject.gids;
    into.allow.reserve(subject.allow.size());
    for (const Grant& grant : subject.allow) into.allow.push_back(meaning_of(grant));
  }
  normalize(bare);
  return bare;
}

}  // namespace

std::string write_policy_yaml(const Policy& policy) { return print_yaml(policy_tree(policy, Detail::everything)); }

std::string write_policy_json(const Policy& policy) {
  return print_json(policy_tree(policy, Detail::everything), Spacing::indented);
}

std::string policy_hash(const Policy& policy) {
  const bool plain = std::all_of(policy.subjects.begin(), policy.subjects.end(), [](const Subject& subject) {
    return std::all_of(subject.allow.begin(), subject.allow.end(), [](const Grant& grant) {
      return grant.comment.empty() && !grant.is_new && grant.new_addresses.empty();
    });
  });
  return sha256_hex(
      print_json(plain ? policy_tree(policy, Detail::meaning) : policy_tree(meaning_of(policy), Detail::meaning),
                 Spacing::compact));
}

}  // namespace egressc
