#include "readers/filter_builder.h"

#include <iterator>

namespace egressc::readers {

void FilterBuilder::declare(std::string name, Verdict policy) {
  const auto [entry, is_new] = index_.emplace(std::move(name), filter_.chains.size());
  if (is_new) {
    filter_.chains.emplace_back().name = entry->first;
    inserted_.emplace_back();
  }
  filter_.chains[entry->second].policy = policy;
}

void FilterBuilder::append(const std::string& chain, FilterRule rule) {
  filter_.chains[index_.at(chain)].rules.push_back(std::move(rule));
}

void FilterBuilder::insert(const std::string& chain, FilterRule rule) {
  inserted_[index_.at(chain)].push_back(std::move(rule));
}

Filter FilterBuilder::finish(std::vector<std::string> hooks) {
  for (std::size_t i = 0; i < inserted_.size(); ++i) {
    auto& rules = filter_.chains[i].rules;
    rules.insert(rules.begin(), std::make_move_iterator(inserted_[i].rbegin()),
                 std::make_move_iterator(inserted_[i].rend()));
  }
  filter_.hooks = std::move(hooks);
  return std::move(filter_);
}

}  // namespace egressc::readers
