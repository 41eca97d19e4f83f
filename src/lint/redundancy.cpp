#include <fmt/core.h>

#include <map>
#include <optional>

#include "egressc/policy.h"
#include "lint/checks.h"
#include "lint/coverage.h"

namespace egressc::lint {
namespace {

constexpr std::size_t most_tried = 32;  // grants that might cover another alone: beyond, it is said without a name

Grant resolver_grant(const Address& resolver) {
  Grant grant;
  grant.prefix = single(resolver);
  grant.services = {{Protocol::any, {domain_port, domain_port}}};
  return grant;
}

// What covers a grant: one other, or several together.
struct Cover {
  const Grant* by = nullptr;
  bool equal = false;
};

// One subject's grants and what the policy's resolvers open to it, numbered one after the other.
class Redundancy {
 public:
  Redundancy(const Subject& subject, const std::vector<Grant>& resolvers, std::int64_t today)
      : subject_(subject), resolvers_(resolvers) {
    // A live name is whatever its zone says: it neither covers nor is covered.
    for (const Grant& grant : subject.allow)
      if (!grant.live && !(grant.expires && days_from_civil(*grant.expires) < today)) grants_.push_back(&grant);
    for (const Grant& grant : resolvers) grants_.push_back(&grant);
  }

  void report(Findings& findings) {
    const Overlaps overlaps(places(), grants_.size());
    std::vector<std::uint32_t> numbers;  // of grants that overlap others
    std::vector<Coverable> sets;
    position_.assign(grants_.size(), 0);
    for (std::uint32_t i = 0; i < grants_.size(); ++i) {
      if (!overlaps.touches(i)) continue;
      position_[i] = sets.size();
      numbers.push_back(i);
      sets.push_back({flows_of(*grants_[i]), overlaps.may_be_covered(i) && is_own(i), !grants_[i]->expires});
    }
    const std::vector<char> is_covered = covered(sets);
    for (std::size_t at = 0; at < numbers.size(); ++at)
      if (is_covered[at]) classify(numbers[at], overlaps, sets);
    add(shadowed_, "shadowed", findings);
    add(redundant_, "redundant", findings);
    findings.add("redundant", together_, &subject_, fmt::format("{} allowed by the others", are(together_.count())),
                 std::string(remedy));
  }

 private:
  static constexpr std::string_view remedy = "remove one at a time and check again, or narrow what covers it";

  static std::string are(std::uint64_t count) { return plural(count, "grant is", "grants are"); }

  bool is_own(std::uint32_t number) const { return number < grants_.size() - resolvers_.size(); }

  std::vector<PlaceOf> places() const {
    std::vector<PlaceOf> all;
    for (std::uint32_t i = 0; i < grants_.size(); ++i)
      for (const Prefix& place : places_of(*grants_[i])) all.push_back({place, i});
    return all;
  }

  // nullopt: it is the same as a later one, which is told of instead.
  std::optional<Cover> cover_of(std::uint32_t number, const Overlaps& overlaps,
                                const std::vector<Coverable>& sets) const {
    const FlowSpace& flows = sets[position_[number]].flows;
    bool stays = false;
    Cover same;
    for (const std::uint32_t other : overlaps.around(places_of(*grants_[number]).front(), most_tried)) {
      const Coverable& set = sets[position_[other]];
      if (other == number || !set.covers || !(flows - set.flows).empty()) continue;
      if (flows != set.flows) return Cover{grants_[other], false};
      // Of two that are the same the first stays; what does not expire stays in any case.
      if (is_own(other) && other > number && sets[position_[number]].covers)
        stays = true;
      else if (same.by == nullptr)
        same = {grants_[other], true};
    }
    if (same.by != nullptr) return same;
    if (stays) return std::nullopt;
    return Cover{};
  }

  void classify(std::uint32_t number, const Overlaps& overlaps, const std::vector<Coverable>& sets) {
    const Grant& grant = *grants_[number];
    const auto cover = cover_of(number, overlaps, sets);
    if (!cover) return;
    if (cover->by == nullptr) return together_.add(grant.where, name_of(grant));
    const bool wider = !cover->equal && cover->by->prefix && !is_resolver(cover->by);
    (wider ? shadowed_ : redundant_)[cover->by].add(grant.where, name_of(grant));
  }

  bool is_resolver(const Grant* grant) const {
    return !resolvers_.empty() && grant >= resolvers_.data() && grant < resolvers_.data() + resolvers_.size();
  }

  void add(const std::map<const Grant*, Tally>& tallies, std::string_view rule, Findings& findings) const {
    for (const auto& [by, tally] : tallies) {
      const std::string cover =
          is_resolver(by)
              ? "`resolvers`"
              : fmt::format("{}{}", name_of(*by), by->where.line == 0 ? "" : fmt::format(" (line {})", by->where.line));
      findings.add(
          rule, tally, &subject_, fmt::format("{} allowed by {} already", are(tally.count()), cover),
          rule == "shadowed" ? "narrow what covers it, or remove what it makes pointless" : std::string(remedy));
    }
  }

  const Subject& subject_;
  const std::vector<Grant>& resolvers_;
  std::vector<const Grant*> grants_;
  std::vector<std::size_t> position_;       // in `sets`, of grants that overlap others
  std::map<const Grant*, Tally> shadowed_;  // by what covers: pointers into one vector, so in the policy's order
  std::map<const Grant*, Tally> redundant_;
  Tally together_;
};

}  // namespace

void check_redundancy(const Policy& policy, Micros now, Findings& findings) {
  std::vector<Grant> resolvers;
  for (const Address& resolver : policy.resolvers) resolvers.push_back(resolver_grant(resolver));
  const std::int64_t today = now == no_time ? std::numeric_limits<std::int64_t>::min() : now / (86400 * second);
  for (const Subject& subject : policy.subjects) Redundancy(subject, resolvers, today).report(findings);
}

}  // namespace egressc::lint
