// Verdicts, and the maps that lead to them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "egressc/filter.h"
#include "readers/nft_json_document.h"
#include "readers/nft_json_key.h"
#include "readers/nft_json_lookup.h"

namespace egressc::readers {

struct NftVerdict {
  Verdict verdict = Verdict::none;  // none: what is left of the rule goes on
  std::string_view target;          // of jump and go: a chain of the table
  bool operator==(const NftVerdict&) const = default;
};

// {"accept": null}, {"jump": {"target": "c"}}; nullopt for anything else.
std::optional<NftVerdict> read_verdict(const Json& statement);

// The entries of a map that lead to one verdict.
struct NftCase {
  NftVerdict verdict;
  bool is_known = true;
  NftLookup keys;
  const Json* first = nullptr;  // the first of the keys
  std::size_t count = 0;
};

// By the first entry of each verdict; that of the catch-all element, if there is one, is the last. Keys of a map are
// apart, so the order says nothing. `doubt` is why a key may not be found, or empty.
std::vector<NftCase> read_cases(const NftKeys& keys, const Json& entries, std::string_view doubt);

}  // namespace egressc::readers
