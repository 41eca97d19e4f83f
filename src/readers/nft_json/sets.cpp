#include <algorithm>
#include <tuple>

#include "readers/nft_json/keys.h"
#include "readers/nft_json/lookup.h"

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
      FlowBounds all = all_.finish();
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

constexpr int most_uses = 16;

bool has_flag(const Json& set, std::string_view flag) {
  const Json* const flags = member(set, "flags");
  if (flags == nullptr) return false;
  if (!flags->IsArray()) return text_of(*flags) == flag;
  const auto list = flags->GetArray();
  return std::any_of(list.begin(), list.end(), [flag](const Json& one) { return text_of(one) == flag; });
}

bool expires(const Json& element) { return member(member(element, "elem"), "expires") != nullptr; }

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

bool NftJsonSets::add(std::string_view table, const Json& set) {
  NftJsonSet made;
  made.name = text_of(member(set, "name"));
  made.comment = text_of(member(set, "comment"));
  made.has_timeout = has_flag(set, "timeout") || has_flag(set, "dynamic");
  made.is_live = table == own_nft_table && has_flag(set, "timeout") && !made.comment.empty();
  made.is_verdict_map = text_of(member(set, "map")) == "verdict";
  if (has_conditions(member(set, "stmt"))) made.doubt = "its elements have limits";
  made.elements = member(set, "elem");
  if (made.elements != nullptr && made.elements->IsArray()) {
    const auto list = made.elements->GetArray();
    made.is_expiring = std::any_of(list.begin(), list.end(), [&](const Json& element) {
      return expires(made.is_verdict_map && element.IsArray() && element.Size() == 2 ? element[0] : element);
    });
  }
  std::pair<std::string, std::string> key(table, made.name);
  return sets_.emplace(std::move(key), std::move(made)).second;
}

void NftJsonSets::note_statement(std::string_view table, const NamedJson& statement) {
  if (statement.name != "set" && statement.name != "map") return;
  const std::string_view name = text_of(member(*statement.value, statement.name));
  if (!name.starts_with('@')) return;
  const auto found = sets_.find(std::pair(std::string(table), std::string(name.substr(1))));
  if (found == sets_.end()) return;
  found->second.is_changed_by_packets = true;
  found->second.doubt = "packets change its set";
}

const NftJsonSet* NftJsonSets::find(std::string_view table, std::string_view name) const {
  const auto found = sets_.find(std::pair(std::string(table), std::string(name)));
  return found == sets_.end() ? nullptr : &found->second;
}

const FlowBounds& NftJsonSets::look_up(const NftJsonSet& set, const NftKeys& keys) {
  const auto name = std::pair(&set, keys);
  if (const auto found = lookups_.find(name); found != lookups_.end()) return found->second;
  if (!may_use(set)) return not_understood_;
  NftElements elements(keys);
  if (!set.doubt.empty()) elements.doubt(set.doubt);
  if (set.is_changed_by_packets) elements.add_unknown(set.doubt);
  const bool has_marker = set.is_live && markers_ != nullptr && keys.size() == 1 && keys.front().family;
  if (has_marker) elements.add(markers_->marker(set.comment, *keys.front().family));
  if (set.elements != nullptr && !(has_marker && markers_->stand_alone()))
    for_each_element(*set.elements, [&](const Json& element) { elements.add(element); });
  return lookups_.emplace(name, elements.finish()).first->second;
}

const std::vector<NftCase>* NftJsonSets::cases(const NftJsonSet& map, const NftKeys& keys) {
  const auto name = std::pair(&map, keys);
  if (const auto found = cases_.find(name); found != cases_.end()) return &found->second;
  if (!may_use(map)) return nullptr;
  const Json none;
  const Json& entries = map.elements == nullptr ? none : *map.elements;
  return &cases_.emplace(name, read_cases(keys, entries, map.doubt)).first->second;
}

std::vector<const NftJsonSet*> NftJsonSets::used() const {
  std::vector<const NftJsonSet*> made;
  for (const auto& [name, set] : sets_)
    if (uses_.count(&set) != 0) made.push_back(&set);
  return made;
}

bool NftJsonSets::may_use(const NftJsonSet& set) { return ++uses_[&set] <= most_uses; }

FlowBounds look_up(const Json& elements, const NftKeys& keys) {
  NftElements made(keys);
  for_each_element(elements, [&](const Json& element) { made.add(element); });
  return made.finish();
}

}  // namespace egressc::readers
