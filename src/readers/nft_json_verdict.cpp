#include "readers/nft_json_verdict.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "readers/nft_json_value.h"

namespace egressc::readers {
namespace {

class Cases {
 public:
  Cases(const NftKeys& keys, std::string_view doubt) : keys_(keys), doubt_(doubt), all_(keys) {
    if (!doubt_.empty()) all_.doubt(std::string(doubt_));
  }

  void add(const Json& entry) {
    constexpr const char* not_understood = "an entry is not understood";
    if (!entry.IsArray() || entry.Size() != 2) {
      all_.add_unknown(not_understood);
      return add(entry, std::nullopt).add_unknown(not_understood);
    }
    const auto verdict = read_verdict(entry[1]);
    if (is_catch_all(entry[0]) && other_key_ == nullptr) {
      other_ = verdict;
      other_key_ = &entry[0];
    } else {
      all_.add(entry[0]);
      add(entry[0], verdict).add(entry[0]);
    }
  }

  std::vector<NftCase> finish() {
    std::vector<NftCase> made;
    for (auto& [one, elements] : open_) {
      one.keys = elements.finish();
      made.push_back(std::move(one));
    }
    if (other_key_ != nullptr) {
      NftLookup all = all_.finish();
      NftCase& rest = made.emplace_back();
      rest.verdict = other_.value_or(NftVerdict{});
      rest.is_known = other_.has_value();
      rest.keys = {~all.most, ~all.least, std::move(all.why)};
      rest.first = other_key_;
      rest.count = 1;
    }
    return made;
  }

 private:
  NftElements& add(const Json& key, const std::optional<NftVerdict>& verdict) {
    const NftVerdict known = verdict.value_or(NftVerdict{});
    const auto name = std::tuple(verdict.has_value(), known.verdict, known.target);
    const auto [found, is_new] = index_.emplace(name, open_.size());
    if (is_new) {
      auto& opened = open_.emplace_back(NftCase{known, verdict.has_value(), {}, &key, 0}, NftElements(keys_));
      if (!doubt_.empty()) opened.second.doubt(std::string(doubt_));
    }
    auto& [one, elements] = open_[found->second];
    ++one.count;
    return elements;
  }

  const NftKeys& keys_;
  std::string_view doubt_;
  NftElements all_;
  std::vector<std::pair<NftCase, NftElements>> open_;
  std::map<std::tuple<bool, Verdict, std::string_view>, std::size_t> index_;
  std::optional<NftVerdict> other_;
  const Json* other_key_ = nullptr;
};

}  // namespace

std::optional<NftVerdict> read_verdict(const Json& statement) {
  const auto named = only_member(statement);
  if (!named) return std::nullopt;
  if (named->name == "accept") return NftVerdict{Verdict::accept, {}};
  if (named->name == "drop") return NftVerdict{Verdict::drop, {}};
  if (named->name == "return") return NftVerdict{Verdict::ret, {}};
  if (named->name == "continue") return NftVerdict{};
  if (named->name != "jump" && named->name != "goto") return std::nullopt;
  const std::string_view target = text_of(member(*named->value, "target"));
  if (target.empty()) return std::nullopt;
  return NftVerdict{named->name == "jump" ? Verdict::jump : Verdict::go, target};
}

std::vector<NftCase> read_cases(const NftKeys& keys, const Json& entries, std::string_view doubt) {
  Cases cases(keys, doubt);
  for_each_element(entries, [&](const Json& entry) { cases.add(entry); });
  return cases.finish();
}

}  // namespace egressc::readers
