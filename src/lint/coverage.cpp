#include "lint/coverage.h"

namespace egressc {
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

}  // namespace egressc
