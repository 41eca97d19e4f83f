#include "model/evidence.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "egressc/observation.h"
#include "model/utf8.h"

namespace egressc {
namespace {

template <typename T>
void sort_unique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

void normalize(std::vector<std::string>& texts) {
  for (std::string& text : texts)
    if (find_invalid_utf8(text) != std::string::npos) text = valid_utf8(text);
  std::erase(texts, std::string());
  sort_unique(texts);
}

void normalize(Micros& time) {
  static const Micros earliest = days_from_civil({0, 1, 1}) * 86400 * second;
  static const Micros end = days_from_civil({10000, 1, 1}) * 86400 * second;
  if (time < earliest || time >= end) time = no_time;
  if (time != no_time) time -= (time % second + second) % second;
}

template <typename T>
void append(std::vector<T>& into, std::vector<T>&& from) {
  into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void normalize(Evidence& evidence) {
  normalize(evidence.first);
  normalize(evidence.last);
  normalize(evidence.by);
  normalize(evidence.exe);
  normalize(evidence.claimed);
  std::erase(evidence.gid, no_id);
  sort_unique(evidence.gid);
}

void merge(Evidence& into, Evidence&& from) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  into.seen = from.seen > most - into.seen ? most : into.seen + from.seen;
  if (from.first != no_time) into.first = into.first == no_time ? from.first : std::min(into.first, from.first);
  into.last = std::max(into.last, from.last);  // no_time is the smallest
  append(into.by, std::move(from.by));
  append(into.exe, std::move(from.exe));
  append(into.gid, std::move(from.gid));
  append(into.claimed, std::move(from.claimed));
}

}  // namespace egressc
