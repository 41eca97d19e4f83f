#include <algorithm>
#include <iterator>
#include <limits>
#include <unordered_map>
#include <utility>

#include "readers/listing/listing.h"

namespace egressc::readers {
namespace {

using std::chrono::milliseconds;

// What a set starts with, and what of the live elements it goes on with.
class Successor {
 public:
  explicit Successor(const std::shared_ptr<const NftSet>& set) : set_(set) {
    for (const NftElement& element : set->elements) starts_.push_back(range_of(element.address));
    std::sort(starts_.begin(), starts_.end());
    // Apart and ascending, wherever one held another.
    std::size_t kept = 0;
    for (const AddressRange& range : starts_)
      if (kept == 0 || starts_[kept - 1].last < range.first)
        starts_[kept++] = range;
      else
        starts_[kept - 1].last = std::max(starts_[kept - 1].last, range.last);
    starts_.resize(kept);
  }

  void offer(const LiveElement& element, std::vector<LiveElement>& left_out) {
    const AddressRange wanted = range_of(element.address);
    const AddressRange* const start = overlapping(wanted);
    if (start != nullptr && start->first <= wanted.first && wanted.last <= start->last) return;
    const bool fits =
        element.address.address.family == set_->family && (set_->has_intervals || element.address.is_single());
    if (start != nullptr || !fits)
      left_out.push_back(element);
    else
      carried_.push_back(&element);
  }

  void add_to(CarriedOver& all) {
    const std::size_t size = set_->size;
    const std::size_t room =
        size == 0 ? std::numeric_limits<std::size_t>::max() : size - std::min(size, set_->elements.size());
    if (carried_.size() > room) {
      std::stable_sort(carried_.begin(), carried_.end(), has_more_time);
      for (std::size_t i = room; i < carried_.size(); ++i) all.left_out.push_back(*carried_[i]);
      carried_.resize(room);
    }
    if (carried_.empty()) return;
    NftAddition addition{set_, {}};
    for (const LiveElement* element : carried_) addition.elements.push_back(with_time(*element));
    all.additions.push_back(std::move(addition));
    all.carried += carried_.size();
  }

 private:
  static bool has_more_time(const LiveElement* one, const LiveElement* other) {
    return one->remaining.value_or(milliseconds::max()) > other->remaining.value_or(milliseconds::max());
  }

  static NftElement with_time(const LiveElement& element) {
    NftElement result{element.address, {}, {}, {}, element.remaining};
    // The kernel refuses one that expires after its timeout.
    if (element.remaining) result.timeout = std::max(element.timeout.value_or(*element.remaining), *element.remaining);
    return result;
  }

  // nullptr if it starts with nothing of this.
  const AddressRange* overlapping(const AddressRange& wanted) const {
    const auto after =
        std::upper_bound(starts_.begin(), starts_.end(), wanted.last,
                         [](const Address& last, const AddressRange& range) { return last < range.first; });
    if (after == starts_.begin() || std::prev(after)->last < wanted.first) return nullptr;
    return &*std::prev(after);
  }

  const std::shared_ptr<const NftSet>& set_;
  std::vector<AddressRange> starts_;
  std::vector<const LiveElement*> carried_;
};

}  // namespace
}  // namespace egressc::readers

namespace egressc {

CarriedOver carry_over(std::span<const LiveElement> elements, std::span<const std::shared_ptr<const NftSet>> sets) {
  std::vector<readers::Successor> successors;
  std::unordered_map<std::string_view, std::size_t> numbers;
  for (const auto& set : sets) {
    if (set->timeout.count() == 0) continue;
    numbers.emplace(set->name, successors.size());
    successors.emplace_back(set);
  }
  CarriedOver all;
  for (const LiveElement& element : elements) {
    // Its time is up: loaded with no time left, it would get a full one.
    if (element.remaining && element.remaining->count() <= 0) continue;
    if (const auto number = numbers.find(element.set); number != numbers.end())
      successors[number->second].offer(element, all.left_out);
  }
  for (readers::Successor& successor : successors) successor.add_to(all);
  return all;
}

}  // namespace egressc
