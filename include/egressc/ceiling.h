// Guards at work: what of a policy they cut, and what is beyond them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "egressc/flow_space.h"
#include "egressc/guard.h"

namespace egressc {

namespace guard {
struct CeilingIndex;
}
struct Policy;
struct Subject;
struct Grant;

// All guards at once: what one of them forbids is forbidden. Cheap to copy.
class Ceiling {
 public:
  Ceiling() : Ceiling(std::vector<Guard>{}) {}
  explicit Ceiling(std::vector<Guard> guards);

  std::span<const Guard> guards() const;
  bool empty() const { return guards().empty(); }
  const guard::CeilingIndex& index() const { return *index_; }

 private:
  std::shared_ptr<const guard::CeilingIndex> index_;
};

// Moves what is beyond the ceiling from `allow` to `review: guard`, with the guard's line as its comment: single
// addresses and ports of a grant where the rest may stay. What a name that is never granted has for addresses is
// closed to the subject's other grants too. What was denied and is beyond it becomes `review: guard` as a whole, so
// that nobody grants it by accident. For what was learnt; resolvers are left alone. Normalizes the policy if a grant
// was cut. Returns how many were.
std::size_t cut(Policy& policy, const Ceiling& ceiling);

// A grant, or a resolver, of which something is beyond the ceiling.
struct Excess {
  const Subject* subject;
  const Grant* grant;  // nullptr: a resolver
  std::string what;    // "203.0.113.7 with tcp/80"
  Location guard;      // the entry of `never` that forbids it, or the `allow` that does not hold it
  bool is_never;
  std::string objection;  // "never, cloud metadata", "not in allow"
};

// In the policy's order, one for each grant and resolver: the first thing that is wrong with it. The pointers are into
// `policy`. An entry for a part of a subject's users counts for all of them in `never`, for none in `allow`.
std::vector<Excess> excess_of(const Policy& policy, const Ceiling& ceiling);

// Of one grant of a subject; nullopt if nothing of it is beyond the ceiling.
std::optional<Excess> excess_of(const Subject& subject, const Grant& grant, const Ceiling& ceiling);

// The proof: every flow that the policy's grants and resolvers open beyond the guards, computed from the two as sets of
// flows, and with nothing of what cut() and excess_of() use. Expired grants count. What a live name will come to mean
// is governed by entries that hold the name, or every address of a family. What does not fit: see within_flow_limit().
FlowSpace flows_beyond(const Policy& policy, std::span<const Guard> guards);

// Whether the subject may reach the address by this service, asked for by `names` (none: by its address).
bool permits(const Ceiling& ceiling, const Subject& subject, std::span<const DomainName> names, const Address& to,
             const Service& service);

// Whether an `allow` holds the name, itself or by a wildcard, for the subject, and no `never` does.
bool allows_name(const Ceiling& ceiling, const Subject& subject, const DomainName& name);

// Whether anything in the guard, or in one of the guards, is about a user of the subject.
bool limits(const Guard& guard, const Subject& subject);
bool limits(const Ceiling& ceiling, const Subject& subject);

// Whether the grant, of one name, may follow DNS by the word of a guard: an `allow` holds exactly this name for the
// subject, and nothing that the name may come to mean is beyond the ceiling by its name.
bool may_be_live(const Ceiling& ceiling, const Subject& subject, const Grant& grant);

}  // namespace egressc
