#include "lower/prefixes.h"

#include <algorithm>

namespace egressc::lowering {

void drop_contained(std::vector<Prefix>& prefixes) {
  std::sort(prefixes.begin(), prefixes.end());
  auto kept = prefixes.begin();
  for (auto at = prefixes.begin(); at != prefixes.end(); ++at)
    if (kept == prefixes.begin() || !contains(*(kept - 1), *at)) *kept++ = *at;
  prefixes.erase(kept, prefixes.end());
}

}  // namespace egressc::lowering
