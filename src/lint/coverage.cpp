#include "lint/coverage.h"

#include <algorithm>

namespace egressc::lint {

class Overlaps::Owners {
 public:
  void add(std::uint32_t grant) {
    if (count_ == 0) one_ = grant;
    count_ = count_ == 0 || (count_ == 1 && one_ == grant) ? 1 : 2;
  }
  void add(const Owners& other) {
    if (other.count_ == 0) return;
    add(other.one_);
    if (other.count_ == 2) count_ = 2;
  }
  bool others_than(std::uint32_t grant) const { return count_ == 2 || (count_ == 1 && one_ != grant); }

 private:
  std::uint32_t one_ = 0;
  int count_ = 0;
};

// All entries with one prefix, while what lies below it is being read.
struct Overlaps::Open {
  std::size_t begin = 0;
  std::size_t end = 0;
  Owners around;  // its own and those of the prefixes around it
  Owners within;  // its own and those of the prefixes below it
};

Overlaps::Overlaps(std::vector<PlaceOf> places, std::size_t grants)
    : places_(std::move(places)), some_(grants, 0), all_(grants, 1) {
  std::sort(places_.begin(), places_.end());
  std::vector<Open> open;
  const auto close_last = [&] {
    Open last = open.back();
    open.pop_back();
    close(last, open.empty() ? nullptr : &open.back());
  };
  for (std::size_t i = 0; i < places_.size();) {
    const Prefix& place = places_[i].place;
    while (!open.empty() && !contains(places_[open.back().begin].place, place)) close_last();
    Open next;
    next.begin = i;
    while (i < places_.size() && places_[i].place == place) next.within.add(places_[i++].grant);
    next.end = i;
    if (!open.empty()) next.around = open.back().around;
    next.around.add(next.within);
    open.push_back(next);
  }
  while (!open.empty()) close_last();
}

void Overlaps::close(Open& open, Open* parent) {
  for (std::size_t i = open.begin; i < open.end; ++i) {
    const std::uint32_t grant = places_[i].grant;
    const bool overlaps = open.around.others_than(grant) || open.within.others_than(grant);
    some_[grant] = static_cast<char>(some_[grant] | overlaps);
    all_[grant] = static_cast<char>(all_[grant] & overlaps);
  }
  if (parent != nullptr) parent->within.add(open.within);
}

std::vector<std::uint32_t> Overlaps::around(const Prefix& place, std::size_t most) const {
  std::vector<std::uint32_t> found;
  for (unsigned length = 0; length <= place.length; ++length) {
    const Prefix wider = prefix_around(place.address, static_cast<std::uint8_t>(length));
    auto at = std::lower_bound(places_.begin(), places_.end(), PlaceOf{wider, 0});
    for (; at != places_.end() && at->place == wider && found.size() < most; ++at) found.push_back(at->grant);
  }
  return found;
}

namespace {

class Search {
 public:
  explicit Search(std::vector<Coverable>& sets) : sets_(sets), found_(sets.size(), 0) {}

  std::vector<char> run() {
    // Sets that share storage are computed with at no cost but their own size.
    const FlowSpace everything = unite(0, sets_.size(), [](const Coverable&) { return true; });
    for (Coverable& set : sets_) set.flows = set.flows & everything;
    solve(0, sets_.size(), FlowSpace());
    return std::move(found_);
  }

 private:
  template <typename Counts>
  FlowSpace unite(std::size_t begin, std::size_t end, Counts counts) const {
    if (end - begin == 0) return {};
    if (end - begin == 1) return counts(sets_[begin]) ? sets_[begin].flows : FlowSpace();
    const std::size_t middle = begin + (end - begin) / 2;
    return unite(begin, middle, counts) | unite(middle, end, counts);
  }

  FlowSpace asked(std::size_t begin, std::size_t end) const {
    return unite(begin, end, [](const Coverable& set) { return set.asked; });
  }
  FlowSpace covering(std::size_t begin, std::size_t end) const {
    return unite(begin, end, [](const Coverable& set) { return set.covers; });
  }

  // `outside` is what the sets before `begin` and from `end` on cover of those in between.
  void solve(std::size_t begin, std::size_t end, const FlowSpace& outside) {
    if (end - begin == 0) return;
    if (end - begin == 1) {
      const Coverable& set = sets_[begin];
      found_[begin] = static_cast<char>(set.asked && (set.flows - outside).empty());
      return;
    }
    const std::size_t middle = begin + (end - begin) / 2;
    solve(begin, middle, (outside | covering(middle, end)) & asked(begin, middle));
    solve(middle, end, (outside | covering(begin, middle)) & asked(middle, end));
  }

  std::vector<Coverable>& sets_;
  std::vector<char> found_;
};

}  // namespace

std::vector<char> covered(std::vector<Coverable>& sets) { return Search(sets).run(); }

}  // namespace egressc::lint
