#include "extend/evidence.h"

#include <algorithm>
#include <limits>

namespace egressc {
namespace {

template <typename T>
void add_missing(std::vector<T>& into, const std::vector<T>& from) {
  for (const T& value : from)
    if (std::find(into.begin(), into.end(), value) == into.end()) into.push_back(value);
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return b > std::numeric_limits<std::uint64_t>::max() - a ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

// Everything but the count.
void widen(Evidence& into, const Evidence& from) {
  if (from.first != no_time) into.first = into.first == no_time ? from.first : std::min(into.first, from.first);
  into.last = std::max(into.last, from.last);  // no_time is the smallest
  add_missing(into.by, from.by);
  add_missing(into.exe, from.exe);
  add_missing(into.gid, from.gid);
  add_missing(into.claimed, from.claimed);
}

std::uint64_t seen_of(const Evidence& known, const Evidence& gained) {
  const bool has_times = known.last != no_time && gained.first != no_time && gained.last != no_time;
  if (has_times && gained.last <= known.last && known.seen != 0) return known.seen;
  if (has_times && gained.first > known.last) return sum(known.seen, gained.seen);
  return std::max(known.seen, gained.seen);
}

}  // namespace

void add_evidence(Evidence& into, const Evidence& from) {
  into.seen = sum(into.seen, from.seen);
  widen(into, from);
}

void update_evidence(Evidence& into, const Evidence& gained) {
  into.seen = seen_of(into, gained);
  widen(into, gained);
}

}  // namespace egressc
