#include "commands/today.h"

#include <algorithm>
#include <chrono>

namespace egressc {
namespace {

bool expires(const Policy& policy) {
  return std::any_of(policy.subjects.begin(), policy.subjects.end(), [](const Subject& subject) {
    return std::any_of(subject.allow.begin(), subject.allow.end(),
                       [](const Grant& grant) { return grant.expires.has_value(); });
  });
}

}  // namespace

std::optional<CivilDate> today_for(const Policy& policy, std::optional<Micros> now) {
  if (!expires(policy)) return std::nullopt;
  const Micros time = now.value_or(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  return civil_from_days(time / (86400 * second));
}

}  // namespace egressc
