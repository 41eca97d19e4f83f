// A verdict map of the nftables dialect.
#pragma once

#include <fmt/core.h>

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/policy.h"

namespace egressc::nft {

// "meta KEY vmap { … }" with an entry a line; nothing at all without entries.
class Verdicts {
 public:
  Verdicts(std::string& text, std::string_view key) : text_(text), key_(key) {}

  void add(const std::vector<IdRange>& ids, std::string_view chain) {
    const auto out = std::back_inserter(text_);
    for (const IdRange& range : ids) {
      if (is_first_)
        fmt::format_to(out, "\t\tmeta {} vmap {{\n\t\t\t", key_);
      else
        text_ += ",\n\t\t\t";
      is_first_ = false;
      fmt::format_to(out, "{}", range.first);
      if (range.first != range.last) fmt::format_to(out, "-{}", range.last);
      fmt::format_to(out, " : goto {}", chain);
    }
  }

  void end() {
    if (!is_first_) text_ += "\n\t\t}\n";
  }

 private:
  std::string& text_;
  std::string_view key_;
  bool is_first_ = true;
};

}  // namespace egressc::nft
