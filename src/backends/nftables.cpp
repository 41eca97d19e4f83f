#include <fmt/core.h>

#include "backends/dialects.h"
#include "backends/header.h"
#include "backends/nft.h"
#include "egressc/backends.h"
#include "egressc/diagnostics.h"

namespace egressc {

std::string table_comment(const Ruleset& ruleset) {
  return fmt::format("egressc {} policy sha256 {}", safe_text(ruleset.version).substr(0, 32),
                     safe_text(ruleset.policy_hash).substr(0, 64));
}

std::string print_nftables(const Ruleset& ruleset) {
  const std::string text =
      header(ruleset, {"Load:   nft --check --file policy.nft && nft --file policy.nft",
                       "        One transaction; it replaces the table inet egressc and nothing else.",
                       "Remove: nft delete table inet egressc"});
  return text + nft_text({{NftClear{}, nft_table(ruleset)}});
}

}  // namespace egressc
