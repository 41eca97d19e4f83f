// Random policies from a small universe, so that doubles and neighbours are frequent.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "egressc/policy.h"

namespace egressc::policy_tests {

class RandomPolicy {
 public:
  // Texts are tame or nasty.
  explicit RandomPolicy(unsigned seed, bool tame = false) : engine_(seed), tame_(tame) {}

  // Normalized and valid.
  Policy make() {
    Policy policy;
    policy.scope = chance(2) ? Scope::host : Scope::subjects;
    policy.deny = chance(2) ? Deny::drop : Deny::reject;
    policy.mode = chance(4) ? Mode::monitor : Mode::enforce;
    policy.established = chance(4) ? Established::cut : Established::keep;
    if (chance(2)) policy.log = LogRule{static_cast<std::uint16_t>(1 + below(65535)), 1 + below(10000), pick(units)};
    if (chance(2)) policy.resolvers = {*parse_address("::1"), *parse_address("192.0.2.53")};
    if (policy.scope == Scope::host && chance(2)) policy.baseline = {Baseline::icmp_errors, Baseline::ndp};
    const bool by_gid = chance(3);
    for (unsigned id = 0, count = below(4); id < count; ++id)
      policy.subjects.push_back(subject(id, by_gid, policy.established));
    for (unsigned i = below(3); i > 0; --i) policy.review.push_back(review(policy.established));
    normalize(policy);
    return policy;
  }

  // What someone may have put into a path or a comment.
  std::string text() {
    static const std::string tame[] = {"/usr/bin/python3", "for the build, see OPS-12", "/opt/a b/x", "Mr. X's; yes"};
    if (tame_) return pick(tame);
    static const std::string pieces[] = {"a",
                                         "/usr/bin/x",
                                         " ",
                                         "  ",
                                         ":",
                                         ": ",
                                         "#",
                                         " #",
                                         "\"",
                                         "'",
                                         "\\",
                                         "\n",
                                         "\r",
                                         "\t",
                                         "\x01",
                                         "\x7f",
                                         "\xff",
                                         "\xc3\xa4",
                                         "\xc3",
                                         "- ",
                                         "? ",
                                         "[",
                                         "]",
                                         "{",
                                         "}",
                                         ",",
                                         "&a",
                                         "*a",
                                         "!t",
                                         "|",
                                         ">",
                                         "%",
                                         "@",
                                         "`",
                                         "null",
                                         "~",
                                         "true",
                                         "010",
                                         "0x1f",
                                         "1e3",
                                         "-1",
                                         "\\x41",
                                         "\\",
                                         "...",
                                         "---",
                                         "$(id)",
                                         "\xe2\x80\xae",
                                         "\xf0\x9f\x98\x80",
                                         "\xed\xa0\x80",
                                         "\xc2\x85",
                                         "\xef\xbb\xbf",
                                         "=",
                                         "<<"};
    std::string nasty;
    for (unsigned i = 1 + below(4); i > 0; --i) nasty += pick(pieces);
    if (chance(8)) nasty += '\0';
    return nasty;
  }

 private:
  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(engine_() % end); }
  bool chance(std::uint32_t of) { return below(of) == 0; }
  template <typename T, std::size_t count>
  const T& pick(const T (&list)[count]) {
    return list[below(count)];
  }

  Subject subject(unsigned id, bool by_gid, Established established) {
    static const std::string labels[] = {"agent-", "null.", "_", "Yes"};
    Subject subject;
    subject.label = pick(labels) + std::to_string(id);
    const IdRange ids{id * 10, id * 10 + below(3)};
    if (by_gid) {
      subject.gids = {ids};
    } else {
      subject.uids = {ids, {id * 10 + 5, id * 10 + 5}};
      if (chance(2)) subject.gids = {{1, 1}};
    }
    if (chance(3)) subject.comment = text();
    for (unsigned i = below(6); i > 0; --i) subject.allow.push_back(grant(established));
    for (unsigned i = below(3); i > 0; --i) subject.review.push_back(review(established));
    return subject;
  }

  Review review(Established established) {
    Review entry{grant(established), Reason::claimed};
    if (chance(3)) entry.what.services.clear();
    if (chance(2)) entry.reason = Reason::no_subject;
    return entry;
  }

  Grant grant(Established established) {
    static const char* const names[] = {"a.example", "A.example",    "b.example", "null",  "yes",
                                        "0x1f",      "3com.example", "1e3",       "_x.e5", "xn--4ca.de"};
    static const char* const prefixes[] = {"0.0.0.0/0", "192.0.2.7", "198.51.100.0/24",
                                           "::/0",      "fd77::",    "2001:db8::/32"};
    static const char* const services[] = {"tcp", "tcp/443", "udp/443", "any/443", "udp/1000-2000", "any/53", "udp"};
    Grant grant;
    for (unsigned i = below(3); i > 0; --i) grant.services.push_back(*parse_service(pick(services)));
    grant.services.push_back(*parse_service(pick(services)));
    if (chance(2)) {
      grant.prefix = parse_prefix(pick(prefixes));
    } else {
      const bool wildcard = chance(4);
      grant.names.push_back(*DomainName::parse_pattern(wildcard ? "*.c.example" : pick(names)));
      if (chance(4)) grant.names.push_back(*DomainName::parse("second.example"));
      grant.live = grant.names.size() == 1 && established == Established::keep && chance(3);
      if (!grant.live || chance(2)) grant.addresses = {*parse_prefix(pick(prefixes)), *parse_prefix("203.0.113.9")};
    }
    if (chance(4)) grant.expires = CivilDate{2024, 2, 29};
    if (chance(4)) grant.comment = text();
    if (chance(6)) grant.is_new = true;
    if (chance(6)) grant.new_addresses = grant.addresses;
    if (chance(2)) grant.evidence = evidence();
    return grant;
  }

  Evidence evidence() {
    static const std::string formats[] = {"audit", "netfilter", "dnsmasq"};
    Evidence evidence;
    evidence.seen = chance(8) ? ~std::uint64_t{0} : below(3);
    if (chance(2)) {
      evidence.first = Micros{below(2'000'000'000)} * second + below(1'000'000);
      evidence.last = evidence.first + below(5) * second;
    }
    for (unsigned i = below(3); i > 0; --i) evidence.by.push_back(pick(formats));
    for (unsigned i = below(3); i > 0; --i) evidence.exe.push_back(text());
    for (unsigned i = below(3); i > 0; --i) evidence.claimed.push_back(text());
    for (unsigned i = below(3); i > 0; --i) evidence.gid.push_back(below(3));
    return evidence;
  }

  static const inline std::string units[] = {"second", "minute", "hour", "day"};
  std::mt19937 engine_;
  bool tame_;
};

}  // namespace egressc::policy_tests
